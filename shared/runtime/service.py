"""What every service process does: signals, logs, health, life signs, and an orderly end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Protocol, TypeVar

from shared.errors import LreclError
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
    """Run ``build()`` until SIGTERM or SIGINT; returns the process's exit code.

    That is 0 after an orderly end, and 2 when ``build()`` finds with a coded error that the service cannot run, or when
    it cannot listen on its port (LRQ006).
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
    try:
        worker = build()
    except LreclError as error:
        log.error("the service cannot start", code=error.code, error=error.message, remedy=error.remedy)
        return error.exit_code
    try:
        http = listen(worker) if listen else server.serve(settings.http_host, settings.http_port, worker.checks)
    except OSError as error:
        where = f"{settings.http_host}, port {settings.http_port}"
        remedy = "Set LRECL_HTTP_HOST and LRECL_HTTP_PORT to an address of this machine and a port that is free."
        log.error("the service cannot listen", code="LRQ006", error=f"{where}: {error}", remedy=remedy)
        return 2
    worker.start()
    log.info("started", port=http.server_port)
    # The first one at once: a run that starts and ends between two life signs needs every service's memory, too.
    survives(worker.life_sign, "life sign")
    while not stop.wait(settings.heartbeat_seconds):
        survives(worker.life_sign, "life sign")
    worker.drain(settings.stop_grace_seconds)
    http.shutdown()
    log.info("stopped")
    return 0
