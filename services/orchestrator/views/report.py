"""The report drawn from the tables: stages' figures, ledger and rejects, nothing remembered."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from services.orchestrator.store.states import State, exit_code
from services.orchestrator.store.stores import Stores
from services.orchestrator.views.report_model import ControlTotalLine, PeakMemory, RunReport, StageLine, TableLine
from services.orchestrator.views.telemetry import Memory
from shared.database.session import Row
from shared.errors import RequestError
from shared.jobs.compile import CompiledJob, CompiledTable

_KIB = 1024


def build_report(at: Stores, run_id: str, memory: Memory) -> RunReport:
    """The report as the run stands."""
    run = at.runs.get(run_id)
    sums = at.ledger.sums(run_id, committed=True)
    compiled = CompiledJob.model_validate_json(at.runs.document(run_id, "job") or "")
    stages = [_stage_line(row, at.runs.figures(row)) for row in at.runs.stages(run_id)]
    figures = {line.stage: line.figures for line in stages}
    seconds = {line.stage: line.seconds for line in stages if line.seconds is not None}
    merging, verifying = figures.get(State.MERGING, {}), figures.get(State.VERIFYING, {})
    finished = run["finished_at"]
    total = (finished - run["created_at"]).total_seconds() if finished else sum(seconds.values())
    return RunReport(
        run_id=run_id,
        job=run["job"],
        state=run["state"],
        exit_code=exit_code(run["state"], sums.records_rejected),
        error=run["error"],
        forced=bool(run["forced"]),
        requested_by=run["requested_by"],
        file_name=PurePath(run["file_path"]).name,
        file_path=run["file_path"],
        file_bytes=run["file_bytes"],
        file_digest=run["file_digest"],
        job_digest=run["job_digest"],
        copybook_digest=run["copybook_digest"],
        tables=[
            _table_line(at, run_id, table, sums.batches, _of_table(table, merging) | _of_table(table, verifying))
            for table in compiled.tables
        ],
        batches=sums.batches,
        records_read=sums.records_read,
        records_valid=sums.records_valid,
        records_rejected=sums.records_rejected,
        records_skipped=sums.records_skipped,
        rejects_by_code=at.ledger.reject_counts(run_id),
        rows_merged=merging.get("rows_merged", 0),
        rows_superseded=merging.get("rows_superseded", 0),
        rows_final=verifying.get("rows_final", 0),
        duplicates=sums.duplicates,
        control_totals=[ControlTotalLine(**line) for line in figures.get(State.RECONCILING, {}).get("totals", [])],
        stages=stages,
        seconds_by_stage=seconds,
        seconds_total=round(total, 3),
        records_per_second=_rate(sums.records_read, total),
        records_per_second_loading=_rate(sums.records_read, seconds.get(State.LOADING, 0.0)),
        peak_rss_mb=_peaks(memory),
        created_at=run["created_at"],
        finished_at=finished,
    )


def stored_report(at: Stores, run_id: str) -> RunReport:
    """The report written at the run's end; LRQ011 while there is none."""
    text = at.runs.document(run_id, "report")
    if text is None:
        state = at.runs.get(run_id)["state"]
        raise RequestError("LRQ011", f"run {run_id} is {state}; its report is written at its end", status=409)
    return RunReport.model_validate_json(text)


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
        rows_staged=at.ledger.rows_staged(run_id, table.staging) if batches else 0,
        rows_merged=figures.get("rows_merged", 0),
        rows_superseded=figures.get("rows_superseded", 0),
        rows_final=figures.get("rows_final", 0),
    )


def _stage_line(row: Row, figures: dict[str, Any]) -> StageLine:
    finished = row["finished_at"]
    seconds = round((finished - row["started_at"]).total_seconds(), 3) if finished else None
    return StageLine(stage=row["stage"], state=row["state"], seconds=seconds, figures=figures, error=row["error"])


def _peaks(memory: Memory) -> PeakMemory:
    by_process = {name: round(kib / _KIB, 1) for name, kib in sorted(memory.peaks.items())}
    upper = round(sum(by_process.values()), 1)
    return PeakMemory(by_process=by_process, total=round(memory.highest_sum / _KIB, 1), sum_of_peaks=upper)


def _rate(records: int, seconds: float) -> float:
    return round(records / seconds, 1) if seconds > 0 else 0.0
