"""lrecl's queues on the tests' broker: declared again for each test, read without lrecl's own code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from deploy.local.rabbit import RabbitNode
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import DEAD_LETTERS, EVENTS, WORK_QUEUES, declare


def settings_for(node: RabbitNode, port: int | None = None, **changes: Any) -> BrokerSettings:
    """How lrecl reaches the node, directly or through the proxy at ``port``."""
    url = f"amqp://{node.user}@{node.host}:{port or node.port}/%2F"
    return BrokerSettings(url=url, password_file=node.password_file, **changes)


@contextmanager
def channel_to(node: RabbitNode) -> Iterator[BlockingChannel]:
    """A channel of pika for the block."""
    with pika.BlockingConnection(node.parameters()) as connection:
        yield connection.channel()


def renew(node: RabbitNode, settings: BrokerSettings) -> None:
    """Delete all queues and declare them again with the bounds in ``settings``."""
    with channel_to(node) as channel:
        for name in WORK_QUEUES:
            channel.queue_delete(name)
            channel.queue_delete(f"{name}.dead")
        channel.exchange_delete(DEAD_LETTERS)
        channel.exchange_delete(EVENTS)
        declare(channel, settings)


def depth(node: RabbitNode, queue: str) -> int:
    """Messages that are ready in ``queue``, without those delivered and not yet acknowledged."""
    with channel_to(node) as channel:
        return int(channel.queue_declare(queue, passive=True).method.message_count)


def exists(node: RabbitNode, queue: str) -> bool:
    """Whether there is such a queue."""
    try:
        return depth(node, queue) >= 0
    except ChannelClosedByBroker:
        return False


def drain(node: RabbitNode, queue: str, most: float = inf) -> list[tuple[Any, bytes]]:
    """Remove all messages from ``queue``, or the first ``most``: headers and body of each."""
    taken: list[tuple[Any, bytes]] = []
    with channel_to(node) as channel:
        while len(taken) < most:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                break
            taken.append((properties.headers or {}, body))
    return taken
