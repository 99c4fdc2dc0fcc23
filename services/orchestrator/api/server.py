"""The web server: uvicorn in a thread, with bounds on its connections and on the time that a request may take to come.

uvicorn by itself waits forever for a client that connects and says nothing, and takes any number of such clients.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

_STOP_SECONDS: Final = 5.0
_FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Most connections at once, and seconds within which a request's headers must have come.

    A connection on which nobody asks anything is closed after these seconds, too.
    """

    connections: int
    header_seconds: float


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol for one connection, within the limits."""

    def __init__(self, *given: Any, limits: ConnectionLimits, **more: Any) -> None:
        super().__init__(*given, **more)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower, as in uvicorn
        """Take the connection, or refuse it when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            transport.write(_FULL)
            transport.close()
        else:
            self._await_request()

    def data_received(self, data: bytes) -> None:
        """Read on; once a request is in hand, its headers are awaited no longer."""
        if not self.transport.is_closing():
            super().data_received(data)
            if self._in_hand():
                self._stop_waiting()

    def on_response_complete(self) -> None:
        """The next request must come in time, too."""
        self._await_request()
        super().on_response_complete()
        if self._in_hand():  # a request that was sent along with the one before
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _in_hand(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_request(self) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(self._limits.header_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class WebServer:
    """Serves ``app`` from its creation until ``shutdown``; the frame of the service keeps main thread and signals.

    OSError when it cannot listen there. Port 0 takes any free one; ``server_port`` is the real one.
    """

    def __init__(self, app: FastAPI, host: str, port: int, limits: ConnectionLimits) -> None:
        protocol = cast("type[asyncio.Protocol]", partial(BoundedProtocol, limits=limits))
        config = uvicorn.Config(app, http=protocol, ws="none", log_config=None, access_log=False, server_header=False)
        self._server = uvicorn.Server(config)
        # Here, because uvicorn would end its thread, and nothing else, when the port is in use.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=config.backlog)
        self.server_port: int = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="http", daemon=True)
        self._thread.start()

    def shutdown(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
