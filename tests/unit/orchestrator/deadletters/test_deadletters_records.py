"""Letters whose headers or run ids no column could hold: they are noted, replayed and discarded like others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.deadletters.records import DeadLetterRecords
from services.orchestrator.deadletters.requests import Order
from shared.messaging.dead_letters import DeadLetter, read_letter
from shared.messaging.messages import RunFault
from shared.messaging.topology import RAW
from shared.messaging.wire import pack

ODD = {
    "lrecl-code": "é" * 300, "lrecl-message": "ü" * 9_000, "lrecl-remedy": "x" * 9_000, "lrecl-service": "ß" * 500,
    "lrecl-class": "y" * 9_000,
}  # fmt: skip


class Tables:
    """What was written, and which run ids were asked for."""

    def __init__(self) -> None:
        self.faults_noted: list[RunFault] = []
        self.locked: list[str] = []
        self.lines: list[dict[str, Any]] = []
        self.runs = SimpleNamespace(
            unfinished=lambda: ["run-1"],
            lock=self.lock,
            get=lambda _: SimpleNamespace(terminal=False),
        )
        self.faults = SimpleNamespace(open=lambda _: [], record=self.faults_noted.append, settle=lambda *_: None)
        self.ledger = SimpleNamespace(holds=lambda *_: False)
        self.audit = SimpleNamespace(append=lambda *_, **detail: self.lines.append(detail))

    def lock(self, run_id: str) -> bool:
        self.locked.append(run_id)
        return True


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def records(tables: Tables) -> DeadLetterRecords:
    return DeadLetterRecords(tables)  # type: ignore[arg-type]  # stand-ins of the stores


def letter(headers: dict[str, Any], run_id: str = "run-1") -> DeadLetter:
    return read_letter(RAW, headers, pack({"kind": "raw", "run_id": run_id, "batch_no": 7}), 8)


def test_the_fault_of_an_odd_letter_fits_its_columns(records: DeadLetterRecords, tables: Tables) -> None:
    assert records.waiting([letter(ODD)]) == 1
    (fault,) = tables.faults_noted
    assert (fault.code, fault.service) == ("ééé", "ß" * 64)
    assert (len(fault.message.encode()), len(fault.remedy)) == (4_000, 4_000)
    records.replay(letter(ODD), Order(actor="ops"))
    assert len(str(tables.lines)) < 1_000, "a line of the trail has 4,000 bytes"


def test_a_letter_whose_code_is_empty_counts_as_the_brokers(records: DeadLetterRecords, tables: Tables) -> None:
    records.waiting([letter({"lrecl-code": ""})])
    assert tables.faults_noted[0].code == "LRP050"


@pytest.mark.parametrize("run_id", ["r" * 33, "é" * 17, ""])
def test_no_statement_takes_a_run_id_that_is_too_long(records: DeadLetterRecords, tables: Tables, run_id: str) -> None:
    records.replay(letter({}, run_id), Order(actor="ops"))
    records.discard(letter({}, run_id), Order(actor="ops", note="garbage"))
    assert (tables.locked, tables.lines, tables.faults_noted) == ([], [], [])


def test_a_discarded_letter_is_a_fault_however_long_the_reason(records: DeadLetterRecords, tables: Tables) -> None:
    records.discard(letter(ODD), Order(actor="é" * 100, note="é" * 5_000))
    (fault,) = tables.faults_noted
    assert (fault.code, fault.fatal, len(fault.message.encode())) == ("LRR013", True, 4_000)
