"""Each service's own user on a real broker: what it does it may do, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from shared.errors import PoisonError, TransientError
from shared.messaging.connection import connect
from shared.messaging.consumer import Consumer
from shared.messaging.dead_queue import browsing
from shared.messaging.events import EventListener, EventReporter
from shared.messaging.messages import Event, RunFault, SplitReport
from shared.messaging.publisher import Publisher
from shared.messaging.queue_depths import DepthMeter
from shared.messaging.settings import BrokerSettings
from shared.messaging.settlement import Policy, Scope, Settlement
from shared.messaging.topology import EVENTS, PROCESSED, RAW, READ, REPORTS, WORK, WORK_QUEUES, dead_queue
from tests.support.guarded_broker import GuardedBroker
from tests.support.queues import channel_to, drain, renew

pytestmark = pytest.mark.broker

TAKES = {"orchestrator": REPORTS, "reader": READ, "processor": RAW, "writer": PROCESSED}
GIVES = {
    "orchestrator": {*WORK_QUEUES, *map(dead_queue, WORK_QUEUES)},
    "reader": {READ, RAW, REPORTS, dead_queue(READ)},
    "processor": {PROCESSED, REPORTS, dead_queue(RAW)},
    "writer": {REPORTS, dead_queue(PROCESSED)},
}
FORBIDDEN = 403
ALL = sorted(GIVES["orchestrator"])
WORKERS = ("reader", "processor", "writer")


@pytest.fixture(autouse=True)
def fresh(guarded: GuardedBroker) -> None:
    renew(guarded.node, guarded.settings("orchestrator"))


@pytest.fixture
def channel_of(guarded: GuardedBroker) -> Iterator[Callable[[str], BlockingChannel]]:
    """A new channel as the user of a service."""
    opened = {}

    def open_as(role: str) -> BlockingChannel:
        if role not in opened:
            opened[role] = connect(guarded.settings(role), "test")
        channel = opened[role].channel()
        channel.confirm_delivery()
        return channel

    yield open_as
    for connection in opened.values():
        connection.close()


def may(action: Callable[[], object]) -> bool:
    """Whether the broker lets it happen; what it refuses for other reasons than rights fails the test."""
    try:
        action()
    except ChannelClosedByBroker as error:
        if error.reply_code != FORBIDDEN:
            raise
        return False
    return True


@pytest.mark.parametrize("role", GIVES)
def test_a_service_publishes_where_its_work_goes_and_nowhere_else(
    role: str, channel_of: Callable[[str], BlockingChannel]
) -> None:
    allowed = {queue for queue in ALL if may(lambda queue=queue: channel_of(role).basic_publish(WORK, queue, b"x"))}
    assert allowed == GIVES[role]
    assert not may(lambda: channel_of(role).basic_publish("", RAW, b"x")), "past the exchange with the rights"
    assert not may(lambda: channel_of(role).basic_publish("lrecl.dead", RAW, b"x")) or role == "orchestrator"


@pytest.mark.parametrize("role", WORKERS)
def test_a_worker_takes_from_its_queue_and_no_other(role: str, channel_of: Callable[[str], BlockingChannel]) -> None:
    assert {queue for queue in ALL if may(lambda queue=queue: channel_of(role).basic_get(queue))} == {TAKES[role]}


@pytest.mark.parametrize("role", WORKERS)
def test_a_worker_makes_deletes_and_empties_nothing(role: str, channel_of: Callable[[str], BlockingChannel]) -> None:
    others = [queue for queue in ALL if queue != TAKES[role]]
    assert not any(may(lambda queue=queue: channel_of(role).queue_delete(queue)) for queue in ALL)
    assert not any(may(lambda queue=queue: channel_of(role).queue_purge(queue)) for queue in others)
    assert not may(lambda: channel_of(role).queue_declare("of-its-own", durable=True))
    assert not may(lambda: channel_of(role).exchange_declare("of-its-own"))
    assert not may(lambda: channel_of(role).exchange_delete(WORK))
    assert not may(lambda: channel_of(role).queue_bind(TAKES[role], WORK, routing_key=REPORTS))


@pytest.mark.parametrize("role", GIVES)
def test_events_are_announced_in_ones_own_name(role: str, channel_of: Callable[[str], BlockingChannel]) -> None:
    for name in GIVES:
        assert may(lambda name=name: channel_of(role).basic_publish(EVENTS, f"{name}.heartbeat", b"{}")) == (
            name == role
        )


@pytest.mark.parametrize("role", TAKES)
def test_lrecls_own_classes_do_their_work_with_these_rights(guarded: GuardedBroker, role: str) -> None:
    settings = guarded.settings(role)
    orders, publisher = Publisher(guarded.settings("orchestrator"), "orders"), Publisher(settings, role)
    consumer = Consumer(settings, TAKES[role], prefetch=1, name=role)
    work = SplitReport(run_id="r", split_no=0, read_to=1, batches=1, records=1, last=True, reader_id="r").pack()
    policy = Policy(Scope.BATCH, settings.delivery_limit)
    settlement = Settlement(consumer, SplitReport.unpack, policy, service=role, stopping=threading.Event())

    handled = []

    def handle(one: object) -> None:
        handled.append(one)
        for queue in GIVES[role]:
            publisher.publish(queue, b"more")
        raise PoisonError("LRP020", "cut in two")

    orders.publish(TAKES[role], work)
    consumer.start()
    try:
        while not handled:
            settlement.work_on_next(handle)
    finally:
        for one in (consumer, settlement, publisher, orders):
            one.close()
    assert work in [body for _, body in drain(guarded.node, dead_queue(TAKES[role]))]
    faults = [body for _, body in drain(guarded.node, REPORTS) if body not in (b"more", work)]
    assert [RunFault.unpack(body)[0].code for body in faults] == ["LRP020"]


@pytest.mark.parametrize(("role", "key"), [("orchestrator", "#"), ("reader", "orchestrator.runs-stopped")])
def test_who_listens_hears_what_concerns_it(guarded: GuardedBroker, role: str, key: str) -> None:
    heard: list[Event] = []
    listener = EventListener(guarded.settings(role), f"{role}-listener", heard.append, key)
    publisher = Publisher(guarded.settings("orchestrator"), "orchestrator")
    listener.start()
    try:
        deadline = time.monotonic() + 10
        while not heard and time.monotonic() < deadline:
            EventReporter(publisher, "orchestrator", "o").send("runs-stopped")
            time.sleep(0.05)
        assert heard
    finally:
        listener.close()
        publisher.close()


def test_a_reader_hears_nothing_else(channel_of: Callable[[str], BlockingChannel]) -> None:
    channel = channel_of("reader")
    queue = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
    assert not may(lambda: channel.queue_bind(queue, EVENTS, routing_key="#"))


def test_the_orchestrator_sees_to_dead_letters(guarded: GuardedBroker) -> None:
    settings = guarded.settings("orchestrator")
    for role, queue in (("reader", READ), ("processor", RAW), ("writer", PROCESSED)):
        publisher = Publisher(guarded.settings(role), role)
        publisher.publish(dead_queue(queue), b"letter")
        publisher.close()
    meter = DepthMeter(settings, "watch")
    letters = meter.depths(map(dead_queue, WORK_QUEUES))
    assert list(letters.values()) == [1, 1, 1, 0]
    meter.close()
    with browsing(settings, RAW, "desk") as browser:
        for held in browser.letters():
            browser.remove(held)
    assert drain(guarded.node, dead_queue(RAW)) == []


def test_without_its_queues_a_worker_waits_for_whoever_makes_them(
    guarded: GuardedBroker, settings_of_writer: BrokerSettings
) -> None:
    with channel_to(guarded.node) as channel:
        channel.queue_delete(PROCESSED)
    publisher = Publisher(settings_of_writer, "writer")
    with pytest.raises(TransientError, match=r"LRM002.*no queue 'lrecl.processed'"):
        publisher.publish(REPORTS, b"x")
    orders = Publisher(guarded.settings("orchestrator"), "orders")
    orders.publish(READ, b"x")  # an orchestrator makes what is missing whenever it connects
    publisher.publish(REPORTS, b"x")
    for one in (orders, publisher):
        one.close()


@pytest.fixture
def settings_of_writer(guarded: GuardedBroker) -> BrokerSettings:
    return guarded.settings("writer")
