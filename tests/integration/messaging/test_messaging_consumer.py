"""The consumer against a real broker: never more than its prefetch, nothing lost, nothing kept."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime

import pika
import pytest
from pika import data as pika_data

from deploy.local.rabbit import RabbitNode
from shared.messaging.consumer import Consumer, Delivery
from shared.messaging.dead_letters import read_letter
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW, READ
from tests.support.queues import channel_to, depth, drain, exists
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

Open = Callable[..., Consumer]


def take(consumer: Consumer) -> Delivery:
    delivery = consumer.take(10)
    assert delivery is not None
    return delivery


def fill(publisher: Publisher, queue: str, count: int) -> list[bytes]:
    bodies = [f"{number}".encode() for number in range(count)]
    for body in bodies:
        publisher.publish(queue, body)
    return bodies


def test_no_more_than_the_prefetch_is_in_hand(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, open_consumer: Open
) -> None:
    bodies = fill(publisher, READ, 6)
    consumer = open_consumer(settings, READ, prefetch=2)
    first, second = take(consumer), take(consumer)
    assert consumer.take(0.5) is None
    assert depth(broker, READ) == 4
    second.ack()
    third = take(consumer)
    assert consumer.take(0.3) is None
    assert [delivery.body for delivery in (first, second, third)] == bodies[:3]


def test_an_acknowledged_message_is_gone(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, open_consumer: Open
) -> None:
    fill(publisher, RAW, 1)
    consumer = open_consumer(settings)
    delivery = take(consumer)
    assert (delivery.body, delivery.redelivered, delivery.attempts) == (b"0", False, 0)
    delivery.ack()
    consumer.close()
    assert drain(broker, RAW) == []
    assert drain(broker, f"{RAW}.dead") == []


def test_a_message_given_back_comes_again_until_the_limit(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, open_consumer: Open
) -> None:
    fill(publisher, RAW, 1)
    consumer = open_consumer(settings)
    seen = []
    for _ in range(settings.delivery_limit + 1):
        delivery = take(consumer)
        seen.append((delivery.redelivered, delivery.attempts))
        delivery.requeue()
    assert seen == [(False, 0), (True, 1), (True, 2)]
    wait_until(lambda: depth(broker, f"{RAW}.dead") == 1)
    assert consumer.take(0.3) is None
    ((headers, body),) = drain(broker, f"{RAW}.dead")
    assert body == b"0"
    assert (headers["x-death"][0]["queue"], headers["x-death"][0]["reason"]) == (RAW, "delivery_limit")
    letter = read_letter(RAW, headers, body, settings.delivery_limit)
    assert (letter.code, letter.category, letter.service) == ("LRP050", "delivery-limit", "broker")
    assert (letter.attempts, letter.run_id, letter.batch_no) == (3, "", None)
    assert abs((datetime.now(UTC) - letter.last_failed_at).total_seconds()) < 60


def test_odd_headers_end_no_consumer(settings: BrokerSettings, publisher: Publisher, open_consumer: Open) -> None:
    consumer = open_consumer(settings)
    for count in ("abc", -1, [1], {"a": 1}, b"\xff", True, 1 << 40):
        publisher.publish(RAW, b"odd", headers={"x-delivery-count": count, "lrecl-attempts": count})
        publisher.publish(RAW, b"even")
        odd, even = take(consumer), take(consumer)
        assert ((odd.body, even.body), even.attempts) == ((b"odd", b"even"), 0)
        assert odd.attempts in (0, 1)
        odd.ack()
        even.ack()


def test_headers_that_pika_cannot_decode_arrive_without_their_message_being_lost(
    broker: RabbitNode, settings: BrokerSettings, open_consumer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time after the year 9999: by itself pika raises over it, and all messages in hand come again."""
    with channel_to(broker) as channel, monkeypatch.context() as patch:
        encode = pika_data.encode_value

        def encode_late_times(pieces: list[bytes], value: object) -> int:
            if value != "late":
                return int(encode(pieces, value))
            pieces.append(struct.pack(">cQ", b"T", 1 << 60))
            return 9

        patch.setattr(pika_data, "encode_value", encode_late_times)
        channel.basic_publish("", RAW, b"odd", pika.BasicProperties(headers={"when": "late"}))
    consumer = open_consumer(settings)
    delivery = take(consumer)
    assert (delivery.body, delivery.headers, delivery.redelivered) == (b"odd", {}, False)
    delivery.ack()


def test_an_error_in_the_connections_thread_begins_the_connection_anew(
    settings: BrokerSettings, publisher: Publisher, open_consumer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(publisher, RAW, 1)
    consumer = Consumer(settings, RAW, prefetch=1, name="test-consumer")
    receive, failures = consumer._receiver, [RuntimeError("bug"), SystemExit(1)]

    def failing(connection: object) -> object:
        if failures:
            raise failures.pop()
        return receive(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(consumer, "_receiver", failing)
    consumer.start()
    try:
        assert take(consumer).body == b"0"
        assert consumer.connected
    finally:
        consumer.close()


def test_after_a_cut_the_message_comes_again(
    broker: RabbitNode, cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher, open_consumer: Open
) -> None:
    fill(publisher, RAW, 2)
    consumer = open_consumer(cuttable, prefetch=1)
    before = take(consumer)
    proxy.cut()
    again = take(consumer)
    assert (before.body, again.body) == (b"0", b"0")
    assert again.redelivered
    assert again.attempts == 1, "a lost connection counts towards the limit"
    before.ack()  # too late: the broker has given the message to somebody else
    assert depth(broker, RAW) == 1
    again.ack()
    assert take(consumer).body == b"1"


def test_what_waited_for_a_worker_is_forgotten_with_its_connection(
    cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher, open_consumer: Open
) -> None:
    """A worker must not begin a message that the broker has already given to somebody else."""
    bodies = fill(publisher, RAW, 3)
    consumer = open_consumer(cuttable, prefetch=3)
    wait_until(lambda: consumer._inbox.qsize() == 3)
    stale = consumer._inbox.queue[0]
    proxy.cut()
    wait_until(lambda: consumer._inbox.qsize() == 3 and consumer._inbox.queue[0] is not stale)
    deliveries = [take(consumer) for _ in bodies]
    assert sorted(delivery.body for delivery in deliveries) == bodies
    assert all(delivery.redelivered for delivery in deliveries)


def test_closing_gives_back_what_is_not_settled(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, open_consumer: Open
) -> None:
    fill(publisher, RAW, 3)
    consumer = open_consumer(settings, prefetch=3)
    first, _ = take(consumer), take(consumer)
    first.ack()
    consumer.close()
    assert not consumer.connected
    assert consumer.take(0) is None
    wait_until(lambda: depth(broker, RAW) == 2)
    assert [body for _, body in drain(broker, RAW)] == [b"1", b"2"]
    first.ack()  # settled too late: told in the log, no error


def test_a_queue_that_is_deleted_is_made_and_consumed_again(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, open_consumer: Open
) -> None:
    """The broker cancels the consumer; it must not wait in silence for ever."""
    consumer = open_consumer(settings)
    wait_until(lambda: consumer.connected)
    with channel_to(broker) as channel:
        channel.queue_delete(RAW)
    wait_until(lambda: exists(broker, RAW))
    fill(publisher, RAW, 1)
    assert take(consumer).body == b"0"
