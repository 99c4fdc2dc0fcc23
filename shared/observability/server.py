"""Health and metrics over HTTP for the services without a web framework: /healthz, /readyz, /metrics."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from socketserver import ThreadingMixIn
from time import monotonic
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from shared.observability.logs import get_logger

MOST_CONNECTIONS: Final = 32
CONNECTION_SECONDS: Final = 10.0
"""A probe or a scrape takes milliseconds."""

log = get_logger()

Checks = Callable[[], dict[str, bool]]
"""Named conditions; the service is ready when all hold."""


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection, of which there are few, and none for long."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._since: dict[socket.socket, float] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve the connection, or close it at once when too many are open."""
        if len(self._since) >= MOST_CONNECTIONS:
            self.shutdown_request(request)
            return
        self._since[request] = monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection, whose thread ends."""
        self._since.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called every half second: end what takes too long, whether the client is silent or slow."""
        late = monotonic() - CONNECTION_SECONDS
        for request in [request for request, since in list(self._since.items()) if since < late]:
            with suppress(OSError):  # the client has gone already
                request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *connection: Any) -> None:
        """Log a connection that broke; a probe that gives up is nothing that an operator has to read."""
        log.debug("a connection to health and metrics broke", client=str(connection[1]), exc_info=True)


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: probes come every few seconds."""


def serve(host: str, port: int, checks: Checks) -> WSGIServer:
    """Serve in a background thread; returns the server (its ``server_port`` is the real port)."""
    metrics = make_wsgi_app()

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            answer: Iterable[bytes] = metrics(environ, start)
            return answer
        if path == "/healthz":
            return _answer(start, "200 OK", {"status": "alive"})
        if path == "/readyz":
            conditions = checks()
            ready = all(conditions.values())
            status = "200 OK" if ready else "503 Service Unavailable"
            return _answer(start, status, {"ready": ready, "checks": conditions})
        return _answer(start, "404 Not Found", {"error": "try /healthz, /readyz or /metrics"})

    server = make_server(host, port, app, _Server, _QuietHandler)
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server


def _answer(start: Callable[..., Any], status: str, body: dict[str, Any]) -> list[bytes]:
    start(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode() + b"\n"]
