"""What a request must be before the application sees it: authorised, and with a body of bounded size and duration."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.orchestrator.api.auth import challenge, require_token
from services.orchestrator.api.errors import answer
from shared.errors import RequestError


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Most bytes of a request's body, and seconds that it may take."""

    bytes: int
    seconds: float


class Admission:
    """ASGI middleware: first the token, then the body, whole and within its limits; only then the application.

    LRQ002 (401) without the token, LRQ034 (413) for a body that is too large, LRQ035 (408) for one that does not come.
    A refused request ends its connection, so that the rest of its body is never read.
    """

    def __init__(self, app: ASGIApp, *, token: str, body: BodyLimits) -> None:
        self._app = app
        self._token = token
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            require_token(scope["path"], headers, self._token)
            body = await self._read(headers, receive)
        except RequestError as error:
            more = {"WWW-Authenticate": challenge(scope["path"])} if error.status == 401 else {}
            refusal = answer(error.status, error, {"Connection": "close", **more})
            await refusal(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replayed(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        """The body; None when the client has gone."""
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._body.bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._body.seconds):
                return await self._collect(receive)
        except TimeoutError as error:
            message = f"the body of the request did not come within {self._body.seconds:g} seconds"
            raise RequestError("LRQ035", message, status=408, remedy="Send the request again.") from error

    async def _collect(self, receive: Receive) -> bytes | None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._body.bytes:
                raise self._too_large()
            more = message.get("more_body", False)
        return bytes(body)

    def _too_large(self) -> RequestError:
        message = f"the body of the request is larger than {self._body.bytes:,} bytes"
        remedy = "Files are read from the data folder; a request only names them."
        return RequestError("LRQ034", message, status=413, remedy=remedy)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """``receive`` that first gives the body, which has been read."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return first.pop() if first else await receive()

    return next_message
