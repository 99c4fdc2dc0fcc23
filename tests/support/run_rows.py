"""Rows of the control tables as the stores return them, with values that a test may replace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.orchestrator.store.files import FileRow, FileSums
from services.orchestrator.store.ledger import BatchPlace, BatchRow, LedgerSums, RejectingBatch
from services.orchestrator.store.runs import RunRow
from services.orchestrator.store.splits import SplitRow, SplitSums
from services.orchestrator.store.stages import StageRow

START = datetime(2026, 11, 21, 12, 0, 0)
NO_BATCHES = LedgerSums(
    batches=0, bytes=0, records_read=0, records_valid=0, records_rejected=0, records_skipped=0, duplicates=0,
    decode_micros=0, uneven=0,
)  # fmt: skip
NO_FILES = FileSums(files=0, file_bytes=0, hashed_bytes=0, data_bytes=0, undivided=0)
NO_SPLITS = SplitSums(splits=0, unread=0, bytes_read=0, batches=0, records=0)

_RUN: dict[str, Any] = {
    "run_id": "run", "job": "transactions", "state": "loading", "forced": False, "file_path": "in.dat",
    "file_bytes": 120, "file_mtime_ns": 1, "file_digest": "", "job_digest": "j" * 64, "copybook_digest": "c" * 64,
    "control_figures": "{}", "requested_by": "ops", "record_length": None, "attempt": 1, "reread": False,
    "error": None, "exit_code": None, "created_at": START, "finished_at": None, "purged_at": None,
}  # fmt: skip
_FILE: dict[str, Any] = {
    "file_no": 0, "file_path": "in.dat", "file_bytes": 120, "file_mtime_ns": 1, "file_digest": "", "loaded_by": None,
    "compression": None, "data_start": None, "data_end": None,
}  # fmt: skip
_SPLIT: dict[str, Any] = {
    "run_id": "run", "split_no": 0, "file_no": 0, "start_offset": 0, "end_offset": 0, "block_end": 0,
    "records_before": 0, "read_to": 0, "batches": 0, "records": 0, "reader_id": None, "reported_at": None,
}  # fmt: skip
_STAGE: dict[str, Any] = {
    "run_id": "run", "stage": "loading", "state": "running", "started_at": START, "finished_at": None,
    "figures": None, "error": None, "attempts": 1, "millis_before": 0,
}  # fmt: skip
_BATCH: dict[str, Any] = {
    "batch_no": 0, "split_no": 0, "start_offset": 0, "bytes": 0, "records_read": 0, "records_rejected": 0,
    "records_valid": 0, "first_record_no": 1, "block_end": 0,
}  # fmt: skip


def run_row(**changes: Any) -> RunRow:
    """A run that loads one file."""
    return RunRow.model_validate(_RUN | changes)


def file_row(**changes: Any) -> FileRow:
    """A file that is not hashed yet."""
    return FileRow.model_validate(_FILE | changes)


def split_row(**changes: Any) -> SplitRow:
    """A split that nobody has read yet."""
    return SplitRow.model_validate(_SPLIT | changes)


def stage_row(**changes: Any) -> StageRow:
    """A stage that runs for the first time."""
    return StageRow.model_validate(_STAGE | changes)


def batch_row(**changes: Any) -> BatchRow:
    """A batch of the ledger by its bytes and valid records."""
    return BatchRow.model_validate(_BATCH | changes)


def batch_place(**changes: Any) -> BatchPlace:
    """A batch of the ledger by its place in its split."""
    return BatchPlace.model_validate(_BATCH | changes)


def rejecting_batch(**changes: Any) -> RejectingBatch:
    """A batch of the ledger by its rejected records."""
    return RejectingBatch.model_validate(_BATCH | changes)


def ledger_sums(**changes: int) -> LedgerSums:
    """Sums over a ledger, 0 where nothing is said."""
    return NO_BATCHES.model_copy(update=changes)


def file_sums(**changes: int) -> FileSums:
    """Sums over a run's files, 0 where nothing is said."""
    return NO_FILES.model_copy(update=changes)


def split_sums(**changes: int) -> SplitSums:
    """Sums over a run's splits, 0 where nothing is said."""
    return NO_SPLITS.model_copy(update=changes)
