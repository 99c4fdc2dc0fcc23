"""How far a run is: per stage, in percent, in records per second, and how long it will still take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.orchestrator.runs.context import Stores
from services.orchestrator.runs.states import TERMINAL, StageState, State, exit_code
from services.orchestrator.runs.telemetry import Telemetry
from services.orchestrator.store.base import now
from shared.database.session import Row
from shared.jobs.compile import CompiledJob


class StageProgress(BaseModel):
    """One stage of the run."""

    model_config = ConfigDict(frozen=True)

    stage: str
    state: str
    seconds: float | None
    error: str | None


class FlowProgress(BaseModel):
    """How much of the file has passed a service."""

    model_config = ConfigDict(frozen=True)

    records: int
    percent: float


class RunProgress(BaseModel):
    """A run as an operator sees it."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    job: str
    state: str
    exit_code: int | None
    error: str | None
    file: str
    bytes: int
    records_expected: int
    read: FlowProgress
    processed: FlowProgress
    written: FlowProgress
    records_rejected: int
    duplicates: int
    rows_merged: int
    percent: float
    rows_per_second: float
    seconds_left: float | None
    seconds: float
    stages: list[StageProgress]
    dead_letters: list[dict[str, Any]]
    created_at: datetime
    finished_at: datetime | None


def progress(at: Stores, telemetry: Telemetry, run_id: str) -> RunProgress:
    """The run's progress now: written figures from the ledger, read and processed ones as far as events told."""
    run = at.runs.get(run_id)
    sums = at.ledger.sums(run_id, committed=False)
    stages = at.runs.stages(run_id)
    expected = run["file_bytes"] // _record_length(at, run_id)
    written = sums.records_read
    read = max(telemetry.flow(run_id, "batch-read").records, written, _framed(at, run_id))
    processed = max(telemetry.flow(run_id, "batch-processed").records, written)
    merged = sum(at.tables.chunks_done(run_id).values())
    terminal = run["state"] in TERMINAL
    rate, left = _speed(stages, written, expected, finished=terminal)
    ended = run["finished_at"] or now()
    return RunProgress(
        run_id=run_id,
        job=run["job"],
        state=run["state"],
        exit_code=exit_code(run["state"], sums.records_rejected) if terminal else None,
        error=run["error"],
        file=run["file_path"],
        bytes=run["file_bytes"],
        records_expected=expected,
        read=_flow(read, expected),
        processed=_flow(processed, expected),
        written=_flow(written, expected),
        records_rejected=sums.records_rejected,
        duplicates=sums.duplicates,
        rows_merged=merged,
        percent=_overall(run["state"], written, merged, sums.records_valid, expected),
        rows_per_second=rate,
        seconds_left=left,
        seconds=round((ended - run["created_at"]).total_seconds(), 3),
        stages=[_stage(row) for row in stages],
        dead_letters=[
            {"batch_no": fault["batch_no"], "code": fault["code"].strip(), "message": fault["message"]}
            for fault in at.runs.open_faults(run_id)
            if not fault["fatal"]
        ],
        created_at=run["created_at"],
        finished_at=run["finished_at"],
    )


def _record_length(at: Stores, run_id: str) -> int:
    compiled = CompiledJob.model_validate_json(at.runs.document(run_id, "job") or "")
    return int(compiled.framing["record_length"])


def _framed(at: Stores, run_id: str) -> int:
    return sum(int(split["records"]) for split in at.runs.splits(run_id))


def _flow(records: int, expected: int) -> FlowProgress:
    return FlowProgress(records=records, percent=_percent(records, expected))


def _percent(part: int, whole: int) -> float:
    return round(min(100.0 * part / whole, 100.0), 1) if whole else 100.0


def _overall(state: str, written: int, merged: int, valid: int, expected: int) -> float:
    """Loading counts for four fifths, merging for the rest: that is how their times are found to stand."""
    if state == State.COMPLETED:
        return 100.0
    return round(0.8 * _percent(written, expected) + (0.2 * _percent(merged, valid) if valid and merged else 0.0), 1)


def _speed(stages: list[Row], written: int, expected: int, *, finished: bool) -> tuple[float, float | None]:
    """Rows per second of the loading stage so far, and the seconds its rest will take."""
    loading = next((row for row in stages if row["stage"] == State.LOADING), None)
    if loading is None:
        return 0.0, None
    seconds = ((loading["finished_at"] or now()) - loading["started_at"]).total_seconds()
    rate = written / seconds if seconds > 0 else 0.0
    if finished or loading["state"] != StageState.RUNNING:
        return round(rate, 1), 0.0 if finished else None
    return round(rate, 1), round((expected - written) / rate, 1) if rate else None


def _stage(row: Row) -> StageProgress:
    ended = row["finished_at"] or now()
    seconds = round((ended - row["started_at"]).total_seconds(), 3)
    return StageProgress(stage=row["stage"], state=row["state"], seconds=seconds, error=row["error"])
