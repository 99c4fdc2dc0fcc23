"""A look into a dead-letter queue of a real broker hides nothing, loses nothing, and changes no order."""

from __future__ import annotations

import pytest

from deploy.local.rabbit import RabbitNode
from shared.errors import PoisonError, TransientError
from shared.messaging.dead_letters import headers_after_failure, headers_for_replay
from shared.messaging.dead_queue import browsing
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW, dead_queue
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


def look(settings: BrokerSettings, at_most: int = 1_000) -> dict[str, bytes]:
    """The bodies of the first letters, by id, in the order of the queue."""
    with browsing(settings, RAW, "test-look") as browser:
        seen = [(held.letter.id, held.body) for held, _ in zip(browser.letters(), range(at_most), strict=False)]
    assert len(dict(seen)) == len(seen), "no two letters share an id"
    return dict(seen)


def ids(settings: BrokerSettings, at_most: int = 1_000) -> list[str]:
    return list(look(settings, at_most))


def test_every_look_sees_the_same_in_the_same_order(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    """Also right after another look, and over more letters than RabbitMQ returns in order by itself."""
    bodies = fill(publisher, 100)
    first = look(settings)
    assert list(first.values()) == bodies
    for _ in range(3):
        assert list(look(settings).items()) == list(first.items())
    fill(publisher, 2)
    after = look(settings)
    assert after.items() >= first.items()
    assert sorted(after.values()) == sorted(bodies + bodies[:2])


def test_a_look_cut_short_hides_nothing_from_the_next(settings: BrokerSettings, publisher: Publisher) -> None:
    fill(publisher, 40)
    expected = sorted(ids(settings))
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
    fill(publisher, 3)
    expected = ids(settings)

    def look_over_a_cut() -> None:
        with browsing(cuttable, RAW, "test-look") as browser:
            for held in browser.letters():
                if held.body == b"1":
                    proxy.cut()

    with pytest.raises(TransientError) as caught:
        look_over_a_cut()
    assert caught.value.code == "LRM004"
    wait_until(lambda: depth(broker, dead_queue(RAW)) == 3)
    assert sorted(ids(settings)) == sorted(expected)


def test_letters_that_are_no_letters_are_seen(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    with channel_to(broker) as channel:
        channel.basic_publish("", dead_queue(RAW), b"by hand")
    fill(publisher, 1)
    with browsing(settings, RAW, "test-look") as browser:
        told = {(held.letter.code, held.letter.category) for held in browser.letters()}
    assert told == {("LRP050", "unknown"), ("LRP020", "poison")}


def test_letters_that_are_alike_in_everything_have_ids_of_their_own(
    broker: RabbitNode, settings: BrokerSettings
) -> None:
    """By hand, without any header: nothing tells them apart but that there are several."""
    with channel_to(broker) as channel:
        for _ in range(3):
            channel.basic_publish("", dead_queue(RAW), b"garbage")
    first = look(settings)
    assert list(first.values()) == [b"garbage"] * 3
    with browsing(settings, RAW, "test-look") as browser:
        browser.remove(next(browser.letters()))
    assert ids(settings) == list(first)[:2], "which of three equals is gone cannot be told"


def test_a_letter_and_its_copy_from_an_interrupted_replay_have_two_ids(
    settings: BrokerSettings, publisher: Publisher
) -> None:
    """Published, and never acknowledged: the letter is still there when its copy has failed again."""
    (body,) = fill(publisher, 1)
    with browsing(settings, RAW, "test-look") as browser:
        (held,) = browser.letters()
    failed_again = headers_after_failure(headers_for_replay(held.headers, held.letter), body, ERROR, "test")
    publisher.publish(dead_queue(RAW), body, headers=failed_again)
    assert ids(settings)[0] == held.letter.id
    assert len(ids(settings)) == 2


def test_two_copies_that_the_broker_dead_letters_have_two_ids(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    for _ in range(2):
        publisher.publish(RAW, b"twice")
    for _ in range(2 * (settings.delivery_limit + 1)):
        with channel_to(broker) as channel:
            wait_until(lambda channel=channel: channel.basic_get(RAW)[0] is not None)
    wait_until(lambda: depth(broker, dead_queue(RAW)) == 2)
    first = look(settings)
    assert list(first.values()) == [b"twice"] * 2
    assert list(look(settings)) == list(first)
