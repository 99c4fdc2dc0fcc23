"""Connections over time: kept alive while nobody publishes and while work takes long; made again after a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pika
import pytest
from pika.exceptions import AMQPError

from deploy.local.rabbit import RabbitNode
from shared.errors import TransientError
from shared.messaging.connection import connect
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import DEAD_LETTERS, RAW, READ
from tests.support.queues import channel_to, depth, drain, settings_for
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

HEARTBEAT = 5
NAME_ON_DISK_SECONDS = 1.5


@pytest.mark.slow
def test_idle_publishers_and_long_work_keep_their_connections(
    broker: RabbitNode,
    settings: BrokerSettings,
    open_publisher: Callable[[BrokerSettings], Publisher],
    open_consumer: Callable[..., Consumer],
    connections: list[str],
) -> None:
    """A connection that nobody serves is dropped in the same time: the broker really asks for life signs."""
    lively = settings.model_copy(update={"heartbeat_seconds": HEARTBEAT})
    publisher, consumer = open_publisher(lively), open_consumer(lively, READ)
    publisher.publish(READ, b"long work")
    delivery = consumer.take(10)
    assert delivery is not None
    parameters = broker.parameters()
    parameters.heartbeat = HEARTBEAT
    unserved = pika.BlockingConnection(parameters)

    time.sleep(3 * HEARTBEAT + 2)  # two checks without a byte are what the broker needs

    with pytest.raises((AMQPError, OSError)):
        unserved.channel()
    publisher.publish(READ, b"after a rest")
    assert connections == ["test-publisher"], "one connection, the first"
    delivery.ack()
    second = consumer.take(10)
    assert second is not None
    assert (second.body, second.redelivered) == (b"after a rest", False), "not the first again"


@pytest.mark.slow
def test_a_restarted_broker_finds_everybody_again(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, open_consumer: Callable[..., Consumer]
) -> None:
    """Publishing goes on through the restart; the message in hand comes again; a stuck dead letter is not lost."""
    for body in (b"dead", b"in hand"):
        publisher.publish(RAW, body)
    consumer = open_consumer(settings)
    dead, in_hand = consumer.take(10), consumer.take(10)
    assert dead is not None
    assert in_hand is not None
    with channel_to(broker) as channel:  # at least once: what cannot be routed is kept by its queue
        channel.queue_unbind(f"{RAW}.dead", DEAD_LETTERS, RAW)
        for _ in range(settings.delivery_limit):
            dead.requeue()
            dead = consumer.take(10)
            assert dead is not None
        dead.requeue()
        time.sleep(NAME_ON_DISK_SECONDS)
        assert depth(broker, f"{RAW}.dead") == 0
        channel.queue_bind(f"{RAW}.dead", DEAD_LETTERS, RAW)

    restart = threading.Thread(target=broker.restart)
    restart.start()
    published = 0
    while restart.is_alive() or published < 10:
        publisher.publish(READ, f"{published}".encode())
        published += 1
        time.sleep(0.02)
    restart.join()

    again = consumer.take(20)
    assert again is not None
    assert (again.body, again.redelivered) == (b"in hand", True)
    again.ack()
    wait_until(lambda: depth(broker, f"{RAW}.dead") == 1)
    assert {int(body) for _, body in drain(broker, READ)} == set(range(published))


def test_a_broker_that_stays_away_is_named(broker: RabbitNode) -> None:
    nobody = BrokerSettings(url="amqp://guest@127.0.0.1:1/%2F")
    with pytest.raises(TransientError) as caught:
        connect(nobody, "test", patience=0.5)
    assert caught.value.code == "LRM001"
    wrong = settings_for(broker).model_copy(update={"password_file": None})
    with pytest.raises(TransientError) as caught:
        connect(wrong, "test", patience=0.5)
    assert caught.value.code == "LRM001"
    assert "Authentication" in caught.value.message
