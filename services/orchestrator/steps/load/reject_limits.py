"""Limits of rejects that stop a run while it loads: too many of them, and too many in a row, a sign of misalignment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from services.orchestrator.store.ledger import LedgerSums, RejectingBatch
from services.orchestrator.store.rejects import NumberedReject
from services.orchestrator.store.stores import Stores
from shared.errors import ReconciliationError
from shared.jobs.model import Gate
from shared.messaging.messages import FILE_STRIDE


@dataclass(frozen=True, slots=True)
class Streak:
    """Records rejected one after the other; ``record_no`` and ``offset`` (over all files) are the first one's."""

    count: int
    record_no: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Ends:
    """The streaks at a batch's begin and end, and its longest; of a batch rejected as a whole they are the same."""

    first: Streak
    last: Streak
    longest: Streak


def refuse_ratio(gate: Gate, sums: LedgerSums) -> None:
    """LRR020 when more records are rejected than the gate allows, judged by no fewer than it says."""
    if sums.records_read < gate.ratio_after_records:
        return
    ratio = sums.records_rejected / sums.records_read
    if ratio > gate.max_reject_ratio:
        raise ReconciliationError(
            "LRR020",
            f"{sums.records_rejected} of the first {sums.records_read} records ({ratio:.2%}) were rejected, more than "
            f"{gate.max_reject_ratio:.2%}",
            remedy="Nothing was merged. Look at the rejects; raise the job's gate if they are right, then retry.",
        )


class RejectsInARow:
    """Looks at the ledger, and at the rejects only of batches in which a streak may begin or end."""

    def __init__(self, run_id: str, most: int) -> None:
        self._run_id = run_id
        self._most = most
        self._known: dict[int, _Ends] = {}

    def refuse(self, at: Stores, *, committed: bool) -> None:
        """LRR021 when more than the allowed number of records in a row were rejected; says from which one on."""
        longest = max(self._streaks(at, at.ledger.rejecting(self._run_id, committed=committed)), default=None,
                      key=lambda streak: streak.count)  # fmt: skip
        if longest is None or longest.count <= self._most:
            return
        file_no, offset = divmod(longest.offset, FILE_STRIDE)
        of_file = f" of file {file_no + 1}" if file_no else ""
        raise ReconciliationError(
            "LRR021",
            f"{longest.count} records in a row were rejected, from record {longest.record_no} at byte {offset}{of_file}"
            f"; the gate allows {self._most}",
            remedy="Nothing was merged. Records may be misaligned from there: look at the bytes before that place.",
            record_no=longest.record_no,
            offset=offset,
            count=longest.count,
        )

    def _streaks(self, at: Stores, batches: list[RejectingBatch]) -> Iterator[Streak]:
        """Streaks that may be too long; those that cannot be are not looked at closely."""
        for group in _neighbours(batches):
            for part in _between_mixed(group):
                if sum(batch.records_rejected for batch in part) > self._most:
                    yield self._joined(at, part)
            yield from (
                self._ends(at, batch).longest for batch in group
                if not batch.rejected_as_a_whole and batch.records_rejected > self._most
            )  # fmt: skip

    def _joined(self, at: Stores, part: list[RejectingBatch]) -> Streak:
        """One streak over neighbours of which only the first and the last hold good records."""
        ends = [self._ends(at, batch) for batch in part]
        pieces = [ends[0].last, *(each.first for each in ends[1:])]
        pieces = [piece for piece in pieces if piece.count]
        if not pieces:
            return Streak(0, 0, 0)
        return Streak(sum(piece.count for piece in pieces), pieces[0].record_no, pieces[0].offset)

    def _ends(self, at: Stores, batch: RejectingBatch) -> _Ends:
        if batch.rejected_as_a_whole:
            streak = Streak(batch.records_rejected, batch.first_record_no, batch.start_offset)
            return _Ends(streak, streak, streak)
        number = batch.batch_no
        if number not in self._known:
            self._known[number] = _ends(batch, at.rejects.numbers(self._run_id, number))
        return self._known[number]


def _neighbours(batches: list[RejectingBatch]) -> Iterator[list[RejectingBatch]]:
    """Groups of batches of which each begins where the one before it ends."""
    group: list[RejectingBatch] = []
    for batch in batches:
        if group and group[-1].end_offset != batch.start_offset:
            yield group
            group = []
        group.append(batch)
    if group:
        yield group


def _between_mixed(group: list[RejectingBatch]) -> Iterator[list[RejectingBatch]]:
    """Parts in which only the outermost batches hold good records: a streak cannot pass through such a batch."""
    mixed = [place for place, batch in enumerate(group) if not batch.rejected_as_a_whole]
    for start, stop in pairwise([0, *mixed, len(group) - 1]):
        part = group[start : stop + 1]
        if part and (len(part) > 1 or part[0].rejected_as_a_whole):
            yield part


def _ends(batch: RejectingBatch, rejected: list[NumberedReject]) -> _Ends:
    """Streaks among the records of one batch by the numbers of its rejects."""
    first_no = batch.first_record_no
    last_no = first_no + batch.records_read - 1
    streaks = list(_runs(rejected))
    none = Streak(0, 0, 0)
    first = next((one for one in streaks if one.record_no == first_no), none)
    last = next((one for one in streaks if one.record_no + one.count - 1 == last_no), none)
    return _Ends(first, last, max(streaks, key=lambda one: one.count, default=none))


def _runs(rejected: list[NumberedReject]) -> Iterator[Streak]:
    start, count = 0, 0
    for place, reject in enumerate(rejected):
        if count and reject.record_no == rejected[place - 1].record_no + 1:
            count += 1
            continue
        if count:
            yield _streak(rejected[start], count)
        start, count = place, 1
    if count:
        yield _streak(rejected[start], count)


def _streak(first: NumberedReject, count: int) -> Streak:
    return Streak(count, first.record_no, first.record_offset)
