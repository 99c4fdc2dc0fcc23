"""The documentation works without the internet and behind the token; every error of the API has one form."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.orchestrator.api.app import create_app
from services.orchestrator.settings import OrchestratorSettings
from shared.errors import PermanentError

TOKEN = "a-token-of-some-length"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def app() -> FastAPI:
    return create_app(SimpleNamespace(token=TOKEN, checks=dict))  # type: ignore[arg-type]


@pytest.fixture
def ask(app: FastAPI) -> Any:
    """A request to the application, without a network; ``method`` and ``url`` as httpx takes them."""
    import anyio

    def request(method: str, url: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://lrecl") as client:
                return await client.request(method, url, **more)

        return anyio.run(send)

    return request


def test_the_documentation_loads_nothing_from_elsewhere(ask: Any) -> None:
    page = ask("GET", "/docs", auth=("anybody", TOKEN))
    assert page.status_code == 200
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(assets) == 3
    for url in assets:
        assert url.startswith("/docs/assets/")
        asset = ask("GET", url, auth=("anybody", TOKEN))
        assert asset.status_code == 200
        assert len(asset.content) > 500
    assert "http://" not in page.text
    assert "https://" not in page.text


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs/assets/swagger-ui.css"])
@pytest.mark.parametrize("auth", [None, ("anybody", ""), ("anybody", "wrong"), (TOKEN, "")])
def test_the_documentation_needs_the_token(ask: Any, path: str, auth: tuple[str, str] | None) -> None:
    answer = ask("GET", path, auth=auth)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "LRQ002")
    assert answer.headers["WWW-Authenticate"].startswith("Basic"), "a browser asks for the password"
    assert ask("GET", path, headers=BEARER).status_code == 200


def test_a_password_opens_no_other_page(ask: Any) -> None:
    answer = ask("POST", "/api/v1/runs", auth=("anybody", TOKEN), json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "LRQ002")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, "LRQ028"),
        ("GET", "/api/v1/nowhere", None, 404, "LRQ028"),
        ("DELETE", "/api/v1/runs", None, 405, "LRQ029"),
        ("POST", "/api/v1/runs", {"jbo": 1}, 422, "LRQ027"),
        ("POST", "/api/v1/dead-letters/replay", {"queue": "no-such"}, 422, "LRQ027"),
        ("GET", "/api/v1/dead-letters/not-an-id", None, 422, "LRQ027"),
        ("GET", "/api/v1/runs", None, 500, "LRQ099"),
    ],
)
def test_every_error_has_the_one_form(
    ask: Any, app: FastAPI, method: str, path: str, body: Any, status: int, code: str
) -> None:
    app.state.orchestrator.election = SimpleNamespace(acting=lambda: None)
    answer = ask(method, path, headers=BEARER, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert set(error) == {"code", "message", "remedy", "context"}
    assert "Traceback" not in answer.text


def test_a_wrong_request_names_every_fault(ask: Any) -> None:
    error = ask("POST", "/api/v1/runs", headers=BEARER, json={"jbo": 1}).json()["error"]
    assert [fault["where"] for fault in error["context"]["faults"]] == ["body.job", "body.file", "body.jbo"]
    assert "body.job: Field required" in error["message"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "LRQ001"),
        ({"api_token": ""}, "LRQ001"),
        ({"api_token": " \n"}, "LRQ001"),
        ({"api_token_file": "blank"}, "LRQ001"),
        ({"api_token_file": "missing"}, "LRQ003"),
        ({"api_token_file": "."}, "LRQ003"),
    ],
)
def test_no_token_no_start(tmp_path: Any, settings: dict[str, str], code: str) -> None:
    (tmp_path / "blank").write_text("\n")
    given = {name: tmp_path / text if name.endswith("file") else text for name, text in settings.items()}
    with pytest.raises(PermanentError) as caught:
        OrchestratorSettings(**given).token()
    assert caught.value.code == code
    assert caught.value.remedy
