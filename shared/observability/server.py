"""Health and metrics over HTTP for the services without a web framework: /healthz, /readyz, /metrics."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

Checks = Callable[[], dict[str, bool]]
"""Named conditions; the service is ready when all hold."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


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
