"""A publisher before a full queue asks for room with small questions, not with the megabyte itself."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from deploy.local.rabbit import RabbitNode
from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW
from tests.support.queues import depth, drain, renew, settings_for
from tests.support.tcp import TcpProxy
from tests.support.traps import AMQP_PUBLISH, Trap
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

BOUND, ENOUGH = 10, 8
"""A quorum queue that has refused a message takes the next one when no more than 80 % of its bound are left."""


def test_a_refused_message_is_sent_again_when_there_is_room(
    broker: RabbitNode, proxy: TcpProxy, open_publisher: Callable[[BrokerSettings], Publisher]
) -> None:
    settings = settings_for(broker, proxy.port, raw_queue_bound=BOUND)
    renew(broker, settings)
    publisher, sent = open_publisher(settings), Trap(AMQP_PUBLISH, answers=False, spared=sys.maxsize)
    proxy.cut_at(sent)
    with suppress(Cancelled):
        while True:
            publisher.publish(RAW, b"filling", stopping=lambda: True)
    published = sent.seen

    waiting = threading.Thread(target=publisher.publish, args=(RAW, b"late"))
    waiting.start()
    drain(broker, RAW, depth(broker, RAW) - ENOUGH - 1)
    time.sleep(0.5)
    assert waiting.is_alive(), "below its bound the queue still refuses"
    assert sent.seen <= published + 2

    drain(broker, RAW, 1)
    waiting.join(5)
    assert not waiting.is_alive()
    wait_until(lambda: depth(broker, RAW) == ENOUGH + 1)
