"""What is declared on a real broker: repeatable, bounded, and the same for every service."""

from __future__ import annotations

import pytest
from pika.exceptions import ChannelClosedByBroker

from deploy.local.rabbit import RabbitNode
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import WORK_QUEUES, declare
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


def test_other_bounds_for_the_same_queues_are_refused(broker: RabbitNode, settings: BrokerSettings) -> None:
    """Services of one stack must be configured alike: the broker says so, rather than one of them being right."""
    limit = settings.delivery_limit
    other = settings_for(broker, raw_queue_bound=settings.raw_queue_bound + 1, delivery_limit=limit)
    with channel_to(broker) as channel, pytest.raises(ChannelClosedByBroker, match="x-max-length"):
        declare(channel, other)
