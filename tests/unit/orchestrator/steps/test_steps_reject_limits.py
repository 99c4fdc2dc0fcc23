"""Rejects that stop a run: their share, and how many come in a row, found from the ledger and few looks at rejects."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.steps.load.reject_limits import RejectsInARow, refuse_ratio
from services.orchestrator.store.ledger import LedgerSums, RejectingBatch
from services.orchestrator.store.rejects import NumberedReject
from shared.errors import ReconciliationError
from shared.jobs.model import Gate
from shared.messaging.messages import FILE_STRIDE
from tests.support.run_rows import ledger_sums, rejecting_batch

LENGTH = 10


class Ledger:
    """The batches of a file in which ``bad`` says of each record whether it was rejected."""

    def __init__(self, bad: list[bool], size: int, lost: set[int] = frozenset(), base: int = 0) -> None:
        self.bad, self.size, self.lost, self.base = bad, size, lost, base
        self.looked_at: list[int] = []

    def rejecting(self, _run: str, *, committed: bool) -> list[RejectingBatch]:
        del committed
        rows = []
        for number, start in enumerate(range(0, len(self.bad), self.size)):
            part = self.bad[start : start + self.size]
            if any(part) and number not in self.lost:
                rows.append(rejecting_batch(
                    batch_no=number, start_offset=self.base + start * LENGTH, bytes=len(part) * LENGTH,
                    records_read=len(part), records_rejected=sum(part), first_record_no=start + 1,
                ))  # fmt: skip
        return rows

    def numbers(self, _run: str, number: int) -> list[NumberedReject]:
        self.looked_at.append(number)
        start = number * self.size
        part = enumerate(self.bad[start : start + self.size], start)
        return [
            NumberedReject(record_no=place + 1, record_offset=self.base + place * LENGTH) for place, bad in part if bad
        ]


def refuse(ledger: Ledger, most: int) -> None:
    at: Any = SimpleNamespace(ledger=ledger, rejects=ledger)
    RejectsInARow("run", most).refuse(at, committed=True)


def longest_run(bad: list[bool]) -> int:
    """Length of the longest run of rejects."""
    return max((len(list(group)) for value, group in groupby(bad) if value), default=0)


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 8), st.integers(1, 12))
def test_the_longest_streak_is_found_wherever_batches_end(bad: list[bool], size: int, most: int) -> None:
    count = longest_run(bad)
    if count <= most:
        refuse(Ledger(bad, size), most)
        return
    with pytest.raises(ReconciliationError) as caught:
        refuse(Ledger(bad, size), most)
    assert caught.value.code == "LRR021"
    assert caught.value.context["count"] == count
    first = int(str(caught.value.context["record_no"]))
    assert all(bad[first - 1 : first - 1 + count])
    assert caught.value.context["offset"] == (first - 1) * LENGTH


def test_the_place_is_told() -> None:
    bad = [False] * 7 + [True] * 9
    with pytest.raises(ReconciliationError, match=r"9 records in a row were rejected, from record 8 at byte 70; the"):
        refuse(Ledger(bad, 5), 8)
    with pytest.raises(ReconciliationError, match="from record 8 at byte 70 of file 3"):
        refuse(Ledger(bad, 5, base=2 * FILE_STRIDE), 8)


def test_scattered_rejects_cost_no_look_at_them() -> None:
    ledger = Ledger([number % 10 == 0 for number in range(1_000)], 50)
    refuse(ledger, 20)
    assert ledger.looked_at == []


def test_what_is_not_in_the_ledger_yet_joins_nothing() -> None:
    refuse(Ledger([True] * 30, 10, lost={1}), 15)
    with pytest.raises(ReconciliationError):
        refuse(Ledger([True] * 30, 10), 15)


def sums(read: int, rejected: int) -> LedgerSums:
    return ledger_sums(batches=1, records_read=read, records_valid=read - rejected, records_rejected=rejected)


def test_the_share_stops_a_run_once_enough_was_read() -> None:
    gate = Gate(max_reject_ratio=0.1, ratio_after_records=100)
    refuse_ratio(gate, sums(99, 99))
    refuse_ratio(gate, sums(100, 10))
    with pytest.raises(ReconciliationError) as caught:
        refuse_ratio(gate, sums(100, 11))
    assert (caught.value.code, "11 of the first 100 records (11.00%)" in caught.value.message) == ("LRR020", True)
