"""What every service process does: signals, logs, health, life signs, and an orderly end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Protocol, TypeVar

from shared.observability import logs, metrics, server
from shared.observability.logs import get_logger
from shared.runtime.settings import ServiceSettings
from shared.runtime.workers import survives

log = get_logger()


class Worker(Protocol):
    """A service: what it does between its start and its stop."""

    def start(self) -> None:
        """Begin to work, in threads of its own."""

    def checks(self) -> dict[str, bool]:
        """The conditions under which the service is ready."""

    def drain(self, grace_seconds: float) -> None:
        """Finish or give back what is in hand, within the grace."""

    def life_sign(self) -> None:
        """Announce memory and progress."""


class HttpServer(Protocol):
    """The server of health and metrics."""

    server_port: int

    def shutdown(self) -> None:
        """Stop serving."""


AnyWorker = TypeVar("AnyWorker", bound=Worker)


def run(
    service: str,
    settings: ServiceSettings,
    build: Callable[[], AnyWorker],
    listen: Callable[[AnyWorker], HttpServer] | None = None,
) -> int:
    """Run ``build()`` until SIGTERM or SIGINT; returns the process's exit code (0 after an orderly end).

    ``listen`` serves the worker over HTTP; by default health and metrics only.
    """
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    logs.configure(service, settings.instance, settings.log_level)
    metrics.begin_service(service)
    worker = build()
    worker.start()
    http = listen(worker) if listen else server.serve(settings.http_host, settings.http_port, worker.checks)
    log.info("started", port=http.server_port)
    while not stop.wait(settings.heartbeat_seconds):
        survives(worker.life_sign, "life sign")
    worker.drain(settings.stop_grace_seconds)
    http.shutdown()
    log.info("stopped")
    return 0
