"""Whole runs through real services: what the report, the exit codes and the tables say of good and of bad files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.job_folders import variant
from tests.support.operator import Operator, Report

pytestmark = [pytest.mark.broker, pytest.mark.database]

RECORDS = 20_000
BAD = 500
LENGTH = 260
STAGES = ["splitting", "loading", "reconciling", "merging", "verifying"]


class Loaded(NamedTuple):
    """A run that has ended, and the file it loaded."""

    report: Report
    path: Path


@pytest.fixture(scope="module")
def with_bad_records(operator: Operator) -> Loaded:
    sample = operator.generate("customers", "spoilt.dat", RECORDS, bad_ratio=BAD / RECORDS, seed=7)
    return Loaded(operator.run("customers", "spoilt.dat", requested_by="night shift"), sample.path)


@pytest.fixture(scope="module")
def clean(operator: Operator) -> Loaded:
    variant(operator.stack.jobs_root, "clean-customers")
    sample = operator.generate("clean-customers", "clean.dat", 3_000, seed=8)
    return Loaded(operator.run("clean-customers", "clean.dat"), sample.path)


def test_the_figures_of_a_run_with_bad_records_add_up(operator: Operator, with_bad_records: Loaded) -> None:
    report = with_bad_records.report
    assert (report["state"], report["exit_code"], report["error"]) == ("completed", 1, None)
    assert (report["records_read"], report["records_rejected"]) == (RECORDS, BAD)
    assert report["records_read"] == report["records_valid"] + report["records_rejected"]
    assert report["records_valid"] == report["rows_staged"] == report["rows_merged"] == report["rows_final"]
    assert sum(report["rejects_by_code"].values()) == report["records_rejected"]
    assert (report["rows_superseded"], report["duplicates"]) == (0, 0)
    assert report["batches"] == -(-RECORDS // (1_048_576 // LENGTH))
    assert len(operator.final_rows("customers")) == report["rows_final"]


def test_the_control_totals_are_the_senders(with_bad_records: Loaded) -> None:
    sent = json.loads(Path(f"{with_bad_records.path}.ctl").read_text())
    totals = {total["field"]: total for total in with_bad_records.report["control_totals"]}
    assert {field: total["file"] for field, total in totals.items()} == sent["totals"]
    assert {field: total["computed"] for field, total in totals.items()} == sent["totals"]
    assert {field: total["database"] for field, total in totals.items()} == sent["totals"]
    assert {total["status"] for total in totals.values()} == {"equal"}


def test_the_report_names_file_job_and_requester(with_bad_records: Loaded) -> None:
    report = with_bad_records.report
    assert (report["job"], report["requested_by"], report["forced"]) == ("customers", "night shift", False)
    assert (report["file_name"], report["file_bytes"]) == ("spoilt.dat", RECORDS * LENGTH)
    (table,) = report["tables"]
    assert (table["staging_table"], table["final_table"]) == ("LRECL.STG_CUSTOMERS", "LRECL.CUSTOMERS")
    assert all(len(report[f"{what}_digest"]) == 64 for what in ("file", "job", "copybook"))
    (file,) = report["files"]
    assert (file["path"], file["digest"], file["bytes"]) == ("spoilt.dat", report["file_digest"], RECORDS * LENGTH)
    assert (file["records_read"], file["records_rejected"], file["loaded_by"]) == (RECORDS, BAD, None)


def test_every_stage_is_timed_and_all_memory_stays_below_500_mb(with_bad_records: Loaded) -> None:
    report = with_bad_records.report
    assert [stage["stage"] for stage in report["stages"]] == STAGES
    assert {stage["state"] for stage in report["stages"]} == {"completed"}
    assert list(report["seconds_by_stage"]) == STAGES
    assert min(report["seconds_by_stage"].values()) > 0
    assert report["seconds_total"] == pytest.approx(sum(report["seconds_by_stage"].values()), abs=0.001)
    assert report["records_per_second_loading"] > report["records_per_second"] > 0
    for workers in (report["processors"], report["writers"]):
        assert sum(worker["batches"] for worker in workers) == report["batches"]
        assert sum(worker["records"] for worker in workers) == report["records_read"]
    memory = report["peak_rss_mb"]
    services = {name.partition("-")[0] for name in memory["by_process"]}
    assert services == {"orchestrator", "reader", "processor", "writer"}
    assert 100 < memory["total"] < 500, memory


def test_the_stored_rejects_are_exactly_the_records_that_were_spoilt(
    operator: Operator, with_bad_records: Loaded
) -> None:
    data = with_bad_records.path.read_bytes()
    truth = [json.loads(line) for line in Path(f"{with_bad_records.path}.bad.jsonl").read_text().splitlines()]
    expected = [
        (bad["record_no"], bad["offset"], bad["field"], bad["code"], _hex(data, bad["offset"])) for bad in truth
    ]
    found = [
        (row["record_no"], row["record_offset"], row["field"], row["code"], row["raw_hex"].lower())
        for row in operator.rejects(with_bad_records.report["run_id"])
    ]
    assert len(expected) == BAD
    assert found == expected


def test_rejects_are_listed_in_pages(operator: Operator, with_bad_records: Loaded) -> None:
    run_id = with_bad_records.report["run_id"]
    whole = operator.http.get(f"/runs/{run_id}/rejects").json()
    assert (len(whole["rejects"]), whole["next"]) == (BAD, whole["rejects"][-1]["record_offset"])
    first = operator.http.get(f"/runs/{run_id}/rejects", params={"limit": 100}).json()
    rest = operator.http.get(f"/runs/{run_id}/rejects", params={"after": first["next"]}).json()
    assert first["rejects"] + rest["rejects"] == whole["rejects"]
    assert whole["rejects"][0].keys() >= {"record_no", "file", "field", "field_offset", "code", "message", "raw_hex"}


def test_rejects_are_counted_by_code_and_field(operator: Operator, with_bad_records: Loaded) -> None:
    run_id = with_bad_records.report["run_id"]
    summary = operator.http.get(f"/runs/{run_id}/rejects/summary").json()
    assert sum(line["count"] for line in summary) == BAD
    assert [line["count"] for line in summary] == sorted((line["count"] for line in summary), reverse=True)
    chosen = summary[-1]
    query = {"code": chosen["code"], "field": chosen["field"]}
    page = operator.http.get(f"/runs/{run_id}/rejects", params=query).json()
    assert len(page["rejects"]) == chosen["count"]
    assert {(reject["code"], reject["field"]) for reject in page["rejects"]} == {(chosen["code"], chosen["field"])}


def test_a_clean_file_completes_without_rejects(operator: Operator, clean: Loaded) -> None:
    assert (clean.report["state"], clean.report["exit_code"]) == ("completed", 0)
    assert clean.report["rejects_by_code"] == {}
    assert operator.rejects(clean.report["run_id"]) == []
    assert len(operator.final_rows("clean-customers")) == 3_000


def test_the_transactions_job_loads_its_sample(operator: Operator) -> None:
    operator.generate("transactions", "transactions.dat", 2_000, bad_ratio=0.01, seed=3)
    report = operator.run("transactions", "transactions.dat")
    assert (report["state"], report["exit_code"]) == ("completed", 1)
    assert (report["records_read"], report["records_rejected"], report["rows_final"]) == (2_000, 20, 1_980)
    assert [total["status"] for total in report["control_totals"]] == ["equal"]
    rows = operator.final_rows("transactions")
    assert {row["tran_currency"] for row in rows} == {"EUR", "USD", "GBP", "CHF"}
    assert any(row["tran_merchant"].startswith("Café") for row in rows)


def test_the_same_content_is_refused_with_the_name_of_the_earlier_run(operator: Operator, clean: Loaded) -> None:
    earlier = clean.report["run_id"]
    status, error = operator.refused("clean-customers", "clean.dat")
    assert (status, error["code"], error["context"]["run_id"]) == (409, "LRQ020", earlier)
    assert earlier in error["message"]
    shell = operator.cli("run", "clean-customers", "clean.dat", "--wait")
    assert shell.returncode == 2
    assert "LRQ020" in shell.stderr
    assert earlier in shell.stderr


def test_a_run_in_progress_is_named_too(operator: Operator) -> None:
    variant(operator.stack.jobs_root, "twice")
    operator.generate("twice", "twice.dat", 20_000, seed=9)
    run_id = operator.start("twice", "twice.dat")
    status, error = operator.refused("twice", "twice.dat", force=True)
    assert (status, error["code"], error["context"]["run_id"]) == (409, "LRQ020", run_id)
    assert operator.wait(run_id)["state"] == "completed"


def test_force_loads_the_same_content_again_and_changes_no_business_column(operator: Operator, clean: Loaded) -> None:
    before = operator.final_hash("clean-customers")
    report = operator.run("clean-customers", "clean.dat", force=True)
    assert (report["state"], report["exit_code"], report["forced"]) == ("completed", 0, True)
    assert report["rows_final"] == 3_000
    assert operator.final_hash("clean-customers") == before


def test_of_records_with_one_key_the_last_in_the_file_wins(operator: Operator) -> None:
    """Both samples number their customers alike: the second file's 100 replace the first 100 of the first file's."""
    doubled, plain = (
        variant(operator.stack.jobs_root, name, control={"side_file": None}) for name in ("doubled", "not-doubled")
    )
    first = operator.generate(doubled, "first.dat", 400, seed=11).path.read_bytes()
    second = operator.generate(doubled, "second.dat", 100, seed=12).path.read_bytes()
    operator.put("doubled.dat", first + second)
    operator.put("not-doubled.dat", second + first[len(second) :])

    report = operator.run(doubled, "doubled.dat")

    assert (report["state"], report["exit_code"]) == ("completed", 0)
    assert (report["records_read"], report["rows_staged"]) == (500, 500)
    assert (report["rows_superseded"], report["rows_merged"], report["rows_final"]) == (100, 400, 400)
    assert operator.run(plain, "not-doubled.dat")["rows_superseded"] == 0
    assert operator.final_hash(doubled) == operator.final_hash(plain)


def test_a_later_file_updates_and_inserts(operator: Operator) -> None:
    name = variant(operator.stack.jobs_root, "upsert")
    operator.generate(name, "monday.dat", 500, seed=13)
    operator.generate(name, "tuesday.dat", 800, seed=14)
    operator.run(name, "monday.dat")
    report = operator.run(name, "tuesday.dat")
    only_tuesday = variant(operator.stack.jobs_root, "only-tuesday")
    operator.run(only_tuesday, "tuesday.dat")
    assert report["rows_final"] == 800
    assert operator.final_hash(name) == operator.final_hash(only_tuesday)


def test_rejected_records_whose_value_is_readable_count_for_the_senders_total(operator: Operator) -> None:
    """The sender counts every record, lrecl loads the good ones: the difference must be explained to the cent."""
    name = variant(operator.stack.jobs_root, "explained")
    sample = operator.generate(name, "explained.dat", 100, seed=15)
    data = bytearray(sample.path.read_bytes())
    data[54] = 0xE9  # CUST-STATUS of the first record: Z, which no rule allows
    sample.path.write_bytes(data)
    report = operator.run(name, "explained.dat")
    assert (report["state"], report["exit_code"], report["records_rejected"]) == ("completed", 1, 1)
    for total in report["control_totals"]:
        assert total["status"] == "equal"
        assert total["rejected"] not in ("0", "0.00")
        assert total["computed"] == total["database"] != total["file"]


def _hex(data: bytes, offset: int) -> Any:
    return data[offset : offset + LENGTH].hex()
