"""Who gets in, and what a request may cost before it is known who sent it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from services.orchestrator.api.admission import Admission, BodyLimits
from services.orchestrator.api.app import create_app
from services.orchestrator.settings import OrchestratorSettings
from shared.errors import PermanentError

TOKEN = "a-token-of-some-length"
LIMITS = BodyLimits(bytes=1_000, seconds=0.2)
BEARER = (b"authorization", f"Bearer {TOKEN}".encode())


class Exchange:
    """One request to the application, and what it read and sent."""

    def __init__(self, path: str, *headers: tuple[bytes, bytes], chunks: Iterator[bytes] | None = None) -> None:
        self.read = 0
        self.sent: list[dict[str, Any]] = []
        self.reached: list[bytes] = []
        self._chunks = chunks or iter(())
        self._scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": list(headers), "http_version": "1.1", "scheme": "http", "root_path": "",
        }  # fmt: skip

    def make(self, token: str = TOKEN) -> int:
        """Make it; its status."""

        async def application(_scope: Any, receive: Any, send: Any) -> None:
            self.reached.append((await receive())["body"])
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        anyio.run(Admission(application, token=token, body=LIMITS), self._scope, self._receive, self._send)
        return int(self.sent[0]["status"])

    @property
    def code(self) -> str:
        return str(json.loads(self.sent[1]["body"])["error"]["code"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    async def _receive(self) -> dict[str, Any]:
        chunk = next(self._chunks, None)
        if chunk is None:
            await anyio.sleep(60)
        self.read += len(chunk or b"")
        return {"type": "http.request", "body": chunk, "more_body": chunk != b""}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


def blanks() -> Iterator[bytes]:
    while True:
        yield b" " * 500


@pytest.mark.parametrize("path", ["/api/v1/runs", "/docs", "/openapi.json", "/nowhere", "/api/v1/../../healthz", "/"])
def test_without_the_token_no_byte_of_the_body_is_read(path: str) -> None:
    request = Exchange(path, chunks=blanks())
    assert (request.make(), request.code, request.read, request.reached) == (401, "LRQ002", 0, [])
    assert request.headers[b"connection"] == b"close", "the rest of the body is never read"


@pytest.mark.parametrize(
    "credentials",
    ["", "Bearer", "Bearer ", "Bearer  ", "bearer x", "Basic Og==", "Basic ", "Basic ???", f"Basic {TOKEN}", TOKEN,
     f"Bearer {TOKEN} {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer \u00e9\u00ff"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/v1/runs", "/docs"])
@pytest.mark.parametrize("token", [TOKEN, ""])
def test_nothing_else_is_the_token(path: str, credentials: str, token: str) -> None:
    request = Exchange(path, (b"authorization", credentials.encode("latin-1")), chunks=iter([b""]))
    assert (request.make(token), request.code) == (401, "LRQ002")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_need_no_token(path: str) -> None:
    assert Exchange(path, chunks=iter([b""])).make() == 200


@pytest.mark.parametrize("announced", [(), ((b"content-length", b"900"),), ((b"content-length", b"-1"),)])
def test_a_body_is_read_to_its_limit_and_no_further(announced: tuple[tuple[bytes, bytes], ...]) -> None:
    request = Exchange("/api/v1/runs", BEARER, *announced, chunks=blanks())
    assert (request.make(), request.code, request.read) == (413, "LRQ034", 1_500)
    assert request.headers[b"connection"] == b"close"


def test_a_body_that_is_announced_too_large_is_not_read() -> None:
    request = Exchange("/api/v1/runs", BEARER, (b"content-length", b"1001"), chunks=blanks())
    assert (request.make(), request.code, request.read) == (413, "LRQ034", 0)


def test_probes_have_no_large_bodies_either() -> None:
    assert Exchange("/healthz", chunks=blanks()).make() == 413


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    request = Exchange("/api/v1/runs", BEARER, chunks=iter([b"{"]))
    assert (request.make(), request.code) == (408, "LRQ035")


def test_the_application_gets_the_body_whole() -> None:
    request = Exchange("/api/v1/runs", BEARER, chunks=iter([b'{"a"', b": 1}", b""]))
    assert (request.make(), request.reached) == (200, [b'{"a": 1}'])


def test_a_client_that_goes_is_no_error() -> None:
    request = Exchange("/api/v1/runs", BEARER)

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    request._receive = gone  # type: ignore[method-assign]
    with pytest.raises(IndexError):
        request.make()
    assert (request.sent, request.reached) == ([], [])


@pytest.mark.parametrize("token", ["", " \n", "fifteen-charact", " fifteen-charact \n"])
def test_a_token_that_can_be_guessed_lets_no_orchestrator_start(token: str, tmp_path: Any) -> None:
    file = tmp_path / "token"
    file.write_text(token)
    for settings in (OrchestratorSettings(api_token=token), OrchestratorSettings(api_token_file=file)):
        with pytest.raises(PermanentError) as caught:
            settings.token()
        assert caught.value.code == "LRQ001"
        assert "16 characters" in caught.value.remedy


def test_the_application_has_the_admission_before_everything() -> None:
    app = create_app(SimpleNamespace(token=TOKEN, checks=dict))  # type: ignore[arg-type]
    assert getattr(app.user_middleware[0].cls, "__name__", "") == "Admission"
