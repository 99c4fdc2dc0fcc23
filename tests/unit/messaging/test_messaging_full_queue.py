"""A publisher that waits for room in a full queue: the metric counts the wait while it lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pika.exceptions import NackError
from prometheus_client.registry import REGISTRY

from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW
from tests.support.waiting import wait_until


class FullQueue(Publisher):
    """A publisher whose queue is full until ``has_room`` is set."""

    def __init__(self) -> None:
        super().__init__(BrokerSettings(), "test-publisher")
        self.has_room = threading.Event()

    def _send(self, *_message: object) -> None:
        if not self.has_room.is_set():
            raise NackError([])

    def _length(self, *_asked: object) -> int:
        return 0 if self.has_room.is_set() else 20


def waited() -> float:
    return REGISTRY.get_sample_value("lrecl_queue_wait_seconds_total", {"queue": RAW}) or 0.0


@pytest.fixture
def publisher() -> Iterator[FullQueue]:
    made = FullQueue()
    yield made
    made.has_room.set()
    made.close()


def test_a_wait_for_room_is_counted_while_it_lasts(publisher: FullQueue) -> None:
    before = waited()
    waiting = threading.Thread(target=publisher.publish, args=(RAW, b"late"))
    waiting.start()
    wait_until(lambda: waited() > before + 0.2, seconds=5)
    assert waiting.is_alive()
    halfway = waited()
    wait_until(lambda: waited() > halfway + 0.2, seconds=5)
    publisher.has_room.set()
    waiting.join(5)
    assert not waiting.is_alive()
    after = waited()
    assert waited() == after, "a wait that has ended does not count any more"


def test_waits_of_several_threads_add_up(publisher: FullQueue) -> None:
    before = waited()
    threads = [threading.Thread(target=publisher.publish, args=(RAW, b"late")) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: waited() > before + 0.2, seconds=5)
    started, start = time.monotonic(), waited()
    time.sleep(0.5)
    assert 4 * 0.5 <= waited() - start <= 4 * (time.monotonic() - started)


def test_a_wait_that_is_given_up_has_been_counted(publisher: FullQueue) -> None:
    before, end = waited(), threading.Timer(0.3, lambda: stopping.set())
    stopping = threading.Event()
    end.start()
    with suppress(Cancelled):
        publisher.publish(RAW, b"never", stopping=stopping.is_set)
    assert stopping.is_set()
    assert waited() - before >= 0.25
