"""Runs that must not reach the final table, and requests that must not become runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.database.ddl import final_ddl
from tests.support.job_folders import variant
from tests.support.operator import Operator, Report

pytestmark = [pytest.mark.broker, pytest.mark.database]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("wrong-count", lambda figures: figures | {"records": figures["records"] + 1}),
        ("wrong-total", lambda figures: figures | {"totals": figures["totals"] | {"CUST-BALANCE": "1.00"}}),
    ],
)
def test_figures_that_differ_from_the_senders_stop_the_run_before_the_merge(
    operator: Operator, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    variant(operator.stack.jobs_root, name)
    sample = operator.generate(name, f"{name}.dat", 1_000)
    control = sample.path.with_name(f"{name}.dat.ctl")
    control.write_text(json.dumps(change(json.loads(control.read_text()))))

    report = operator.run(name, f"{name}.dat")

    _assert_nothing_was_merged(operator, name, report, "LRR010")
    assert {"wrong-count": "1001 ≠ 1000", "wrong-total": "file 1.00"}[name] in report["error"]


def test_the_figures_of_the_request_are_held_to_like_those_of_a_control_file(operator: Operator) -> None:
    variant(operator.stack.jobs_root, "requested")
    operator.generate("requested", "requested.dat", 100)
    report = operator.run("requested", "requested.dat", control={"records": 99, "totals": {}})
    _assert_nothing_was_merged(operator, "requested", report, "LRR010")


def test_too_many_rejects_stop_the_run_before_the_merge(operator: Operator) -> None:
    variant(operator.stack.jobs_root, "too-bad")
    operator.generate("too-bad", "too-bad.dat", 1_000, bad_ratio=0.06)
    report = operator.run("too-bad", "too-bad.dat")
    _assert_nothing_was_merged(operator, "too-bad", report, "LRR011")
    assert "60 of 1000" in report["error"]
    assert len(operator.rejects(report["run_id"])) == 60


def test_a_failed_run_may_be_followed_by_another_of_the_same_file(operator: Operator) -> None:
    variant(operator.stack.jobs_root, "again")
    sample = operator.generate("again", "again.dat", 500)
    failed = operator.run("again", "again.dat", control={"records": 1, "totals": {}})
    assert failed["state"] == "failed"
    report = operator.run("again", sample.path.name)
    assert (report["state"], report["rows_final"]) == ("completed", 500)


def test_a_file_changed_after_its_registration_stops_the_run(operator: Operator) -> None:
    """The reader is away while the file changes under the registered run."""
    variant(operator.stack.jobs_root, "changed")
    sample = operator.generate("changed", "changed.dat", 500)
    operator.stack.stop("reader")
    try:
        run_id = operator.start("changed", "changed.dat")
        operator.wait(run_id, lambda progress: progress["state"] == "loading")
        sample.path.write_bytes(sample.path.read_bytes()[::-1])
    finally:
        operator.stack.start_process("reader")
    operator.wait(run_id)
    _assert_nothing_was_merged(operator, "changed", operator.report(run_id), "LRF003")


def test_a_size_that_is_no_whole_number_of_records_is_refused(operator: Operator) -> None:
    sample = operator.generate("customers", "cut.dat", 10)
    sample.path.write_bytes(sample.path.read_bytes()[:-7])
    status, error = operator.refused("customers", "cut.dat")
    assert (status, error["code"]) == (422, "LRF001")
    assert error["context"].items() >= {"size": 2593, "record_length": 260, "remainder": 253}.items()
    assert error["remedy"]


def test_a_final_table_that_does_not_fit_is_refused_with_all_faults(operator: Operator) -> None:
    """Before a run exists or a table is made; what the remedies say makes it fit."""
    variant(operator.stack.jobs_root, "misfit")
    operator.generate("misfit", "misfit.dat", 100)
    (table,) = operator.compiled("misfit").tables
    ddl = final_ddl(table.final, table.targets, table.key, "derby").replace(
        "CUST_CITY VARCHAR(25)", "CUST_CITY VARCHAR(24)"
    )
    before = operator.query("SELECT COUNT(*) AS RUNS FROM {schema}.RUN")
    with operator.stores() as at:
        at.session.execute(ddl.replace("PRIMARY KEY (CUSTOMER_ID)", "PRIMARY KEY (CUST_LAST_NAME)"))
    status, error = operator.refused("misfit", "misfit.dat")
    assert (status, error["code"]) == (422, "LRR002")
    assert error["message"] == (
        f"tables do not fit the job: {table.final}.CUST_CITY is VARCHAR(24), but must be VARCHAR(25); the job's key "
        f"(CUSTOMER_ID) is not a unique key of {table.final}: its unique keys are (CUST_LAST_NAME)"
    )
    assert [(fault["column"], fault["wanted"]) for fault in error["context"]["faults"]] == [
        ("CUST_CITY", "VARCHAR(25)"), ("", "(CUSTOMER_ID)"),
    ]  # fmt: skip
    assert operator.query("SELECT COUNT(*) AS RUNS FROM {schema}.RUN") == before

    with operator.stores() as at:
        at.session.execute(f"ALTER TABLE {table.final} DROP PRIMARY KEY")
        at.session.execute(f"ALTER TABLE {table.final} ALTER COLUMN CUST_CITY SET DATA TYPE VARCHAR(25)")
        at.session.execute(f"CREATE UNIQUE INDEX {table.final}_KEY ON {table.final} (CUSTOMER_ID)")
    report = operator.run("misfit", "misfit.dat")
    assert (report["state"], report["rows_final"]) == ("completed", 100)


def test_a_transfer_that_added_line_ends_is_recognised(operator: Operator) -> None:
    sample = operator.generate("customers", "lines.dat", 10)
    records = sample.path.read_bytes()
    lines = b"".join(records[start : start + 260] + b"\n" for start in range(0, len(records), 260))
    sample.path.write_bytes(lines)
    status, error = operator.refused("customers", "lines.dat")
    assert (status, error["code"]) == (422, "LRF001")
    assert "line feed" in error["remedy"]


def test_an_unknown_job_and_an_unknown_file_are_not_found(operator: Operator) -> None:
    status, error = operator.refused("no-such-job", "any.dat")
    assert (status, error["code"]) == (404, "LRJ006")
    assert "customers" in error["remedy"]
    status, error = operator.refused("customers", "no-such-file.dat")
    assert (status, error["code"]) == (404, "LRF011")


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        ("../secrets/api-token", 422, "LRF010"),
        ("../../jobs/customers/job.yaml", 422, "LRF010"),
        ("/etc/passwd", 422, "LRF010"),
        ("link-to-the-token", 422, "LRF010"),
        ("link-to-itself", 404, "LRF011"),
        ("nul\0.dat", 422, "LRQ027"),
        (".", 404, "LRF011"),
    ],
)
def test_no_path_leads_out_of_the_data_root(operator: Operator, file: str, status: int, code: str) -> None:
    for name, target in (("link-to-the-token", operator.stack.token_file), ("link-to-itself", "link-to-itself")):
        (operator.data / name).unlink(missing_ok=True)
        (operator.data / name).symlink_to(target)
    answered, error = operator.refused("customers", file)
    assert (answered, error["code"]) == (status, code), error


@pytest.mark.parametrize(
    ("job", "code"),
    [
        *((job, "LRJ010") for job in ("../jobs/customers", "./customers", "customers/", "/etc", "..")),
        ("customers\0", "LRQ027"),
    ],
)
def test_a_job_is_known_by_its_name_and_by_no_path(operator: Operator, job: str, code: str) -> None:
    """Else the same content could be loaded twice, under two names of one job."""
    operator.generate("customers", "by-name.dat", 10)
    status, error = operator.refused(job, "by-name.dat")
    assert (status, error["code"]) == (422, code)


def test_a_missing_or_broken_control_file_is_refused(operator: Operator) -> None:
    sample = operator.generate("customers", "lonely.dat", 10)
    control = sample.path.with_name("lonely.dat.ctl")
    control.write_text("10 records")
    assert operator.refused("customers", "lonely.dat")[1]["code"] == "LRQ022"
    control.unlink()
    assert operator.refused("customers", "lonely.dat")[1]["code"] == "LRQ021"


def test_a_refused_request_leaves_no_run_behind(operator: Operator) -> None:
    before = operator.query("SELECT COUNT(*) AS RUNS FROM {schema}.RUN")
    operator.refused("customers", "no-such-file.dat")
    operator.refused("no-such-job", "no-such-file.dat")
    assert operator.query("SELECT COUNT(*) AS RUNS FROM {schema}.RUN") == before


def _assert_nothing_was_merged(operator: Operator, job: str, report: Report, code: str) -> None:
    assert (report["state"], report["exit_code"], report["rows_merged"]) == ("failed", 2, 0)
    assert report["error"].startswith(code)
    assert operator.final_rows(job) == []
    failed = [stage["stage"] for stage in report["stages"] if stage["state"] == "failed"]
    assert failed == ["loading" if code == "LRF003" else "reconciling"]
