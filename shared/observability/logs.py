"""Structured logs: one JSON object a line on standard output, with run, batch, worker, process and thread.

The one place that imports structlog: ``get_logger`` for a module's logger, ``bound`` and ``bind`` for what every line
of the work in hand shall say.
"""

from __future__ import annotations

import logging
import sys
import threading
from multiprocessing import current_process
from typing import Any

from shared.observability.unneeded import absent

with absent("rich"):  # structlog loads it when it is there, for coloured tracebacks that a service never prints
    import structlog

get_logger = structlog.get_logger
bound = structlog.contextvars.bound_contextvars
bind = structlog.contextvars.bind_contextvars


def configure(service: str, instance: str, level: str = "info") -> None:
    """Set up this process's logs; call once, first thing.

    Third-party loggers (the broker client's, the web server's) come out in the same form.
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
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
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
    # pika tells of every connection step and of expected failures at ERROR; our own wrappers log what matters.
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def _origin(service: str, instance: str) -> structlog.types.Processor:
    def add(_logger: Any, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event.setdefault("service", service)
        event.setdefault("worker_id", instance)
        event.setdefault("process", current_process().name)
        event.setdefault("thread", threading.current_thread().name)
        return event

    return add
