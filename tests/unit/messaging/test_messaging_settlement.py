"""One policy for every service: what becomes of a message, by the error that its work ends with."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pika.exceptions import AMQPConnectionError

from shared.errors import (
    InputError,
    JobError,
    LreclError,
    PermanentError,
    PoisonError,
    SuspectError,
    TransientError,
)
from shared.messaging import settlement as settlement_module
from shared.messaging.dead_letters import read_letter
from shared.messaging.messages import RunFault, SplitReport
from shared.messaging.publisher import Cancelled
from shared.messaging.settlement import Action, Policy, Scope, Settlement, Work
from shared.messaging.topology import RAW, REPORTS, dead_queue

LIMIT = 8
REPORT = SplitReport(run_id="run-1", split_no=3, read_to=9, batches=1, records=2, last=True, reader_id="reader-1")
BODY = REPORT.pack()
GIVE_BACK, LATER, DEAD, FAULT = (
    Action.GIVE_BACK,
    Action.GIVE_BACK_LATER,
    Action.DEAD_LETTER,
    Action.REPORT_FAULT,
)


class LeaseLost(LreclError):
    """Stands in for the orchestrator's."""


@pytest.mark.parametrize(
    ("error", "run", "batch", "message"),
    [
        (Cancelled(), GIVE_BACK, GIVE_BACK, GIVE_BACK),
        (TransientError("LRM002", "away"), LATER, LATER, LATER),
        (OSError(5, "Input/output error"), LATER, LATER, LATER),
        (AMQPConnectionError(), LATER, LATER, LATER),
        (SuspectError("LRP031", "the child died"), GIVE_BACK, GIVE_BACK, GIVE_BACK),
        (PermanentError("LRM003", "no such queue"), FAULT, DEAD, DEAD),
        (InputError("LRF003", "changed"), FAULT, DEAD, DEAD),
        (JobError("LRJ001", "wrong"), FAULT, DEAD, DEAD),
        (PoisonError("LRP020", "cut in two"), DEAD, DEAD, DEAD),
        (LreclError("LRX001", "of no class"), DEAD, DEAD, DEAD),
        (ZeroDivisionError(), DEAD, DEAD, DEAD),
        (MemoryError(), DEAD, DEAD, DEAD),
        (LeaseLost("LRR023", "lost"), Action.STOP, Action.STOP, Action.STOP),
    ],
    ids=repr,
)
def test_the_class_of_the_error_decides(error: Exception, run: Action, batch: Action, message: Action) -> None:
    for scope, expected in ((Scope.RUN, run), (Scope.BATCH, batch), (Scope.MESSAGE, message)):
        policy = Policy(scope, LIMIT, stop_on=(LeaseLost,))
        assert [policy.action(error, attempts) for attempts in (0, LIMIT - 2)] == [expected] * 2
        bounded = expected in (LATER, GIVE_BACK) and not isinstance(error, Cancelled)
        assert policy.action(error, LIMIT - 1) is (DEAD if bounded else expected), "on the last delivery"
        transient = expected is LATER
        assert policy.action(error, LIMIT - 1, stopping=True) is (
            GIVE_BACK if transient else policy.action(error, LIMIT - 1)
        ), "while the service stops"


@dataclass
class DeliveryStandIn:
    body: bytes = BODY
    attempts: int = 0
    redelivered: bool = False
    settled: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, Any]:
        return {"x-delivery-count": self.attempts}

    def ack(self) -> None:
        self.settled.append("ack")

    def requeue(self) -> None:
        self.settled.append("requeue")


class ConsumerStandIn:
    settings, queue, name = None, RAW, "service-1-raw"

    def __init__(self) -> None:
        self.waiting: deque[DeliveryStandIn] = deque()

    def take(self) -> DeliveryStandIn | None:
        return self.waiting.popleft() if self.waiting else None


class PublisherStandIn:
    def __init__(self, *_: object) -> None:
        self.published: list[tuple[str, bytes, Any]] = []
        self.failures: list[Exception] = []

    def publish(self, queue: str, body: bytes, *, headers: Any = None, stopping: Callable[[], bool]) -> float:
        assert callable(stopping), "a wait for the broker must end with the stop"
        if self.failures:
            raise self.failures.pop(0)
        self.published.append((queue, body, headers))
        return 0.0


class Pauses(threading.Event):
    """Stopping, without a wait; keeps how long each would have been."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return self.is_set()


class Bench:
    """A settlement between stand-ins, and what they saw."""

    def __init__(self, policy: Policy) -> None:
        self.consumer, self.stopping = ConsumerStandIn(), Pauses()
        self.settlement = Settlement[SplitReport](
            self.consumer,  # type: ignore[arg-type]  # a stand-in
            SplitReport.unpack,
            policy,
            service="service one",
            stopping=self.stopping,
        )
        self.publisher: PublisherStandIn = self.settlement._publisher  # type: ignore[assignment]  # a stand-in

    def settle(self, delivery: DeliveryStandIn, *errors: Exception) -> list[str]:
        """Work that meets ``errors``, one each time, and then none; how the message was settled."""
        left = list(errors)

        def handle(work: Work[SplitReport]) -> None:
            assert (work.body, work.redelivered) == (delivery.body, delivery.redelivered)
            if left:
                raise left.pop(0)

        self.consumer.waiting.append(delivery)
        self.settlement.work_on_next(handle)
        return delivery.settled

    @property
    def faults(self) -> list[RunFault]:
        return [RunFault.unpack(body)[0] for queue, body, _ in self.publisher.published if queue == REPORTS]

    @property
    def letters(self) -> list[Any]:
        letters = [one for one in self.publisher.published if one[0] == dead_queue(RAW)]
        return [read_letter(RAW, headers, body, LIMIT) for _, body, headers in letters]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Bench]:
    monkeypatch.setattr(settlement_module, "Publisher", PublisherStandIn)

    def make(scope: Scope = Scope.RUN, **policy: Any) -> Bench:
        return Bench(Policy(scope, LIMIT, **policy))

    return make


Make = Callable[..., Bench]


def test_work_without_an_error_is_acknowledged_and_no_message_is_no_work(bench: Make) -> None:
    one = bench()
    one.settlement.work_on_next(lambda _: pytest.fail("there is no message"))
    assert one.settle(DeliveryStandIn()) == ["ack"]
    assert (one.publisher.published, one.stopping.seconds) == ([], [])


def test_a_fault_of_the_run_is_reported_then_acknowledged(bench: Make) -> None:
    one = bench(Scope.RUN)
    assert one.settle(DeliveryStandIn(), InputError("LRF003", "changed", remedy="Send it again.")) == ["ack"]
    (fault,) = one.faults
    assert (fault.run_id, fault.code, fault.fatal, fault.batch_no) == ("run-1", "LRF003", True, None)
    assert (fault.message, fault.remedy, fault.service) == ("changed", "Send it again.", "service one")
    assert one.letters == []


@pytest.mark.parametrize("scope", [Scope.RUN, Scope.BATCH])
def test_a_dead_letter_comes_with_a_fault_that_is_not_fatal(bench: Make, scope: Scope) -> None:
    one = bench(scope)
    assert one.settle(DeliveryStandIn(attempts=2), PoisonError("LRP020", "cut in two")) == ["ack"]
    (fault,), (letter,) = one.faults, one.letters
    assert (fault.run_id, fault.code, fault.fatal) == ("run-1", "LRP020", False)
    assert (letter.run_id, letter.code, letter.attempts, letter.service) == ("run-1", "LRP020", 3, "service-1-raw")


def test_of_a_message_alone_no_fault_is_reported(bench: Make) -> None:
    """Else a report that cannot be recorded would cause the next one."""
    one = bench(Scope.MESSAGE)
    assert one.settle(DeliveryStandIn(), PermanentError("LRB013", "wrong")) == ["ack"]
    assert (one.faults, [letter.code for letter in one.letters]) == ([], ["LRB013"])


@pytest.mark.parametrize("scope", Scope)
def test_a_message_that_nobody_can_read_belongs_to_no_run(bench: Make, scope: Scope) -> None:
    one = bench(scope)
    assert one.settle(DeliveryStandIn(b"garbage")) == ["ack"]
    assert (one.faults, [letter.code for letter in one.letters]) == ([], ["LRP001"])


def test_what_nobody_foresaw_is_dead_lettered_with_its_traceback_in_the_log(
    bench: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    one = bench()
    assert one.settle(DeliveryStandIn(), ZeroDivisionError("by nothing")) == ["ack"]
    (letter,) = one.letters
    assert (letter.code, letter.message) == ("LRP032", "unexpected ZeroDivisionError: by nothing")
    assert "Traceback" in capsys.readouterr().out


def test_transient_errors_wait_longer_with_each_delivery_and_end_as_a_letter_with_their_reason(bench: Make) -> None:
    one = bench()
    error = TransientError("LRF012", "away")
    for attempts in range(LIMIT - 1):
        assert one.settle(DeliveryStandIn(attempts=attempts), error) == ["requeue"]
    assert one.stopping.seconds == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert one.settle(DeliveryStandIn(attempts=LIMIT - 1), error) == ["ack"]
    assert [(letter.code, letter.category, letter.attempts) for letter in one.letters] == [
        ("LRF012", "transient", LIMIT)
    ]


def test_an_absurd_count_of_attempts_does_no_harm(bench: Make) -> None:
    assert bench().settle(DeliveryStandIn(attempts=1_000_000_000), TransientError("LRM002", "away")) == ["ack"]
    assert bench().settle(DeliveryStandIn(attempts=1_000_000_000), Cancelled()) == ["requeue"]


def test_a_suspect_is_tried_again_at_once(bench: Make) -> None:
    one = bench()
    assert one.settle(DeliveryStandIn(), SuspectError("LRP031", "the child died")) == ["requeue"]
    assert sum(one.stopping.seconds) == 0
    assert one.settle(DeliveryStandIn(attempts=LIMIT - 1), SuspectError("LRP031", "the child died")) == ["ack"]
    assert [(letter.code, letter.category) for letter in one.letters] == [("LRP031", "poison")]


def test_a_stop_gives_back_without_a_pause(bench: Make) -> None:
    one = bench()
    assert one.settle(DeliveryStandIn(), Cancelled()) == ["requeue"]
    one.stopping.set()
    assert one.settle(DeliveryStandIn(attempts=LIMIT), TransientError("LRM001", "away")) == ["requeue"]
    assert sum(one.stopping.seconds) == 0


def test_a_worker_that_may_not_go_on_leaves_the_message_and_stops(bench: Make) -> None:
    one = bench(Scope.MESSAGE, stop_on=(LeaseLost,))
    assert one.settle(DeliveryStandIn(), LeaseLost("LRR023", "lost")) == []
    assert one.stopping.is_set()


@pytest.mark.parametrize(
    "failure",
    [
        TransientError("LRM002", "the broker is away"),
        PermanentError("LRM003", "the broker has no queue lrecl.raw.dead"),
        Cancelled(),
        OSError("no such host"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
        RuntimeError("nobody foresaw it"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("error", [InputError("LRF003", "changed"), PoisonError("LRP020", "cut"), RuntimeError("bug")])
def test_what_cannot_be_settled_is_given_back_and_waits(bench: Make, error: Exception, failure: Exception) -> None:
    """The broker away while a fault is published, a missing dead-letter queue, a stop: no thread ends over it."""
    one = bench(Scope.RUN)
    one.publisher.failures.append(failure)
    delivery = DeliveryStandIn(attempts=2)
    assert one.settle(delivery, error) == ["requeue"]
    assert one.stopping.seconds == [2.0]
    assert one.settle(DeliveryStandIn(attempts=3), error) == ["ack"], "as soon as it can be"


def test_a_letter_that_fails_after_its_fault_is_made_whole_the_next_time(bench: Make) -> None:
    one = bench(Scope.BATCH)
    publish = one.publisher.publish

    def only_faults(queue: str, body: bytes, **more: Any) -> float:
        if queue != REPORTS:
            raise PermanentError("LRM003", "the broker has no queue lrecl.raw.dead")
        return publish(queue, body, **more)

    one.publisher.publish = only_faults  # type: ignore[method-assign]
    assert one.settle(DeliveryStandIn(), PoisonError("LRP020", "cut")) == ["requeue"]
    one.publisher.publish = publish  # type: ignore[method-assign]
    assert one.settle(DeliveryStandIn(), PoisonError("LRP020", "cut")) == ["ack"]
    assert (len(one.faults), len(one.letters)) == (2, 1)


def test_patience_tries_again_in_hand_before_the_message_goes_back(bench: Make) -> None:
    away = TransientError("LRB010", "the database is away")
    one = bench(Scope.MESSAGE, patience_seconds=600.0)
    assert one.settle(DeliveryStandIn(attempts=LIMIT - 1), *[away] * 12) == ["ack"]
    assert one.stopping.seconds == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, *[30.0] * 6]
    assert one.publisher.published == []
    impatient = bench(Scope.MESSAGE, patience_seconds=3.0)
    assert impatient.settle(DeliveryStandIn(), *[away] * 12) == ["requeue"]
    assert impatient.stopping.seconds == [0.5, 1.0, 2.0, 0.5], "three tries again, then the pause before it goes back"


def test_patience_ends_with_the_stop_and_is_only_for_transient_errors(bench: Make) -> None:
    one = bench(Scope.MESSAGE, patience_seconds=600.0)
    one.stopping.set()
    assert one.settle(DeliveryStandIn(), *[TransientError("LRB010", "away")] * 3) == ["requeue"]
    assert one.stopping.seconds[0] == 0.5
    assert len(one.stopping.seconds) == 2
    other = bench(Scope.MESSAGE, patience_seconds=600.0)
    assert other.settle(DeliveryStandIn(), PermanentError("LRB013", "wrong")) == ["ack"]
    assert other.stopping.seconds == []


def test_an_error_beyond_all_of_this_gives_the_message_back_and_is_the_loops(bench: Make) -> None:
    one = bench()
    delivery = DeliveryStandIn()

    def exit_of_a_library(_: object) -> None:
        raise SystemExit

    one.consumer.waiting.append(delivery)
    with pytest.raises(SystemExit):
        one.settlement.work_on_next(exit_of_a_library)
    assert delivery.settled == ["requeue"]


def test_log_lines_name_the_run_of_their_own_message_and_no_other(
    bench: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """A garbage message is not logged under the run of the message before it."""
    one = bench(Scope.BATCH)
    one.settle(DeliveryStandIn(), PoisonError("LRP020", "cut in two"))
    own = capsys.readouterr().out
    assert "run-1" in own
    assert "split_no" in own
    one.settle(DeliveryStandIn(b"garbage"))
    garbage = capsys.readouterr().out
    assert "message dead-lettered" in garbage
    assert "run-1" not in garbage
