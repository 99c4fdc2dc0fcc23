"""What is declared on a real broker: repeatable, bounded, and the same for every service."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pika.exceptions import ChannelClosedByBroker

from deploy.local.rabbit import RabbitNode
from shared.errors import TransientError
from shared.messaging import consumer as consumer_module
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW, WORK_QUEUES, declare
from tests.support.queues import channel_to, depth, settings_for

pytestmark = pytest.mark.broker


def test_declaring_again_changes_nothing(broker: RabbitNode, settings: BrokerSettings) -> None:
    with channel_to(broker) as channel:
        channel.confirm_delivery()
        channel.basic_publish("", "lrecl.raw", b"kept", mandatory=True)
        declare(channel, settings)
        declare(channel, settings)
    assert depth(broker, "lrecl.raw") == 1
    assert [depth(broker, f"{name}.dead") for name in WORK_QUEUES] == [0, 0, 0, 0]


def test_other_bounds_for_the_same_queues_are_refused(
    broker: RabbitNode, settings: BrokerSettings, open_publisher: Callable[[BrokerSettings], Publisher]
) -> None:
    """Services of one stack must be configured alike: the broker says so, rather than one of them being right."""
    limit = settings.delivery_limit
    other = settings_for(broker, raw_queue_bound=settings.raw_queue_bound + 1, delivery_limit=limit)
    with channel_to(broker) as channel, pytest.raises(ChannelClosedByBroker, match="x-max-length"):
        declare(channel, other)
    publisher = open_publisher(other)
    with pytest.raises(TransientError, match=r"LRM002.*x-max-length"):
        publisher.publish(RAW, b"x")


def test_a_service_that_is_refused_asks_again_with_pauses(
    settings: BrokerSettings, open_consumer: Callable[..., Consumer], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    connect = consumer_module.connect
    monkeypatch.setattr(
        consumer_module, "connect", lambda *given, **options: tries.append(given) or connect(*given, **options)
    )
    consumer = open_consumer(settings.model_copy(update={"raw_queue_bound": settings.raw_queue_bound + 1}))
    assert consumer.take(1.5) is None
    assert not consumer.connected
    assert 2 <= len(tries) <= 8
