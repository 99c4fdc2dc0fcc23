"""BATCH, the ledger: what is known to be in the database, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.orchestrator.store.base import Record, Store
from services.orchestrator.store.states import State, listed
from shared.batch.types import TableName
from shared.messaging.messages import FILE_STRIDE
from shared.scaled_decimals import Total, parse_totals, sum_totals


class LedgerSums(Record):
    """Sums over a run's batches; ``uneven`` counts batches whose valid, rejected and skipped records do not add up."""

    batches: int
    bytes: int
    records_read: int
    records_valid: int
    records_rejected: int
    records_skipped: int
    duplicates: int
    decode_micros: int
    uneven: int


class BatchRow(Record):
    """A batch of the ledger: where it begins (over all files), its bytes and its valid records."""

    batch_no: int
    start_offset: int
    bytes: int
    records_valid: int


class BatchPlace(Record):
    """Where a batch of the ledger begins and ends, and which records it holds."""

    batch_no: int
    split_no: int
    start_offset: int
    bytes: int
    records_read: int
    first_record_no: int
    block_end: int


class RejectingBatch(Record):
    """A batch with rejected records."""

    batch_no: int
    start_offset: int
    bytes: int
    records_read: int
    records_rejected: int
    first_record_no: int

    @property
    def rejected_as_a_whole(self) -> bool:
        """Whether the batch holds no good record."""
        return self.records_rejected == self.records_read

    @property
    def end_offset(self) -> int:
        """Where the batch ends, over all files."""
        return self.start_offset + self.bytes


class WorkerSums(Record):
    """What one processor or writer did for a run."""

    worker: str
    batches: int
    records: int


class FileFigures(Record):
    """What the ledger holds of one file."""

    file_no: int
    batches: int
    records_read: int
    records_rejected: int


class LedgerGrowth(Record):
    """When a run's ledger last grew (None before its first batch) and the time now, both by the database's clock.

    ``began_at``: when the newest of its stages began, by the orchestrator's clock; None before the first.
    """

    job: str
    asked_at: datetime
    grew_at: datetime | None
    began_at: datetime | None


class LedgerStore(Store):
    """Figures for progress, reconciliation and resume."""

    table = "batch"

    def sums(self, run_id: str, *, committed: bool) -> LedgerSums:
        """Sums over the run's batches: committed ones only, or (for progress) also those being written."""
        return LedgerSums.model_validate(self._row("sums", (run_id,), isolation="CS" if committed else "UR"))

    def growth(self, states: Iterable[State]) -> list[LedgerGrowth]:
        """When the ledger last grew, of each run in one of these states."""
        return self._records(LedgerGrowth, "growth", states=listed(states))

    def totals(self, run_id: str) -> dict[str, Total]:
        """Control totals over all batches by their names, exact."""
        rows = self._rows("totals", (run_id,))
        return sum_totals(total for row in rows for total in parse_totals(row["control_totals"]))

    def batches(self, run_id: str) -> list[BatchRow]:
        """Every batch, in file order."""
        return self._records(BatchRow, "list", (run_id,))

    def places(self, run_id: str) -> list[BatchPlace]:
        """Where every batch begins and ends, and which records it holds, by number."""
        return self._records(BatchPlace, "places", (run_id,))

    def rejecting(self, run_id: str, *, committed: bool) -> list[RejectingBatch]:
        """Batches with rejected records, in file order."""
        return self._records(RejectingBatch, "rejecting", (run_id,), isolation="CS" if committed else "UR")

    def holds(self, run_id: str, batch_no: int) -> bool:
        """Whether the batch has taken effect."""
        return bool(self._rows("get", (run_id, batch_no)))

    def mismatches(self, run_id: str, staging: list[TableName]) -> list[int]:
        """Numbers of batches whose ledger row and staged rows, of all tables together, disagree."""
        each = " UNION ALL ".join(f"SELECT BATCH_NO FROM {table.sql} WHERE RUN_ID = ?" for table in staging)  # noqa: S608
        rows = self._rows("mismatches", (run_id,) * (len(staging) + 1), staged=each)
        return [int(row["batch_no"]) for row in rows]

    def by_processor(self, run_id: str) -> list[WorkerSums]:
        """Batches and records by the processor that worked on them."""
        return self._records(WorkerSums, "by_processor", (run_id,))

    def by_writer(self, run_id: str) -> list[WorkerSums]:
        """Batches and records by the writer that committed them."""
        return self._records(WorkerSums, "by_writer", (run_id,))

    def by_file(self, run_id: str) -> dict[int, FileFigures]:
        """What the ledger holds of each file, by its number."""
        found = self._records(FileFigures, "by_file", (run_id,), stride=str(FILE_STRIDE))
        return {figures.file_no: figures for figures in found}
