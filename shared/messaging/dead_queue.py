"""Browsing dead-letter queues: letters are taken in hand one by one and given back at the end.

While they are in hand, the letters are hidden from others. Be quick, and the only one who browses. A quorum queue puts
what is given back after what was given back before: browsing all letters keeps their order, browsing some of them turns
it, a broken connection shuffles it. The letters' own times say which is older.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

from shared.errors import TransientError
from shared.messaging.connection import BROKER_ERRORS, close_within, connect, open_channel
from shared.messaging.dead_letters import DeadLetter, numbered_id, read_letter
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import dead_queue

_RETURN_SECONDS = 1.0
_RETURN_POLL = 0.005
_RETURNED_AT_ONCE = 32
"""RabbitMQ keeps the order of no more returns under way than these."""


@dataclass(frozen=True, slots=True)
class HeldLetter:
    """A letter in hand with its body; it goes back to its queue unless it is removed."""

    letter: DeadLetter
    headers: Mapping[str, Any]
    body: bytes
    tag: int


class _Ids:
    """Tells letters of one queue apart that say the same id: equal ones, and copies from an interrupted replay."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._numbers: Counter[str] = Counter()

    def unique(self, letter: str) -> str:
        while True:
            self._numbers[letter] += 1
            found = numbered_id(letter, self._numbers[letter])
            if found not in self._seen:
                self._seen.add(found)
                return found


class Browser:
    """The dead letters of one work queue, over a connection of its own; used by one thread."""

    def __init__(
        self, connection: BlockingConnection, channel: BlockingChannel, queue: str, settings: BrokerSettings
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._queue = queue
        self._limit = settings.delivery_limit
        self._in_hand: list[int] = []

    def depth(self) -> int:
        """Letters that nobody has in hand."""
        return _depth(self._channel, self._queue)

    def letters(self) -> Iterator[HeldLetter]:
        """The letters that were there at the beginning, no two with one id; those that come meanwhile are left out."""
        ids = _Ids()
        for _ in range(self.depth()):
            method, properties, body = self._channel.basic_get(dead_queue(self._queue))
            if method is None:
                return
            self._in_hand.append(method.delivery_tag)
            headers = properties.headers or {}
            letter = read_letter(self._queue, headers, body, self._limit, properties.message_id)
            letter = letter.model_copy(update={"id": ids.unique(letter.id)})
            yield HeldLetter(letter, headers, body, method.delivery_tag)

    def remove(self, held: HeldLetter) -> None:
        """Take the letter out of its queue."""
        self._channel.basic_ack(held.tag)
        self._in_hand.remove(held.tag)

    def wait(self, seconds: float) -> None:
        """Pause, and keep the connection alive meanwhile."""
        self._connection.sleep(seconds)

    def give_back(self) -> None:
        """Give all letters in hand back and wait until they are ready again: the next browser must not miss them."""
        for start in range(0, len(self._in_hand), _RETURNED_AT_ONCE):
            part = self._in_hand[start : start + _RETURNED_AT_ONCE]
            expected = self.depth() + len(part)
            for tag in part:
                self._channel.basic_nack(tag, requeue=True)
            self._await_depth(expected)

    def _await_depth(self, expected: int) -> None:
        deadline = time.monotonic() + _RETURN_SECONDS
        while self.depth() < expected and time.monotonic() < deadline:
            self.wait(_RETURN_POLL)


@contextmanager
def browsing(
    settings: BrokerSettings, queue: str, name: str, give_up: Callable[[], bool] = lambda: False
) -> Iterator[Browser]:
    """Browse the dead letters of ``queue``; LRM004 when the connection breaks, which gives all letters back.

    A broker that is away is waited for until ``give_up()`` (see ``connect``).
    """
    connection = connect(settings, name, give_up=give_up)
    try:
        browser = Browser(connection, open_channel(connection, settings), queue, settings)
        try:
            yield browser
        finally:
            if connection.is_open:
                browser.give_back()
    except BROKER_ERRORS as error:
        raise TransientError("LRM004", f"the connection broke over the dead letters of {queue}: {error!r}") from error
    finally:
        close_within(connection)


def _depth(channel: BlockingChannel, queue: str) -> int:
    return int(channel.queue_declare(dead_queue(queue), passive=True).method.message_count)
