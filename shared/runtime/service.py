"""The frame of a service process: signals, logs, health, life signs, and an orderly end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Protocol

import structlog

from shared.messaging.events import EventReporter
from shared.observability import logs, server
from shared.observability.memory import own_processes
from shared.runtime.settings import ServiceSettings

log = structlog.get_logger()


class Worker(Protocol):
    """What a service does inside the frame."""

    def start(self) -> None:
        """Begin to work, in threads of its own."""

    def checks(self) -> dict[str, bool]:
        """The conditions under which the service is ready."""

    def drain(self, grace_seconds: float) -> None:
        """Finish or give back what is in hand, within the grace."""

    @property
    def events(self) -> EventReporter:
        """Where life signs go."""


def run(service: str, settings: ServiceSettings, build: Callable[[], Worker]) -> int:
    """Run ``build()`` until SIGTERM or SIGINT; returns the process's exit code (0 after an orderly end)."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    logs.configure(service, settings.instance, settings.log_level)
    worker = build()
    http = server.serve(settings.http_host, settings.http_port, worker.checks)
    worker.start()
    log.info("started", port=http.server_port)
    while not stop.wait(settings.heartbeat_seconds):
        send_life_sign(worker.events)
    worker.drain(settings.stop_grace_seconds)
    http.shutdown()
    log.info("stopped")
    return 0


def send_life_sign(events: EventReporter) -> None:
    """Announce this service's processes and their memory."""
    usages = own_processes()
    events.send("heartbeat", processes={usage.name: [usage.pid, usage.rss_kb, usage.peak_kb] for usage in usages})
