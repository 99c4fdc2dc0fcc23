"""Copies, adds and removes messages in lrecl's queues."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import NackError

from deploy.local.rabbit import RabbitNode
from tests.support.waiting import wait_until

_PAUSE_SECONDS = 0.01


class BrokerQueues:
    """Reads and changes the queues of one node; each call opens its own connection."""

    def __init__(self, node: RabbitNode) -> None:
        self._node = node

    def depth(self, queue: str) -> int:
        """Messages that are ready in ``queue``, without those delivered and not yet acknowledged."""
        with self._channel() as channel:
            return int(channel.queue_declare(queue, passive=True).method.message_count)

    def publish(self, queue: str, *bodies: bytes) -> None:
        """Publish messages to ``queue``; wait while it is full."""
        with self._channel() as channel:
            channel.confirm_delivery()
            for body in bodies:
                _publish(channel, queue, body)

    def bodies(self, queue: str, count: int) -> list[bytes]:
        """The first ``count`` messages of ``queue``, once they are there; they stay in the queue."""
        with self._channel() as channel:
            return [_get(channel, queue)[1] for _ in range(count)]

    def take(self, queue: str, count: int) -> list[bytes]:
        """Remove the first ``count`` messages from ``queue``, once they are there."""
        with self._channel() as channel:
            taken = [_get(channel, queue) for _ in range(count)]
            for tag, _ in taken:
                channel.basic_ack(tag)
            return [body for _, body in taken]

    def clear(self, queue: str) -> None:
        """Remove all messages that are ready in ``queue``."""
        with self._channel() as channel:
            channel.queue_purge(queue)

    def die_with(self, queue: str, count: int) -> list[bytes]:
        """The first ``count`` messages of ``queue``, once the broker has dead-lettered them.

        Their consumer disconnects without acknowledging them, as a killed process does, until the delivery limit is
        exceeded.
        """
        before = self.depth(f"{queue}.dead")
        bodies: list[bytes] = []
        while self.depth(f"{queue}.dead") < before + count:
            bodies = bodies or self.bodies(queue, count)
            with self._channel() as channel:
                for _ in range(count):
                    method, _, body = channel.basic_get(queue)
                    if method is not None and body not in bodies:
                        channel.basic_nack(method.delivery_tag, requeue=True)
        return bodies

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        connection = pika.BlockingConnection(self._node.parameters())
        try:
            yield connection.channel()
        finally:
            connection.close()  # messages without acknowledgement return to their queue


def _publish(channel: BlockingChannel, queue: str, body: bytes) -> None:
    while True:
        try:
            channel.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2), mandatory=True)
        except NackError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _get(channel: BlockingChannel, queue: str) -> tuple[int, bytes]:
    found: list[tuple[int, bytes]] = []

    def arrived() -> bool:
        method, _, body = channel.basic_get(queue)
        if method is not None:
            found.append((method.delivery_tag, body))
        return method is not None

    wait_until(arrived, seconds=30)
    return found[0]
