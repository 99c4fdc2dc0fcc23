"""The broker's memory alarm stops what is published: visibly, and for nobody longer than it lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from deploy.local.rabbit import RabbitNode
from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import EVENTS, READ
from shared.observability.metrics import exposition
from tests.support.broker_alarm import memory_alarm
from tests.support.queues import drain
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

OpenPublisher = Callable[[BrokerSettings], Publisher]


def alarm_metric() -> str:
    (line,) = [line for line in exposition().decode().splitlines() if line.startswith("lrecl_broker_alarm{")]
    return line


def test_an_alarm_pauses_publishing_visibly_and_then_everything_goes_on(
    broker: RabbitNode,
    settings: BrokerSettings,
    open_publisher: OpenPublisher,
    open_consumer: Callable[..., Consumer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    publisher, stuck = open_publisher(settings), open_publisher(settings)
    for number in range(2):
        publisher.publish(READ, f"{number}".encode())
    stuck.publish(READ, b"2")
    consumer = open_consumer(settings, READ, prefetch=1)
    with memory_alarm(broker):
        waiting = threading.Thread(target=lambda: publisher.publish(READ, b"3"))
        waiting.start()
        wait_until(lambda: "memory" in publisher.blocked, 30)
        assert alarm_metric().endswith(" 1.0")
        assert "an alarm" in capsys.readouterr().out

        for expected in (b"0", b"1", b"2"):  # those who only consume go on: that is what ends an alarm
            delivery = consumer.take(5)
            assert delivery is not None
            assert delivery.body == expected
            delivery.ack()
        began = time.monotonic()
        for _ in range(20):
            publisher.announce(EVENTS, "reader.heartbeat", b"{}")
        assert time.monotonic() - began < 0.5, "events are lost, their sender does not wait"
        late = threading.Thread(target=lambda: stuck.publish(READ, b"4"), daemon=True)
        late.start()
        wait_until(lambda: stuck.blocked != "")
        began = time.monotonic()
        stuck.close()
        assert time.monotonic() - began < 4, "nor does a service that shall stop"
        assert waiting.is_alive()
    waiting.join(10)
    late.join(10)
    wait_until(lambda: not publisher.blocked)
    assert alarm_metric().endswith(" 0.0")
    publisher.publish(READ, b"5")
    consumer.close()
    assert {body for _, body in drain(broker, READ)} == {b"3", b"4", b"5"}


def test_a_black_hole_holds_the_closing_up_for_a_moment_only(
    cuttable: BrokerSettings, proxy: TcpProxy, open_publisher: OpenPublisher
) -> None:
    publisher = open_publisher(cuttable)
    publisher.publish(READ, b"before")
    proxy.blackhole()
    began = time.monotonic()
    publisher.close()
    assert 1 < time.monotonic() - began < 4
    proxy.heal()
