"""A look into a dead-letter queue of a real broker hides nothing, loses nothing, and changes no order."""

from __future__ import annotations

import pytest

from deploy.local.rabbit import RabbitNode
from shared.errors import PoisonError, TransientError
from shared.messaging.dead_letters import headers_after_failure, letter_id
from shared.messaging.dead_queue import DepthMeter, browsing
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import PROCESSED, RAW, READ, REPORTS, dead_queue
from tests.support.queues import channel_to, depth, drain
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

ERROR = PoisonError("LRP020", "cut in two")


def fill(publisher: Publisher, count: int) -> list[bytes]:
    bodies = [f"{number}".encode() for number in range(count)]
    for body in bodies:
        headers = headers_after_failure({}, body, ERROR, "test")
        publisher.publish(dead_queue(RAW), body, headers=headers)
    return bodies


def ids(settings: BrokerSettings, at_most: int = 1_000) -> list[str]:
    with browsing(settings, RAW, "test-look") as browser:
        return [held.letter.id for held, _ in zip(browser.letters(), range(at_most), strict=False)]


def test_every_look_sees_the_same_in_the_same_order(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    """Also right after another look, and over more letters than RabbitMQ returns in order by itself."""
    bodies = fill(publisher, 100)
    expected = [letter_id(body) for body in bodies]
    for _ in range(3):
        assert ids(settings) == expected
    fill(publisher, 2)
    assert sorted(ids(settings)) == sorted(expected + expected[:2])


def test_a_look_cut_short_hides_nothing_from_the_next(settings: BrokerSettings, publisher: Publisher) -> None:
    expected = sorted(letter_id(body) for body in fill(publisher, 40))
    for at_most in (5, 1, 39):
        assert len(ids(settings, at_most)) == at_most
        assert sorted(ids(settings)) == expected


def test_looking_uses_no_delivery_limit_up(broker: RabbitNode, settings: BrokerSettings, publisher: Publisher) -> None:
    """RabbitMQ 4 drops a message at the twentieth return unless its queue says otherwise."""
    fill(publisher, 1)
    for _ in range(25):
        ids(settings)
    ((headers, body),) = drain(broker, dead_queue(RAW))
    assert body == b"0"
    assert headers["x-delivery-count"] == 25, "so many returns were counted, and none was the last"


def test_removed_letters_are_gone_and_the_others_are_not(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    fill(publisher, 5)
    with browsing(settings, RAW, "test-look") as browser:
        for held in browser.letters():
            if held.body in (b"1", b"3"):
                browser.remove(held)
    assert depth(broker, dead_queue(RAW)) == 3
    assert [body for _, body in drain(broker, dead_queue(RAW))] == [b"0", b"2", b"4"]


def test_what_comes_during_a_look_is_left_out(settings: BrokerSettings, publisher: Publisher) -> None:
    fill(publisher, 2)
    seen = 0
    with browsing(settings, RAW, "test-look") as browser:
        for _ in browser.letters():
            fill(publisher, 1)
            seen += 1
            assert seen < 10
    assert seen == 2
    assert len(ids(settings)) == 4


def test_a_cut_gives_everything_back_and_is_named(
    broker: RabbitNode, settings: BrokerSettings, cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher
) -> None:
    bodies = fill(publisher, 3)

    def look_over_a_cut() -> None:
        with browsing(cuttable, RAW, "test-look") as browser:
            for held in browser.letters():
                if held.body == b"1":
                    proxy.cut()

    with pytest.raises(TransientError) as caught:
        look_over_a_cut()
    assert caught.value.code == "LRM004"
    wait_until(lambda: depth(broker, dead_queue(RAW)) == 3)
    assert sorted(ids(settings)) == sorted(letter_id(body) for body in bodies)


def test_letters_that_are_no_letters_are_seen(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    with channel_to(broker) as channel:
        channel.basic_publish("", dead_queue(RAW), b"by hand")
    fill(publisher, 1)
    with browsing(settings, RAW, "test-look") as browser:
        told = {(held.letter.code, held.letter.category) for held in browser.letters()}
    assert told == {("LRP050", "unknown"), ("LRP020", "poison")}


def test_depths_are_counted_over_a_cut(
    settings: BrokerSettings, cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher
) -> None:
    fill(publisher, 3)
    meter = DepthMeter(cuttable, "test-meter")
    try:
        assert meter.depths() == {READ: 0, RAW: 3, PROCESSED: 0, REPORTS: 0}
        proxy.cut()
        with pytest.raises(TransientError, match="LRM004"):
            meter.depths()
        assert meter.depths()[RAW] == 3
    finally:
        meter.close()
