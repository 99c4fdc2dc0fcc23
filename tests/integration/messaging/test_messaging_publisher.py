"""The publisher against a real broker: what it says was taken is there, and trouble is waited out or named."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from prometheus_client.registry import REGISTRY

from deploy.local.rabbit import RabbitNode
from shared.errors import PermanentError
from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import EVENTS, RAW, READ
from tests.support.queues import channel_to, depth, drain
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

Open = Callable[[BrokerSettings], Publisher]


def fill(publisher: Publisher) -> int:
    """Publish until the raw queue refuses; how many it took."""
    taken = 0
    while True:
        try:
            publisher.publish(RAW, b"filling", stopping=lambda: True)
        except Cancelled:
            return taken
        taken += 1


def waited() -> float:
    """Seconds that the metric tells of waits for room in the raw queue."""
    return REGISTRY.get_sample_value("lrecl_queue_wait_seconds_total", {"queue": RAW}) or 0.0


def test_what_is_published_is_there_and_durable(broker: RabbitNode, publisher: Publisher) -> None:
    body = bytes(range(256)) * 4096
    before = waited()
    publisher.publish(RAW, body)
    assert waited() == before
    with channel_to(broker) as channel:
        _, properties, found = channel.basic_get(RAW, auto_ack=True)
    assert found == body
    assert properties.delivery_mode == 2


def test_many_threads_share_a_publisher(broker: RabbitNode, publisher: Publisher) -> None:
    bodies = [f"{number}".encode() for number in range(80)]
    threads = [
        threading.Thread(target=lambda part=part: [publisher.publish(READ, body) for body in part])
        for part in (bodies[:20], bodies[20:40], bodies[40:60], bodies[60:])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(body for _, body in drain(broker, READ)) == sorted(bodies)


def test_a_queue_that_is_not_there_is_named(publisher: Publisher) -> None:
    with pytest.raises(PermanentError) as caught:
        publisher.publish("lrecl.nowhere", b"x")
    assert caught.value.code == "LRM003"
    assert "lrecl.nowhere" in caught.value.message
    publisher.publish(READ, b"the publisher lives on")


def test_a_full_queue_is_waited_for_and_the_wait_is_told(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    taken = fill(publisher)
    assert 0 <= taken - settings.raw_queue_bound <= 2, "the bound of a quorum queue is approximate"
    drained: list[tuple[object, bytes]] = []
    timer = threading.Timer(0.6, lambda: drained.extend(drain(broker, RAW)))
    timer.start()
    before = waited()
    publisher.publish(RAW, b"late")
    timer.join()
    assert 0.3 < waited() - before < 5
    # The late one may have come while the others were still being taken.
    assert [body for _, body in drained + drain(broker, RAW)] == [b"filling"] * taken + [b"late"]


def test_a_stopping_service_gives_the_wait_up(broker: RabbitNode, publisher: Publisher) -> None:
    taken = fill(publisher)
    stopping = threading.Event()
    threading.Timer(0.3, stopping.set).start()
    with pytest.raises(Cancelled):
        publisher.publish(RAW, b"never", stopping=stopping.is_set)
    assert stopping.is_set()
    assert [body for _, body in drain(broker, RAW)] == [b"filling"] * taken


def test_a_full_queue_holds_nobody_else_up(publisher: Publisher) -> None:
    fill(publisher)
    stopping = threading.Event()

    def wait_in_vain() -> None:
        with pytest.raises(Cancelled):
            publisher.publish(RAW, b"waits", stopping=stopping.is_set)

    waiter = threading.Thread(target=wait_in_vain)
    waiter.start()
    for _ in range(20):
        publisher.publish(READ, b"passes")
    assert waiter.is_alive()
    stopping.set()
    waiter.join(5)
    assert not waiter.is_alive()


def test_a_cut_connection_is_made_again(
    broker: RabbitNode, cuttable: BrokerSettings, proxy: TcpProxy, open_publisher: Open, connections: list[str]
) -> None:
    publisher = open_publisher(cuttable)
    publisher.publish(READ, b"before")
    proxy.cut()
    publisher.publish(READ, b"after")
    assert len(connections) == 2
    bodies = [body for _, body in drain(broker, READ)]
    assert bodies == [b"before", b"after"]


def test_a_connection_cut_in_the_middle_of_publishing_loses_nothing(
    broker: RabbitNode, cuttable: BrokerSettings, proxy: TcpProxy, open_publisher: Open, connections: list[str]
) -> None:
    """What was under way may arrive twice (the ledger makes it once), but nothing is missing."""
    publisher = open_publisher(cuttable)
    published = 0

    def cut_thrice() -> None:
        for _ in range(3):
            seen = published
            wait_until(lambda seen=seen: published > seen + 5)
            proxy.cut()

    cutting = threading.Thread(target=cut_thrice)
    cutting.start()
    while cutting.is_alive() or published < 50:
        publisher.publish(READ, f"{published}".encode())
        published += 1
    publisher.publish(READ, f"{published}".encode())
    assert len(connections) == 4
    assert {int(body) for _, body in drain(broker, READ)} == set(range(published + 1))


def test_an_event_is_lost_without_harm(publisher: Publisher) -> None:
    """Nobody listens, or the exchange is not there: the work goes on."""
    publisher.announce("lrecl.events", "reader.heartbeat", b"nobody listens")
    publisher.announce("lrecl.nowhere", "reader.heartbeat", b"no such exchange")
    publisher.publish(READ, b"work")


def test_heartbeats_are_served_on_after_an_event_found_the_connection_cut(
    broker: RabbitNode, cuttable: BrokerSettings, proxy: TcpProxy, open_publisher: Open, connections: list[str]
) -> None:
    """The keep-alive thread meets a connection that is closed already, drops it, and lives on for the next."""
    publisher = open_publisher(cuttable)
    publisher.publish(READ, b"before")
    with publisher._lock:
        connection = publisher._connection
    assert connection is not None
    proxy.cut()
    while connection.is_open:
        publisher.announce(EVENTS, "test.event", b"lost")
    wait_until(lambda: publisher._connection is not connection)
    publisher.publish(READ, b"after")
    assert publisher._keepalive is not None
    assert publisher._keepalive.healthy
    assert [body for _, body in drain(broker, READ)] == [b"before", b"after"]


def test_closing_twice_is_fine(publisher: Publisher, broker: RabbitNode) -> None:
    publisher.publish(READ, b"kept")
    publisher.close()
    publisher.close()
    assert depth(broker, READ) == 1
