"""SPLIT: which part of which file is to be read, by whom it was read, and how far."""

from __future__ import annotations

from dataclasses import dataclass

from services.orchestrator.store.base import Store, now
from shared.database.session import Row
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


@dataclass(frozen=True, slots=True)
class SplitSums:
    """Sums over a run's splits; ``unread`` are those that are not read to their end."""

    splits: int
    unread: int
    bytes_read: int
    batches: int
    records: int


class SplitStore(Store):
    """The splits of runs."""

    def insert(self, run_id: str, new: NewSplit) -> None:
        """A split that nobody has read yet."""
        place = (new.file_no, new.start, new.end, new.block_end, new.records_before, new.start)
        self.change("split_insert", (run_id, new.split_no, *place))

    def all(self, run_id: str) -> list[Row]:
        """The run's splits."""
        return self.rows("split_list", (run_id,))

    def first(self, run_id: str) -> list[Row]:
        """The run's splits, as many as are worth showing; those first that are still read."""
        return self.rows("split_first", (run_id,))

    def sums(self, run_id: str) -> SplitSums:
        """What the readers have reported in all."""
        return SplitSums(**{name: int(value) for name, value in self.one("split_sums", (run_id,)).items()})

    def record(self, report: SplitReport) -> None:
        """Note how far a split has been read."""
        figures = (report.read_to, report.batches, report.records, report.reader_id, now())
        self.change("split_report", (*figures, report.run_id, report.split_no, report.read_to))
