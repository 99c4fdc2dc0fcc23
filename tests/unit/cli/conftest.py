"""The command line in this process, over a stand-in of the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from lrecl.cli import client, waiting
from lrecl.cli.main import app
from tests.support.api import Api, Lrecl


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API that ``lrecl`` talks to."""
    stand_in = Api()
    real = httpx.Client
    monkeypatch.setattr(client.httpx, "Client", lambda **more: real(transport=stand_in.transport(), **more))
    monkeypatch.setattr(waiting, "_POLL_SECONDS", 0.0)
    for name in ("LRECL_API_URL", "LRECL_API_TOKEN", "LRECL_API_TOKEN_FILE", "LRECL_JOBS_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGNAME", "ops")
    return stand_in


@pytest.fixture
def lrecl() -> Lrecl:
    """``lrecl WORDS`` as a shell would run it; an error of the command itself is raised."""

    def run(*words: object, stdin: bytes | str | None = None, **more: Any) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=stdin, catch_exceptions=False, **more)

    return run
