"""SPLIT: which part of which file is to be read, by whom it was read, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.orchestrator.store.base import Record, Store, now
from shared.messaging.messages import SplitReport


@dataclass(frozen=True, slots=True)
class NewSplit:
    """The bytes from ``start`` to ``end`` of a file's uncompressed content; see ``Framing.cut`` for ``block_end``.

    ``records_before`` counts the file's records before ``start`` that have a number.
    """

    split_no: int
    file_no: int
    start: int
    end: int
    block_end: int = 0
    records_before: int = 0


class SplitRow(Record):
    """A row of SPLIT; offsets are the file's own."""

    run_id: str
    split_no: int
    file_no: int
    start_offset: int
    end_offset: int
    block_end: int
    records_before: int
    read_to: int
    batches: int
    records: int
    reader_id: str | None
    reported_at: datetime | None

    @property
    def is_read(self) -> bool:
        """Whether a report says that the split was read to its end."""
        return self.read_to >= self.end_offset


class SplitSums(Record):
    """Sums over a run's splits; ``unread`` are those that are not read to their end."""

    splits: int
    unread: int
    bytes_read: int
    batches: int
    records: int


class SplitStore(Store):
    """The splits of runs."""

    table = "split"

    def insert(self, run_id: str, new: NewSplit) -> None:
        """A split of which nothing is read yet."""
        place = (new.file_no, new.start, new.end, new.block_end, new.records_before, new.start)
        self._change("insert", (run_id, new.split_no, *place))

    def all(self, run_id: str) -> list[SplitRow]:
        """The run's splits."""
        return self._records(SplitRow, "list", (run_id,))

    def first(self, run_id: str) -> list[SplitRow]:
        """The run's splits, as many as are worth showing; those first that are still read."""
        return self._records(SplitRow, "first", (run_id,))

    def sums(self, run_id: str) -> SplitSums:
        """What the readers have reported in all."""
        return SplitSums.model_validate(self._row("sums", (run_id,)))

    def record(self, report: SplitReport) -> None:
        """Note how far a split has been read."""
        figures = (report.read_to, report.batches, report.records, report.reader_id, now())
        self._change("report", (*figures, report.run_id, report.split_no, report.read_to))

    def mark_unread(self, run_id: str, split_no: int) -> None:
        """The split is to be read from its start."""
        self._change("unread", (run_id, split_no))
