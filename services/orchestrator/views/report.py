"""The report made from the tables: stages' figures, ledger and rejects; only the memory figures are remembered."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Final

from services.orchestrator.store.files import FileRow
from services.orchestrator.store.ledger import FileFigures, WorkerSums
from services.orchestrator.store.stages import StageRow
from services.orchestrator.store.states import State, exit_code
from services.orchestrator.store.stores import Stores
from services.orchestrator.views.progress import percent_reached
from services.orchestrator.views.report_model import (
    ControlTotalLine,
    FileLine,
    Framed,
    PeakMemory,
    RunReport,
    StageLine,
    TableLine,
    WorkerLine,
)
from services.orchestrator.views.telemetry import Memory
from shared.errors import RequestError
from shared.jobs.compile import CompiledTable

_KIB: Final = 1024
_TABLE_FIGURES: Final = ("rows_merged", "rows_superseded", "rows_final", "rows_overwritten")


def build_report(at: Stores, run_id: str, memory: Memory) -> RunReport:
    """The report as the run stands."""
    run = at.runs.get(run_id)
    sums, splits = at.ledger.sums(run_id, committed=True), at.splits.sums(run_id)
    stages = [_stage_line(row, at.stages.figures(row)) for row in at.stages.all(run_id)]
    figures = {line.stage: line.figures for line in stages}
    seconds = {line.stage: line.seconds or 0.0 for line in stages}
    merging, verifying = figures.get(State.MERGING, {}), figures.get(State.VERIFYING, {})
    total = round(sum(seconds.values()), 3)
    return RunReport(
        run_id=run_id,
        job=run.job,
        state=run.state,
        exit_code=exit_code(run.state, sums.records_rejected),
        error=run.error,
        forced=run.forced,
        requested_by=run.requested_by,
        file_name=PurePath(run.file_path).name,
        file_path=run.file_path,
        file_bytes=run.file_bytes,
        file_digest=run.file_digest,
        job_digest=run.job_digest,
        copybook_digest=run.copybook_digest,
        files=_file_lines(at, run_id),
        tables=_table_lines(at, run_id, sums.batches, merging, verifying),
        framed=Framed(batches=splits.batches, records=splits.records, bytes=splits.bytes_read),
        processors=[_worker_line(one) for one in at.ledger.by_processor(run_id)],
        writers=[_worker_line(one) for one in at.ledger.by_writer(run_id)],
        attempts=run.attempt,
        percent=percent_reached(at, run_id),
        batches=sums.batches,
        records_read=sums.records_read,
        records_valid=sums.records_valid,
        records_rejected=sums.records_rejected,
        records_skipped=sums.records_skipped,
        rejects_by_code=at.rejects.counts(run_id),
        rows_merged=merging.get("rows_merged", 0),
        rows_superseded=merging.get("rows_superseded", 0),
        rows_final=verifying.get("rows_final", 0),
        rows_overwritten=verifying.get("rows_overwritten", 0),
        duplicates=sums.duplicates,
        control_totals=[ControlTotalLine(**line) for line in figures.get(State.RECONCILING, {}).get("totals", [])],
        stages=stages,
        seconds_by_stage=seconds,
        seconds_total=total,
        records_per_second=_rate(sums.records_read, total),
        records_per_second_loading=_rate(sums.records_read, seconds.get(State.LOADING, 0.0)),
        peak_rss_mb=_peaks(memory),
        created_at=run.created_at,
        finished_at=run.finished_at,
    )


def stored_report(at: Stores, run_id: str) -> RunReport:
    """The report written at the run's end; LRQ011 while there is none."""
    text = at.documents.get(run_id, "report")
    if text is None:
        run = at.runs.get(run_id)
        what = "its report could not be made" if run.terminal else "its report is written at its end"
        remedy = "The audit trail says why." if run.terminal else "Wait for its end."
        raise RequestError("LRQ011", f"run {run_id} is {run.state}; {what}", status=409, remedy=remedy)
    return RunReport.model_validate_json(text)


def _file_lines(at: Stores, run_id: str) -> list[FileLine]:
    ledger = at.ledger.by_file(run_id)
    return [_file_line(file, ledger.get(file.file_no)) for file in at.files.all(run_id)]


def _file_line(file: FileRow, figures: FileFigures | None) -> FileLine:
    return FileLine(
        file_no=file.file_no,
        path=file.file_path,
        bytes=file.file_bytes,
        digest=file.file_digest,
        compression=file.compression,
        batches=figures.batches if figures else 0,
        records_read=figures.records_read if figures else 0,
        records_rejected=figures.records_rejected if figures else 0,
        loaded_by=file.loaded_by,
    )


def _table_lines(
    at: Stores, run_id: str, batches: int, merging: dict[str, Any], verifying: dict[str, Any]
) -> list[TableLine]:
    return [
        _table_line(at, run_id, table, batches, _of_table(table, merging) | _of_table(table, verifying))
        for table in at.documents.compiled_job(run_id).tables
    ]


def _of_table(table: CompiledTable, figures: dict[str, Any]) -> dict[str, int]:
    """What a stage noted of one table."""
    found: dict[str, int] = figures.get("tables", {}).get(table.staging_table, {})
    return found


def _table_line(at: Stores, run_id: str, table: CompiledTable, batches: int, figures: dict[str, int]) -> TableLine:
    """The table with its staged rows; a run without batches may have failed before there was a table."""
    return TableLine(
        record_type=table.record_type,
        staging_table=table.staging_table,
        final_table=table.final_table,
        rows_staged=at.staged.count(run_id, table.staging) if batches else 0,
        **{name: figures.get(name, 0) for name in _TABLE_FIGURES},
    )


def _worker_line(sums: WorkerSums) -> WorkerLine:
    return WorkerLine(worker=sums.worker, batches=sums.batches, records=sums.records)


def _stage_line(row: StageRow, figures: dict[str, Any]) -> StageLine:
    return StageLine(
        stage=row.stage,
        state=row.state,
        seconds=row.seconds,
        attempts=row.attempts,
        figures=figures,
        error=row.error,
    )


def _peaks(memory: Memory) -> PeakMemory:
    by_process = {name: round(kib / _KIB, 1) for name, kib in sorted(memory.peaks.items())}
    upper = round(sum(by_process.values()), 1)
    return PeakMemory(by_process=by_process, total=round(memory.highest_sum / _KIB, 1), sum_of_peaks=upper)


def _rate(records: int, seconds: float) -> float:
    return round(records / seconds, 1) if seconds > 0 else 0.0
