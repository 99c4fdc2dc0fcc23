"""Reports that cannot be recorded: none ends the thread, and the next one is recorded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.engine import reports_inbox
from services.orchestrator.engine.reports_inbox import ReportsInbox
from shared.database.errors import classify
from shared.messaging import settlement
from shared.messaging.dead_letters import read_letter
from shared.messaging.messages import RunFault, SplitReport
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import REPORTS, dead_queue
from shared.messaging.wire import pack
from tests.support.waiting import wait_until

FAULT = RunFault(run_id="run-1", code="LRF003", message="changed", service="r")
REPORT = SplitReport(run_id="run-1", split_no=0, read_to=9, batches=1, records=2, last=True, reader_id="r-1")


class DeliveryStandIn:
    attempts, redelivered = 0, False

    def __init__(self, body: bytes, headers: dict[str, Any]) -> None:
        self.body, self.headers, self.settled = body, headers, ""

    def ack(self) -> None:
        self.settled = "ack"

    def requeue(self) -> None:
        self.settled = "requeue"


class Bench:
    """An inbox between stand-ins: deliveries come in, letters go out, and the tables raise what they are told to."""

    def __init__(self) -> None:
        self.waiting: deque[DeliveryStandIn] = deque()
        self.letters: list[Any] = []
        self.errors: list[Exception] = []
        self.recorded: list[Any] = []

    def consumer(self, *_: object, **__: object) -> Any:
        take: Callable[[], Any] = lambda: self.waiting.popleft() if self.waiting else None  # noqa: E731  # a stand-in
        return SimpleNamespace(
            settings=None, queue=REPORTS, name="o-1-reports", connected=True, take=take,
            start=lambda: None, close=lambda: None,
        )  # fmt: skip

    def publisher(self, *_: object) -> Any:
        def publish(queue: str, body: bytes, *, headers: Any, stopping: Callable[[], bool]) -> None:
            assert queue == dead_queue(REPORTS)
            assert not stopping()
            self.letters.append(read_letter(REPORTS, headers, body, 8))

        return SimpleNamespace(publish=publish, close=lambda: None)

    @contextmanager
    def stores(self) -> Iterator[Any]:
        if self.errors:
            raise self.errors.pop(0)
        store = SimpleNamespace(record=self.recorded.append)
        yield SimpleNamespace(faults=store, splits=store)

    def send(self, body: bytes, headers: dict[str, Any] | None = None) -> DeliveryStandIn:
        self.waiting.append(DeliveryStandIn(body, headers or {}))
        return self.waiting[-1]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench()
    monkeypatch.setattr(reports_inbox, "Consumer", made.consumer)
    monkeypatch.setattr(settlement, "Publisher", made.publisher)
    monkeypatch.setattr(settlement, "_FIRST_PAUSE", 0.01)
    return made


@pytest.fixture
def inbox(bench: Bench) -> Iterator[ReportsInbox]:
    made = ReportsInbox(BrokerSettings(), bench.stores, "o-1")
    made.start()
    yield made
    made.close()


def widened(report: RunFault | SplitReport, **changes: Any) -> bytes:
    return pack({"kind": report.kind, "version": 1, **report.model_dump(mode="json", exclude={"parts"}), **changes})


@pytest.mark.parametrize(
    "body",
    [
        widened(FAULT, run_id="r" * 40),
        widened(FAULT, code="LRF003-and-more"),
        widened(FAULT, message="é" * 2_001),
        widened(FAULT, batch_no=2**63),
        widened(REPORT, run_id="é" * 17),
        widened(REPORT, reader_id="r" * 65),
        widened(REPORT, split_no=2**31),
        widened(REPORT, read_to=10**40),
        b"garbage",
    ],
)
def test_a_report_that_no_column_holds_is_dead_lettered_and_asks_no_table(
    bench: Bench, inbox: ReportsInbox, body: bytes
) -> None:
    bench.errors = [AssertionError("the tables were asked")]
    odd = bench.send(body, {"x-delivery-count": "abc"})
    wait_until(lambda: odd.settled == "ack")
    assert [letter.code[:3] for letter in bench.letters] == ["LRP"]
    bench.errors.clear()
    bench.send(FAULT.pack())
    bench.send(REPORT.pack())
    wait_until(lambda: bench.recorded == [FAULT, REPORT])
    assert inbox.healthy


@pytest.mark.parametrize(("state", "number"), [("42704", -204), ("22001", -433), ("42501", -551), ("", -99999)])
def test_any_permanent_error_of_the_database_is_a_dead_letter_and_the_next_report_is_recorded(
    bench: Bench, inbox: ReportsInbox, state: str, number: int
) -> None:
    bench.errors = [classify(state, number, "no")]
    refused = bench.send(FAULT.pack())
    bench.send(REPORT.pack())
    wait_until(lambda: bench.recorded == [REPORT])
    assert (refused.settled, [letter.run_id for letter in bench.letters]) == ("ack", ["run-1"])
    assert inbox.healthy


@pytest.mark.parametrize(
    ("state", "number"), [("58008", -30000), ("58009", -30020), ("25502", -20001), ("57011", -964), ("08001", -30081)]
)
def test_a_database_without_space_is_waited_for_with_the_report_in_hand(
    bench: Bench, inbox: ReportsInbox, state: str, number: int
) -> None:
    bench.errors = [classify(state, number, "no space") for _ in range(4)]
    report = bench.send(FAULT.pack())
    wait_until(lambda: bench.recorded == [FAULT])
    assert (report.settled, bench.letters) == ("ack", [])
    assert inbox.healthy


def test_an_error_that_nobody_foresaw_is_a_dead_letter_too(bench: Bench, inbox: ReportsInbox) -> None:
    bench.errors = [RuntimeError("bug"), MemoryError()]
    for _ in range(3):
        bench.send(FAULT.pack())
    wait_until(lambda: bench.recorded == [FAULT])
    assert [letter.code for letter in bench.letters] == ["LRP032", "LRP032"]
    assert inbox.healthy
