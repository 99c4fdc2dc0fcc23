"""The report's readable form: every figure on its line, nothing that is not there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
from services.orchestrator.views.report_text import render

TOTAL = ControlTotalLine(
    field="TRAN-AMOUNT", column="TRAN_AMOUNT", file="1235.56", computed="1234.56", rejected="1.00", unreadable=0,
    database="1234.56", status="equal",
)  # fmt: skip
TABLE = TableLine(record_type="TRAN", staging_table="L.STG", final_table="L.TRANSACTIONS", rows_staged=10_280)
STAGES = [
    StageLine(stage="loading", state="completed", seconds=3.456, attempts=1, figures={}, error=None),
    StageLine(stage="merging", state="failed", seconds=12.5, attempts=3, figures={}, error="LRR010"),
]
FILE = FileLine(
    file_no=0, path="a/in.dat", bytes=1_234_560, digest="d" * 64, compression=None, batches=3, records_read=10_288,
    records_rejected=8, loaded_by=None,
)  # fmt: skip
FIELDS: dict[str, Any] = {
    "run_id": "20261121T214501Z-3f9a1c", "job": "transactions", "state": "completed", "exit_code": 1, "error": None,
    "forced": False, "requested_by": "ops", "file_name": "in.dat", "file_path": "a/in.dat", "file_bytes": 1_234_560,
    "file_digest": "d" * 64, "job_digest": "j" * 64, "copybook_digest": "c" * 64, "tables": [TABLE],
    "files": [FILE], "framed": Framed(batches=3, records=10_288, bytes=1_234_560), "attempts": 1, "percent": 100.0,
    "processors": [WorkerLine(worker="processor-1", batches=2, records=10_000)],
    "writers": [WorkerLine(worker="writer-2", batches=3, records=10_288)],
    "batches": 3, "records_read": 10_288, "records_valid": 10_280,
    "records_rejected": 8, "records_skipped": 0, "rejects_by_code": {"LRD001": 5, "LRV003": 3}, "rows_merged": 10_279,
    "rows_superseded": 1, "rows_final": 10_279, "rows_overwritten": 0, "duplicates": 2,
    "control_totals": [TOTAL], "stages": STAGES,
    "seconds_by_stage": {"loading": 3.456}, "seconds_total": 5.5, "records_per_second": 1_870.5,
    "records_per_second_loading": 2_976.8,
    "peak_rss_mb": PeakMemory(by_process={"writer-1/main": 61.5}, total=200.1, sum_of_peaks=250.0),
    "created_at": datetime(2026, 11, 21, 21, 45, 1), "finished_at": datetime(2026, 11, 21, 21, 45, 7),
}  # fmt: skip


def lines(**changes: Any) -> list[str]:
    """The page with runs of blanks made one."""
    return [" ".join(line.split()) for line in render(RunReport(**(FIELDS | changes))).splitlines()]


def test_the_head_says_which_run_and_how_it_ended() -> None:
    page = lines()
    assert "RUN REPORT 20261121T214501Z-3f9a1c COMPLETED" in page
    assert "Job transactions → L.TRANSACTIONS" in page
    assert "File in.dat (1,234,560 bytes)" in page
    assert f"SHA-256 {'d' * 64}" in page
    assert "Requested 2026-11-21 21:45:01 UTC by ops" in page
    assert not any(line.startswith("Error") for line in page)


def test_every_count_has_its_line() -> None:
    page = lines()
    for line in (
        "read 10,288", "valid 10,280", "rejected 8", "LRD001 5", "LRV003 3", "rows staged 10,280",
        "rows merged 10,279", "rows superseded 1", "duplicate batches 2",
    ):  # fmt: skip
        assert line in page


def test_records_read_over_and_rows_of_each_table_have_lines_where_there_are_any() -> None:
    assert not any(line.startswith(("skipped", "L.STG")) for line in lines())
    second = TABLE.model_copy(
        update={"staging_table": "L.STG_B", "final_table": "L.B", "rows_staged": 3, "rows_merged": 2}
    )
    page = lines(tables=[TABLE, second], records_skipped=5)
    for line in ("skipped 5", "rows staged 10,283", "L.STG 10,280", "L.STG_B 3", "L.B 2"):
        assert line in page
    assert "Job transactions → L.TRANSACTIONS, L.B" in page


def test_control_totals_stages_and_memory() -> None:
    page = lines()
    assert "TRAN-AMOUNT 1235.56 1234.56 1234.56 equal" in page
    assert "loading completed 3.46 s" in page
    assert "merging failed 12.50 s 3 attempts" in page
    assert "in all 5.50 s 1,870 records/s" in page
    assert "writer-1/main 61.5" in page
    assert "in all, at one moment 200.1" in page


def test_a_failed_run_says_why() -> None:
    page = lines(state="failed", error="LRR010: the figures do not reconcile")
    assert "RUN REPORT 20261121T214501Z-3f9a1c FAILED" in page
    assert "Error LRR010: the figures do not reconcile" in page


def test_a_job_without_totals_has_no_such_part() -> None:
    assert "CONTROL TOTALS" in lines()
    assert "CONTROL TOTALS" not in lines(control_totals=[])


def test_a_total_without_a_senders_figure() -> None:
    total = TOTAL.model_copy(update={"file": None, "status": "no-file-total"})
    assert "TRAN-AMOUNT - 1234.56 1234.56 no-file-total" in lines(control_totals=[total])


def test_the_report_survives_its_document() -> None:
    report = RunReport(**FIELDS)
    assert RunReport.model_validate_json(report.model_dump_json()) == report


def test_a_run_that_stopped_on_its_way_says_how_far_it_came_and_how_often_it_tried() -> None:
    assert not any(line.startswith(("Attempts", "Reached")) for line in lines())
    page = lines(state="failed", percent=83.25, attempts=4)
    assert "Attempts 4" in page
    assert "Reached 83.2 %" in page


def test_what_the_readers_framed_is_told_where_the_ledger_lacks_some() -> None:
    assert not any(line.startswith("framed") for line in lines())
    assert "framed by the readers 12,000" in lines(framed=Framed(batches=4, records=12_000, bytes=1_440_000))


def test_rows_that_later_runs_have_overwritten() -> None:
    assert not any(line.startswith("overwritten") for line in lines())
    assert "overwritten since 17" in lines(rows_overwritten=17)


def test_each_of_several_files_has_its_lines() -> None:
    assert "FILES" not in lines(), "of one file the head says it all"
    second = FILE.model_copy(
        update={"file_no": 1, "path": "b/in.dat", "bytes": 60, "records_read": 0, "records_rejected": 0, "digest": ""}
    )
    third = second.model_copy(update={"file_no": 2, "path": "c.dat", "digest": "e" * 64, "loaded_by": "run-0"})
    page = lines(files=[FILE, second, third])
    start = page.index("FILES")
    assert page[start + 2 : start + 12] == [
        "a/in.dat", "1,234,560 bytes 10,288 records 8 rejected", "d" * 64,
        "b/in.dat", "60 bytes 0 records 0 rejected", "not hashed",
        "c.dat", "60 bytes 0 records 0 rejected", "e" * 64, "left out: its content is loaded by run run-0",
    ]  # fmt: skip


def test_a_run_that_was_refused_before_its_files_were_hashed() -> None:
    assert "SHA-256 not hashed" in lines(state="refused", file_digest="")


def test_processors_and_writers_have_their_lines() -> None:
    page = lines()
    assert page[page.index("PROCESSORS") + 2] == "processor-1 2 batches 10,000 records"
    assert page[page.index("WRITERS") + 2] == "writer-2 3 batches 10,288 records"
    assert not {"PROCESSORS", "WRITERS"} & set(lines(processors=[], writers=[])), "a run without a batch has none"
