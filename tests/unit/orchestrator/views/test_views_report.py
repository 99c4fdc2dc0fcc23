"""The report made from the tables: what a run did, file by file and worker by worker, completed or not."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.store.ledger import FileFigures, WorkerSums
from services.orchestrator.store.stages import StageRow
from services.orchestrator.store.states import STAGES, StageState, State
from services.orchestrator.views.report import build_report, stored_report
from services.orchestrator.views.report_model import Framed, RunReport, WorkerLine
from services.orchestrator.views.telemetry import Memory
from shared.errors import RequestError
from tests.support.definitions import JOBS, compiled
from tests.support.run_rows import START, file_row, file_sums, ledger_sums, run_row, split_sums, stage_row

JOB = compiled(JOBS, "transactions")[1]
STAGING, FINAL = JOB.tables[0].staging_table, JOB.tables[0].final_table
SUMS = ledger_sums(
    batches=3, bytes=3_600, records_read=30, records_valid=28, records_rejected=2, duplicates=1, decode_micros=5
)
MERGED = {"rows_merged": 27, "rows_superseded": 1, "distinct_keys": 27}
VERIFIED = {"rows_final": 25, "rows_overwritten": 2, "distinct_keys": 27}
TOTAL = {
    "field": "TRAN-AMOUNT", "column": "TRAN_AMOUNT", "file": None, "computed": "1.00", "rejected": "0.00",
    "unreadable": 0, "database": "1.00", "status": "no-file-total",
}  # fmt: skip
FIGURES: dict[State, dict[str, Any]] = {
    State.SPLITTING: {"files": 2},
    State.LOADING: {"batches": 3},
    State.RECONCILING: {"totals": [TOTAL]},
    State.MERGING: MERGED | {"tables": {STAGING: MERGED}},
    State.VERIFYING: VERIFIED | {"tables": {STAGING: VERIFIED}},
}
FILES = [
    file_row(file_no=0, file_path="in/a.dat", file_bytes=2_400, file_digest="a" * 64, data_start=0, data_end=2_400),
    file_row(file_no=1, file_path="in/b.gz", file_bytes=99, file_digest="b" * 64, compression="gzip"),
    file_row(file_no=2, file_path="in/c.dat", file_bytes=50, file_digest="c" * 64, loaded_by="before"),
]
LEDGER = {
    0: FileFigures(file_no=0, batches=2, records_read=20, records_rejected=2),
    1: FileFigures(file_no=1, batches=1, records_read=10, records_rejected=0),
}


def stage(name: State, state: StageState = StageState.COMPLETED, **more: Any) -> StageRow:
    """A stage of two seconds."""
    return stage_row(stage=name, state=state, finished_at=START + timedelta(seconds=2), **more)


class Tables:
    """A run that completed, with what a test changes."""

    def __init__(self, *stages: StageRow, **run: Any) -> None:
        self.stages_rows = list(stages) or [stage(name) for name in STAGES]
        self.sums = SUMS
        self.framed = split_sums(splits=2, bytes_read=3_600, batches=3, records=30)
        self.by_file = LEDGER
        self.report: str | None = None
        row = run_row(
            **({"state": "completed", "file_path": "in/*", "file_bytes": 2_549, "file_digest": "d" * 64} | run)
        )
        self.runs = SimpleNamespace(get=lambda _: row)
        self.stages = SimpleNamespace(
            all=lambda _: self.stages_rows,
            figures=lambda row: FIGURES[row.stage] if row.state is StageState.COMPLETED else {},
        )
        self.ledger = SimpleNamespace(
            sums=lambda *_, **__: self.sums,
            by_processor=lambda _: [
                WorkerSums(worker="processor-1", batches=2, records=20),
                WorkerSums(worker="processor-2", batches=1, records=10),
            ],
            by_writer=lambda _: [WorkerSums(worker="writer-1", batches=3, records=30)],
            by_file=lambda _: self.by_file,
        )
        self.splits = SimpleNamespace(sums=lambda _: self.framed)
        self.files = SimpleNamespace(
            all=lambda _: FILES,
            sums=lambda _: file_sums(files=3, file_bytes=2_549, hashed_bytes=2_549, data_bytes=3_600),
        )
        self.rejects = SimpleNamespace(counts=lambda _: {"LRD001": 2})
        self.chunks = SimpleNamespace(done=lambda _: {0: 14})
        self.staged = SimpleNamespace(count=lambda *_: 28)
        self.documents = SimpleNamespace(get=lambda *_: self.report, compiled_job=lambda _: JOB)


def build(at: Any, memory: Memory | None = None) -> RunReport:
    return build_report(at, "run", memory or Memory())


def test_a_completed_run() -> None:
    report = build(Tables(attempt=1))
    assert (report.state, report.exit_code, report.percent, report.attempts) == ("completed", 1, 100.0, 1)
    assert (report.file_name, report.file_path, report.file_bytes, report.file_digest) == ("*", "in/*", 2_549, "d" * 64)
    assert (report.batches, report.records_read, report.records_valid, report.records_rejected) == (3, 30, 28, 2)
    assert (report.duplicates, report.rejects_by_code) == (1, {"LRD001": 2})
    assert (report.rows_staged, report.rows_merged, report.rows_superseded) == (28, 27, 1)
    assert (report.rows_final, report.rows_overwritten) == (25, 2)
    assert [total.field for total in report.control_totals] == ["TRAN-AMOUNT"]
    (table,) = report.tables
    assert (table.staging_table, table.final_table, table.rows_final, table.rows_overwritten) == (STAGING, FINAL, 25, 2)


def test_files_one_by_one_with_those_left_out() -> None:
    lines = [
        (one.file_no, one.path, one.bytes, one.digest[:1], one.compression, one.batches, one.records_read,
         one.records_rejected, one.loaded_by)
        for one in build(Tables()).files
    ]  # fmt: skip
    assert lines == [
        (0, "in/a.dat", 2_400, "a", None, 2, 20, 2, None),
        (1, "in/b.gz", 99, "b", "gzip", 1, 10, 0, None),
        (2, "in/c.dat", 50, "c", None, 0, 0, 0, "before"),
    ]


def test_figures_by_worker_add_up() -> None:
    report = build(Tables())
    assert report.processors == [
        WorkerLine(worker="processor-1", batches=2, records=20),
        WorkerLine(worker="processor-2", batches=1, records=10),
    ]
    assert report.writers == [WorkerLine(worker="writer-1", batches=3, records=30)]
    for workers in (report.processors, report.writers):
        assert sum(one.batches for one in workers) == report.batches
        assert sum(one.records for one in workers) == report.records_read


def test_times_and_rates_sum_over_attempts() -> None:
    loading = stage(State.LOADING, attempts=3, millis_before=8_000)
    report = build(Tables(stage(State.SPLITTING), loading, attempt=3))
    assert report.attempts == 3
    assert [(one.stage, one.seconds, one.attempts) for one in report.stages] == [
        ("splitting", 2.0, 1), ("loading", 10.0, 3)
    ]  # fmt: skip
    assert report.seconds_by_stage == {"splitting": 2.0, "loading": 10.0}
    assert (report.seconds_total, report.records_per_second, report.records_per_second_loading) == (12.0, 2.5, 3.0)


def test_a_failed_run_says_how_far_it_came_and_what_was_read() -> None:
    at = Tables(
        stage(State.SPLITTING), stage(State.LOADING, StageState.FAILED, error="LRR020: too many"), state="failed",
        error="LRR020: too many", finished_at=START,
    )  # fmt: skip
    at.sums = ledger_sums(batches=2, bytes=1_800, records_read=15, records_valid=15)
    at.framed = split_sums(splits=2, unread=1, bytes_read=3_000, batches=4, records=25)
    report = build(at)
    assert (report.state, report.exit_code, report.error) == ("failed", 2, "LRR020: too many")
    assert report.percent == 40.0
    assert report.framed == Framed(batches=4, records=25, bytes=3_000)
    assert (report.records_read, report.rows_merged, report.rows_final, report.control_totals) == (15, 0, 0, [])


def test_a_run_refused_before_anything_was_staged_asks_no_table() -> None:
    at = Tables(stage(State.SPLITTING, StageState.FAILED), state="refused", file_digest="")
    at.sums, at.framed, at.by_file = ledger_sums(), split_sums(), {}
    at.staged = SimpleNamespace()
    at.chunks = SimpleNamespace(done=lambda _: {})
    report = build(at)
    assert (report.state, report.exit_code, report.file_digest) == ("refused", 2, "")
    assert (report.rows_staged, report.records_per_second) == (0, 0.0)
    assert (report.percent, [one.records_read for one in report.files]) == (5.0, [0, 0, 0])


def test_peak_memory_in_mebibytes() -> None:
    peaks = build(Tables(), Memory({"w/main": 2_048, "p/main": 1_536}, 3_072)).peak_rss_mb
    assert list(peaks.by_process.items()) == [("p/main", 1.5), ("w/main", 2.0)]
    assert (peaks.total, peaks.sum_of_peaks) == (3.0, 3.5)


def test_the_report_is_kept_at_the_end() -> None:
    at: Any = Tables(state="loading")
    with pytest.raises(RequestError, match="run run is loading; its report is written at its end") as caught:
        stored_report(at, "run")
    assert (caught.value.code, caught.value.status) == ("LRQ011", 409)
    report = build(at)
    at.report = report.model_dump_json()
    assert stored_report(at, "run") == report
