"""The settlement of messages on a real broker: letters with their reason, and nothing lost while none can be made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from deploy.local.rabbit import RabbitNode
from shared.errors import LreclError, PermanentError, PoisonError, TransientError
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import DeadLetter, read_letter
from shared.messaging.messages import RunFault, SplitReport
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.settlement import Policy, Scope, Settlement, Work
from shared.messaging.topology import RAW, REPORTS, dead_queue
from shared.runtime.workers import WorkerLoop
from tests.support.queues import channel_to, depth, drain, exists
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

Make = Callable[..., "Service"]


def report(number: int) -> bytes:
    """Any message will do."""
    return SplitReport(
        run_id="run-1", split_no=number, read_to=1, batches=1, records=1, last=True, reader_id="r"
    ).pack()


class Service:
    """Consumer, settlement and worker loop as a service has them; its work fails as ``errors`` says, by split."""

    def __init__(self, settings: BrokerSettings, errors: dict[int, LreclError], scope: Scope) -> None:
        self.errors, self.done = errors, list[int]()
        self.stopping = threading.Event()
        self.consumer = Consumer(settings, RAW, prefetch=1, name="service-1-raw")
        self.settlement = Settlement(
            self.consumer,
            SplitReport.unpack,
            Policy(scope, settings.delivery_limit),
            service="service one",
            stopping=self.stopping,
        )
        self.worker = WorkerLoop("worker", self._step, stopping=self.stopping)

    def start(self) -> None:
        self.consumer.start()
        self.worker.start()

    def close(self) -> None:
        self.worker.join(10)
        self.consumer.close()
        self.settlement.close()

    def _step(self) -> None:
        self.settlement.work_on_next(self._work)

    def _work(self, work: Work[SplitReport]) -> None:
        if work.message.split_no in self.errors:
            raise self.errors[work.message.split_no]
        self.done.append(work.message.split_no)


@pytest.fixture
def serve() -> Iterator[Make]:
    started: list[Service] = []

    def make(settings: BrokerSettings, errors: dict[int, LreclError], scope: Scope = Scope.BATCH) -> Service:
        started.append(Service(settings, errors, scope))
        started[-1].start()
        return started[-1]

    yield make
    for service in started:
        service.close()


def letters(broker: RabbitNode, settings: BrokerSettings) -> list[DeadLetter]:
    found = drain(broker, dead_queue(RAW))
    return [read_letter(RAW, headers, body, settings.delivery_limit) for headers, body in found]


def faults(broker: RabbitNode) -> list[RunFault]:
    return [RunFault.unpack(body)[0] for _, body in drain(broker, REPORTS)]


def test_a_dead_letter_says_why_and_how_often(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, serve: Make
) -> None:
    publisher.publish(RAW, report(1))
    with channel_to(broker) as channel:
        assert channel.basic_get(RAW)[0] is not None  # delivered once to one that died
    serve(settings, {1: PoisonError("LRP020", "cut in two", remedy="Look at it.")})
    wait_until(lambda: depth(broker, dead_queue(RAW)) == 1)
    wait_until(lambda: depth(broker, RAW) == 0)
    (letter,) = letters(broker, settings)
    assert (letter.run_id, letter.batch_no, letter.kind) == ("run-1", None, "split-report")
    assert (letter.code, letter.category, letter.message) == ("LRP020", "poison", "cut in two")
    assert (letter.service, letter.attempts, letter.replays) == ("service-1-raw", 2, 0)
    assert letter.first_failed_at == letter.last_failed_at
    (fault,) = faults(broker)
    assert (fault.run_id, fault.code, fault.fatal, fault.service) == ("run-1", "LRP020", False, "service one")


@pytest.mark.parametrize("error", [PoisonError("LRP020", "cut in two"), PermanentError("LRF003", "changed")])
def test_without_a_dead_letter_queue_nothing_is_lost_and_the_worker_lives(
    broker: RabbitNode,
    settings: BrokerSettings,
    publisher: Publisher,
    open_publisher: Callable[[BrokerSettings], Publisher],
    serve: Make,
    error: LreclError,
) -> None:
    """The service may not make queues. Whoever may makes it again; then the letter is made."""
    missing = dead_queue(RAW)
    forbidden = settings.model_copy(update={"declare_queues": False, "delivery_limit": 1_000})
    service = serve(forbidden, {})
    publisher.publish(RAW, b"the first letter: from now on the service is connected")
    publisher.publish(RAW, report(1))
    wait_until(lambda: service.done == [1])
    service.errors[2] = error
    with channel_to(broker) as channel:
        channel.queue_delete(missing)
    publisher.publish(RAW, report(2))
    time.sleep(1.0)
    assert service.worker.healthy
    open_publisher(settings).publish(RAW, report(3))  # declares what is missing
    wait_until(lambda: depth(broker, missing) == 1, 20)
    wait_until(lambda: service.done == [1, 3], 20)
    assert [letter.code for letter in letters(broker, settings)] == [error.code]


def test_a_service_that_may_make_queues_makes_the_missing_one_itself(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, serve: Make
) -> None:
    serve(settings, {1: PoisonError("LRP020", "one"), 2: PoisonError("LRP020", "two")})
    publisher.publish(RAW, report(1))
    wait_until(lambda: depth(broker, dead_queue(RAW)) == 1)
    with channel_to(broker) as channel:
        channel.queue_delete(dead_queue(RAW))
    publisher.publish(RAW, report(2))
    wait_until(lambda: exists(broker, dead_queue(RAW)) and depth(broker, dead_queue(RAW)) == 1, 20)


def test_a_broker_that_is_away_while_a_fault_is_published_only_delays_it(
    broker: RabbitNode, cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher, serve: Make
) -> None:
    service = serve(cuttable, {1: PermanentError("LRF003", "changed")}, Scope.RUN)
    wait_until(lambda: service.consumer.connected)
    working = service.settlement._publisher.publish

    def cut_first(*arguments: object, **options: object) -> float:
        service.settlement._publisher.publish = working  # type: ignore[method-assign]
        proxy.cut()
        return working(*arguments, **options)  # type: ignore[arg-type]

    service.settlement._publisher.publish = cut_first  # type: ignore[method-assign]
    publisher.publish(RAW, report(1))
    publisher.publish(RAW, report(2))
    wait_until(lambda: service.done == [2], 20)
    assert service.worker.healthy
    assert {(fault.code, fault.fatal) for fault in faults(broker)} == {("LRF003", True)}
    assert drain(broker, dead_queue(RAW)) == []


def test_a_stop_ends_the_wait_for_a_broker_that_is_away(
    settings: BrokerSettings, cuttable: BrokerSettings, proxy: TcpProxy, publisher: Publisher, serve: Make
) -> None:
    """The broker vanishes under a service that has a fault to report: its stop takes as long as one try to connect."""
    service = serve(cuttable, {1: PermanentError("LRF003", "changed")}, Scope.RUN)
    wait_until(lambda: service.consumer.connected)
    at_work = threading.Event()
    working = service.settlement._publisher.publish

    def without_a_broker(*arguments: object, **options: object) -> float:
        proxy.close()
        at_work.set()
        return working(*arguments, **options)  # type: ignore[arg-type]

    service.settlement._publisher.publish = without_a_broker  # type: ignore[method-assign]
    publisher.publish(RAW, report(1))
    assert at_work.wait(10)
    time.sleep(0.5)
    began = time.monotonic()
    service.close()
    assert time.monotonic() - began < 5
    assert not service.worker.healthy


def test_a_transient_error_on_the_last_delivery_is_the_reason_of_the_letter(
    broker: RabbitNode, settings: BrokerSettings, publisher: Publisher, serve: Make
) -> None:
    """Not "nobody lived to say why": the broker would dead-letter it one delivery later."""
    serve(settings, {1: TransientError("LRF012", "cannot be read just now")})
    publisher.publish(RAW, report(1))
    wait_until(lambda: depth(broker, dead_queue(RAW)) == 1, 20)
    (letter,) = letters(broker, settings)
    assert (letter.code, letter.category, letter.attempts) == ("LRF012", "transient", settings.delivery_limit)
