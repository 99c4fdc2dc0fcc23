"""Structured logs: one JSON object a line on standard output, with run, batch, worker, process and thread.

This is the one module that imports structlog. ``get_logger`` gives a module its logger; ``bound(run_id=…)`` puts its
values into every line that this thread logs during the block, and into none after it.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import current_process
from typing import Any, cast


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Let ``import package`` fail inside the block, unless the package was imported before."""
    if package in sys.modules:
        yield
        return
    cast("dict[str, object]", sys.modules)[package] = None  # the import system's own mark for "not found"
    try:
        yield
    finally:
        del sys.modules[package]


with _without("rich"):  # structlog imports it where it is installed, for coloured tracebacks that no service prints
    import structlog

get_logger = structlog.get_logger
bound = structlog.contextvars.bound_contextvars


def configure(service: str, instance: str, level: str = "info") -> None:
    """Set up this process's logs; call once, first thing.

    Lines of third-party loggers (the broker client's, the web server's) have the same form.
    """
    renderer = structlog.processors.JSONRenderer()
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _origin(service, instance),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # a debug line for each batch costs nothing where it is not wanted
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    formatter = structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # pika logs every step of a connection, and expected failures at ERROR; lrecl's own modules log what matters.
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def _origin(service: str, instance: str) -> structlog.types.Processor:
    def add(_logger: Any, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event.setdefault("service", service)
        event.setdefault("worker_id", instance)
        event.setdefault("process", current_process().name)
        event.setdefault("thread", threading.current_thread().name)
        return event

    return add
