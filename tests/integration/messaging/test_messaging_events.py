"""Events over a real broker: everybody's reach the listener, and a lost one harms nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from deploy.local.rabbit import RabbitNode
from shared.messaging.events import EventListener, EventReporter, FlowReporter
from shared.messaging.messages import Event
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import EVENTS, READ
from tests.support.queues import depth
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

Open = Callable[[BrokerSettings], Publisher]


@contextmanager
def listening(settings: BrokerSettings, reporter: EventReporter) -> Iterator[list[Event]]:
    """What a listener hears, once it hears at all."""
    heard: list[Event] = []
    listener = EventListener(settings, "test-listener", heard.append)
    listener.start()
    try:
        until_heard(heard, reporter)
        yield heard
    finally:
        listener.close()


def until_heard(heard: list[Event], reporter: EventReporter) -> None:
    """Events sent before a listener has bound its queue are lost: send until one arrives, then forget them."""
    heard.clear()

    def answered() -> bool:
        reporter.send("heartbeat")
        return bool(heard)

    wait_until(answered)
    reporter.send("heartbeat", "the last")
    wait_until(lambda: heard[-1].run_id == "the last")
    heard.clear()


def test_events_arrive_as_they_were_sent(settings: BrokerSettings, publisher: Publisher) -> None:
    reporter = EventReporter(publisher, "reader", "reader-1")
    other = EventReporter(publisher, "processor", "processor-7")
    with listening(settings, reporter) as heard:
        reporter.send("batch-read", "run-1", records=5, bytes=600)
        other.send("heartbeat", processes={"main": [1, 2, 3]})
        wait_until(lambda: len(heard) == 2)
    first, second = heard
    assert (first.kind, first.service, first.instance, first.run_id) == ("batch-read", "reader", "reader-1", "run-1")
    assert first.figures == {"records": 5, "bytes": 600}
    assert (second.instance, second.figures) == ("processor-7", {"processes": {"main": [1, 2, 3]}})


def test_every_listener_hears_everything(settings: BrokerSettings, publisher: Publisher) -> None:
    reporter = EventReporter(publisher, "reader", "r")
    with listening(settings, reporter) as one, listening(settings, reporter) as two:
        reporter.send("batch-read", "run", records=1)
        for heard in (one, two):
            wait_until(lambda heard=heard: "batch-read" in [event.kind for event in heard])


def test_what_is_no_event_is_dropped(settings: BrokerSettings, publisher: Publisher) -> None:
    reporter = EventReporter(publisher, "reader", "r")
    with listening(settings, reporter) as heard:
        publisher.announce(EVENTS, "reader.nonsense", b"not JSON")
        publisher.announce(EVENTS, "reader.nonsense", b'{"kind": "unheard-of", "service": "s", "instance": "i"}')
        reporter.send("batch-read", "run")
        wait_until(lambda: len(heard) == 1)
    assert heard[0].kind == "batch-read"


def test_events_without_a_listener_are_lost_without_harm(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher
) -> None:
    reporter = EventReporter(publisher, "reader", "r")
    for _ in range(50):
        reporter.send("batch-read", "run", records=1)
    publisher.publish(READ, b"work")
    assert depth(broker, READ) == 1
    with listening(settings, reporter) as heard:
        assert heard == []


def test_a_listener_comes_back_after_a_cut(
    settings: BrokerSettings, cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher
) -> None:
    reporter = EventReporter(publisher, "reader", "r")
    with listening(cuttable, reporter) as heard:
        proxy.cut()
        until_heard(heard, reporter)


def test_the_flow_comes_in_steps_and_complete(settings: BrokerSettings, publisher: Publisher) -> None:
    reporter = EventReporter(publisher, "processor", "p")
    flow = FlowReporter(reporter, "batch-processed")
    with listening(settings, reporter) as heard:
        for number in range(200):
            flow.add(f"run-{number % 2}", 10, 1_200, rejects=1)
        flow.flush()
        wait_until(lambda: sum(event.figures["records"] for event in heard) == 2_000)
    assert len(heard) <= 6, "at most two a second for each run, and those of the flush"
    totals = {run: [0, 0, 0] for run in ("run-0", "run-1")}
    for event in heard:
        assert event.kind == "batch-processed"
        for place, name in enumerate(("records", "bytes", "rejects")):
            totals[event.run_id][place] += event.figures[name]
    assert totals == {"run-0": [1_000, 120_000, 100], "run-1": [1_000, 120_000, 100]}


def test_nothing_gathered_nothing_said(settings: BrokerSettings, publisher: Publisher) -> None:
    reporter = EventReporter(publisher, "processor", "p")
    with listening(settings, reporter) as heard:
        FlowReporter(reporter, "batch-processed").flush()
        reporter.send("heartbeat", "after")
        wait_until(lambda: bool(heard))
    assert [event.run_id for event in heard] == ["after"]
