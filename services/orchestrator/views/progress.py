"""How far a run is: per stage, in percent, in records per second, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.orchestrator.store.base import now
from services.orchestrator.store.ledger import LedgerSums
from services.orchestrator.store.states import TERMINAL, StageState, State, exit_code
from services.orchestrator.store.stores import Stores
from services.orchestrator.views.telemetry import Telemetry
from shared.database.session import Row


class StageProgress(BaseModel):
    """One stage of the run."""

    model_config = ConfigDict(frozen=True)

    stage: str
    state: str
    seconds: float | None
    error: str | None


class FlowProgress(BaseModel):
    """How much of the input has passed a service: its records, and the share of the bytes of data."""

    model_config = ConfigDict(frozen=True)

    records: int
    percent: float


class FileProgress(BaseModel):
    """One of the run's files; ``data_bytes`` of its uncompressed content are records to load, once that is known."""

    model_config = ConfigDict(frozen=True)

    file_no: int
    path: str
    bytes: int
    compression: str | None
    data_bytes: int | None


class SplitProgress(BaseModel):
    """A part of a file as its reader reported it last; offsets are the file's, uncompressed."""

    model_config = ConfigDict(frozen=True)

    split_no: int
    file_no: int
    start: int
    end: int
    read_to: int
    batches: int
    records: int
    reader: str | None
    reported_at: datetime | None


class RunProgress(BaseModel):
    """A run as an operator sees it.

    ``records_expected`` is counted where records have one length, else ``records_estimated`` from the bytes so far.
    Of many files and splits, the first hundred are shown.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    job: str
    state: str
    exit_code: int | None
    error: str | None
    file: str
    bytes: int
    data_bytes: int
    records_expected: int
    records_estimated: bool
    read: FlowProgress
    processed: FlowProgress
    written: FlowProgress
    records_rejected: int
    records_skipped: int
    duplicates: int
    rows_merged: int
    percent: float
    rows_per_second: float
    seconds_left: float | None
    seconds: float
    stages: list[StageProgress]
    files_count: int
    files: list[FileProgress]
    splits_count: int
    splits: list[SplitProgress]
    dead_letters: list[dict[str, Any]]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Passed:
    """Records and bytes of the input that have passed a service."""

    records: int
    bytes: int

    def at_least(self, other: _Passed) -> _Passed:
        return _Passed(max(self.records, other.records), max(self.bytes, other.bytes))

    def of(self, whole: int) -> FlowProgress:
        return FlowProgress(records=self.records, percent=_percent(self.bytes, whole))


def progress(at: Stores, telemetry: Telemetry, run_id: str) -> RunProgress:
    """The run's progress now: written figures from the ledger, read and processed ones as far as events told."""
    run, stages = at.runs.get(run_id), at.runs.stages(run_id)
    sums, splits = at.ledger.sums(run_id, committed=False), at.splits.sums(run_id)
    files, whole = at.runs.file_sums(run_id)
    written = _Passed(sums.records_read, sums.bytes)
    read = _told(telemetry, run_id, "batch-read").at_least(written).at_least(_Passed(splits.records, splits.bytes_read))
    processed = _told(telemetry, run_id, "batch-processed").at_least(written)
    merged = sum(at.tables.chunks_done(run_id).values())
    expected, estimated = _expected(run, read, whole)
    terminal = run["state"] in TERMINAL
    rate, left = _speed(stages, written, whole, finished=terminal)
    ended = run["finished_at"] or now()
    return RunProgress(
        run_id=run_id,
        job=run["job"],
        state=run["state"],
        exit_code=exit_code(run["state"], sums.records_rejected) if terminal else None,
        error=run["error"],
        file=run["file_path"],
        bytes=run["file_bytes"],
        data_bytes=whole,
        records_expected=expected,
        records_estimated=estimated,
        read=read.of(whole),
        processed=processed.of(whole),
        written=written.of(whole),
        records_rejected=sums.records_rejected,
        records_skipped=sums.records_skipped,
        duplicates=sums.duplicates,
        rows_merged=merged,
        percent=_overall(run["state"], sums, merged, whole),
        rows_per_second=rate,
        seconds_left=left,
        seconds=round((ended - run["created_at"]).total_seconds(), 3),
        stages=[_stage(row) for row in stages],
        files_count=files,
        files=[_file(row) for row in at.runs.first_files(run_id)],
        splits_count=splits.splits,
        splits=[_split(row) for row in at.splits.first(run_id)],
        dead_letters=[
            {"batch_no": fault["batch_no"], "code": fault["code"].strip(), "message": fault["message"]}
            for fault in at.runs.open_faults(run_id)
            if not fault["fatal"]
        ],
        created_at=run["created_at"],
        finished_at=run["finished_at"],
    )


def _told(telemetry: Telemetry, run_id: str, kind: str) -> _Passed:
    flow = telemetry.flow(run_id, kind)
    return _Passed(flow.records, flow.bytes)


def _expected(run: Row, read: _Passed, whole: int) -> tuple[int, bool]:
    """Records in all, and whether that is only an estimate."""
    if run["record_length"]:
        return whole // run["record_length"], False
    if read.bytes >= whole:
        return read.records, False
    return round(read.records * whole / read.bytes) if read.bytes else 0, True


def _percent(part: int, whole: int) -> float:
    return round(min(100.0 * part / whole, 100.0), 1) if whole else 100.0


def _overall(state: str, sums: LedgerSums, merged: int, whole: int) -> float:
    """Loading counts for four fifths, merging for the rest: that is how their times are found to stand."""
    if state == State.COMPLETED:
        return 100.0
    merging = _percent(merged, sums.records_valid) if sums.records_valid and merged else 0.0
    return round(0.8 * _percent(sums.bytes, whole) + 0.2 * merging, 1)


def _speed(stages: list[Row], written: _Passed, whole: int, *, finished: bool) -> tuple[float, float | None]:
    """Rows per second of the loading stage so far, and the seconds its rest will take."""
    loading = next((row for row in stages if row["stage"] == State.LOADING), None)
    if loading is None:
        return 0.0, None
    seconds = ((loading["finished_at"] or now()) - loading["started_at"]).total_seconds()
    rate = round(written.records / seconds, 1) if seconds > 0 else 0.0
    if finished or loading["state"] != StageState.RUNNING:
        return rate, 0.0 if finished else None
    left = seconds * (whole - written.bytes) / written.bytes if written.bytes else None
    return rate, None if left is None else round(max(left, 0.0), 1)


def _stage(row: Row) -> StageProgress:
    ended = row["finished_at"] or now()
    seconds = round((ended - row["started_at"]).total_seconds(), 3)
    return StageProgress(stage=row["stage"], state=row["state"], seconds=seconds, error=row["error"])


def _file(row: Row) -> FileProgress:
    return FileProgress(
        file_no=row["file_no"],
        path=row["file_path"],
        bytes=row["file_bytes"],
        compression=row["compression"],
        data_bytes=None if row["data_end"] is None else row["data_end"] - row["data_start"],
    )


def _split(row: Row) -> SplitProgress:
    return SplitProgress(
        split_no=row["split_no"],
        file_no=row["file_no"],
        start=row["start_offset"],
        end=row["end_offset"],
        read_to=row["read_to"],
        batches=row["batches"],
        records=row["records"],
        reader=row["reader_id"],
        reported_at=row["reported_at"],
    )
