"""``lrecl cancel``, ``resume``, ``retry``, ``purge``: what is asked, what is printed, and the exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lrecl.cli import operations
from tests.support.api import RUN, Api, Lrecl, progress

WAITS = "The merge has to finish its chunk."


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_POLL_SECONDS", 0.0)


def cancelling(api: Api, *states: dict[str, Any]) -> None:
    answer = {"run_id": RUN, "state": "cancelling", "changed": True, "waits_for": WAITS}
    api.answers[f"POST /runs/{RUN}/cancel"] = answer
    left = iter(states)
    api.answers[f"GET /runs/{RUN}"] = lambda _: next(left)


def test_cancel_says_what_it_waits_for(lrecl: Lrecl, api: Api) -> None:
    again = progress("cancelling", waits_for="Two batches are being written.")
    cancelling(api, progress("cancelling", waits_for=WAITS), again, again, progress("cancelled"))
    done = lrecl("cancel", RUN, "--reason", "wrong file")
    assert (done.exit_code, done.stdout) == (0, f"{RUN} is cancelled\n")
    assert done.stderr.splitlines() == [WAITS, "Two batches are being written."]
    assert api.body(0) == {"requested_by": "ops", "reason": "wrong file"}


def test_cancel_for_scripts(lrecl: Lrecl, api: Api) -> None:
    cancelling(api, progress("cancelled"))
    done = lrecl("cancel", RUN, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    expected = {"run_id": RUN, "state": "cancelled", "changed": True, "waits_for": None}
    assert json.loads(done.stdout) == expected


def test_a_run_that_ended_otherwise_meanwhile(lrecl: Lrecl, api: Api) -> None:
    cancelling(api, progress("completed"))
    done = lrecl("cancel", RUN)
    assert (done.exit_code, done.stdout) == (2, f"{RUN} is completed\n")


def test_cancel_gives_up_and_says_why(lrecl: Lrecl, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_CANCEL_SECONDS", -1.0)
    cancelling(api)
    done = lrecl("cancel", RUN)
    assert done.exit_code == 2
    assert f"LRQ046 {RUN} is still being cancelled. {WAITS}" in done.stderr


def test_cancel_interrupted(lrecl: Lrecl, api: Api) -> None:
    def interrupt(_: Any) -> Any:
        raise KeyboardInterrupt

    cancelling(api)
    api.answers[f"GET /runs/{RUN}"] = interrupt
    done = lrecl("cancel", RUN)
    assert done.exit_code == 130
    assert f"{RUN} is still being cancelled. `lrecl show {RUN}`" in done.stderr


def test_resume_retry_and_purge(lrecl: Lrecl, api: Api) -> None:
    answer = {"run_id": RUN, "state": "loading", "changed": True, "from_stage": "loading", "rows_purged": None}
    for name in ("resume", "retry"):
        api.answers[f"POST /runs/{RUN}/{name}"] = answer
    api.answers[f"POST /runs/{RUN}/purge"] = answer | {"rows_purged": 12_345}
    assert lrecl("resume", RUN).stdout == f"{RUN} goes on (loading)\n"
    assert lrecl("retry", RUN, "--from", "loading", "--force").stdout == f"{RUN} goes on from loading\n"
    assert api.body() == {"requested_by": "ops", "reason": "", "force": True, "from_stage": "loading"}
    assert lrecl("purge", RUN).stdout == f"{RUN}: 12,345 staged rows removed\n"
    assert json.loads(lrecl("purge", RUN, "--json").stdout)["rows_purged"] == 12_345
