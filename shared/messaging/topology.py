"""Exchanges and queues: their names, and how they are bounded (the bounds of raw and processed are settings).

Every work queue is a quorum queue with a bound, ``reject-publish`` overflow (a full queue refuses a message and its
publisher waits: that is the backpressure), a delivery limit, and a dead-letter queue fed at least once. RabbitMQ's
at-least-once dead lettering needs exactly that overflow (RabbitMQ, Quorum Queues: Dead Lettering).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pika.adapters.blocking_connection import BlockingChannel

from shared.messaging.settings import BrokerSettings

DEAD_LETTERS: Final = "lrecl.dead"
EVENTS: Final = "lrecl.events"
WORK: Final = "lrecl.work"
"""Takes every message and puts it into the queue that its routing key names. RabbitMQ's default exchange does the same,
but a user who may publish there may publish to all queues. On a topic exchange, rights are given by routing key
(RabbitMQ, Access Control: Topic Authorisation)."""
READ: Final = "lrecl.read"
RAW: Final = "lrecl.raw"
PROCESSED: Final = "lrecl.processed"
REPORTS: Final = "lrecl.reports"
WORK_QUEUES: Final = (READ, RAW, PROCESSED, REPORTS)

_EXCHANGES: Final = {DEAD_LETTERS: "direct", EVENTS: "topic", WORK: "topic"}

_COMMANDS_BOUND: Final = 100_000
"""Read commands and reports are small; their bound only guards the broker's disk."""

_NO_LIMIT: Final = 2**31 - 1
"""From RabbitMQ 4 on, a quorum queue without a delivery limit gets one of 20, and a message beyond it is dropped where
there is no dead-letter exchange: browsing a dead letter for the twentieth time would destroy it. Older brokers do not
accept -1 for "none"."""


def dead_queue(name: str) -> str:
    """The dead-letter queue of the work queue ``name``."""
    return f"{name}.dead"


@dataclass(frozen=True, slots=True)
class Queue:
    """A work queue's bound; its dead letters go to ``NAME.dead``."""

    name: str
    bound: int

    @property
    def dead(self) -> str:
        """Name of the dead-letter queue."""
        return dead_queue(self.name)


_DEAD_ARGUMENTS: Final = {"x-queue-type": "quorum", "x-delivery-limit": _NO_LIMIT}


def queues(settings: BrokerSettings) -> list[Queue]:
    """The work queues as configured."""
    return [
        Queue(READ, _COMMANDS_BOUND),
        Queue(RAW, settings.raw_queue_bound),
        Queue(PROCESSED, settings.processed_queue_bound),
        Queue(REPORTS, _COMMANDS_BOUND),
    ]


def declare(channel: BlockingChannel, settings: BrokerSettings) -> None:
    """Declare everything; repeating it is harmless, so any service may start first.

    With ``declare_queues`` off nothing is created, so no right is needed; a missing queue closes the channel (404).
    """
    if settings.declare_queues:
        _make(channel, settings)
    else:
        _find(channel, settings)


def _make(channel: BlockingChannel, settings: BrokerSettings) -> None:
    for exchange, kind in _EXCHANGES.items():
        channel.exchange_declare(exchange, exchange_type=kind, durable=True)
    for queue in queues(settings):
        channel.queue_declare(queue.dead, durable=True, arguments=_DEAD_ARGUMENTS)
        channel.queue_bind(queue.dead, DEAD_LETTERS, routing_key=queue.name)
        channel.queue_declare(queue.name, durable=True, arguments=_arguments(queue, settings))
        for name in (queue.name, queue.dead):
            channel.queue_bind(name, WORK, routing_key=name)


def _find(channel: BlockingChannel, settings: BrokerSettings) -> None:
    for exchange in _EXCHANGES:
        channel.exchange_declare(exchange, passive=True)
    for queue in queues(settings):
        for name in (queue.name, queue.dead):
            channel.queue_declare(name, passive=True)


def _arguments(queue: Queue, settings: BrokerSettings) -> dict[str, Any]:
    return {
        "x-queue-type": "quorum",
        "x-max-length": queue.bound,
        "x-overflow": "reject-publish",
        "x-delivery-limit": settings.delivery_limit,
        "x-dead-letter-exchange": DEAD_LETTERS,
        "x-dead-letter-routing-key": queue.name,
        "x-dead-letter-strategy": "at-least-once",
    }
