"""``lrecl`` as an operator types it, each command in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from deploy.local.services import PROJECT
from tests.support.job_folders import variant
from tests.support.operator import Operator

pytestmark = [pytest.mark.broker, pytest.mark.database]

COMMANDS = (
    *("run", "runs", "show", "report", "rejects", "cancel", "resume", "retry", "purge", "dlq"),
    *("inspect", "layout", "ddl", "decode", "encode", "generate"),
)
LAYOUT = PROJECT / "jobs" / "customers" / "customer.cpy"


@pytest.fixture(scope="module")
def spoilt(operator: Operator) -> Path:
    """A generated file of 400 records, 8 of them bad."""
    file = operator.data / "shell.dat"
    variant(operator.stack.jobs_root, "shell")
    made = operator.cli(
        "generate", "shell", str(file), "--records", "400", "--bad-ratio", "0.02", "--seed", "5", "--json"
    )
    assert made.returncode == 0, made.stderr
    figures = json.loads(made.stdout)
    assert (figures["records"], figures["bytes"], figures["bad"]) == (400, 400 * 260, 8)
    assert sum(figures["kinds"].values()) == 8
    return file


@pytest.fixture(scope="module")
def run_id(operator: Operator, spoilt: Path) -> str:
    ran = operator.cli("run", "shell", spoilt.name, "--wait", "--json")
    assert ran.returncode == 1, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["state"], report["exit_code"], report["records_rejected"]) == ("completed", 1, 8)
    return str(report["run_id"])


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_every_command_explains_itself(operator: Operator, command: tuple[str, ...]) -> None:
    shown = operator.cli(*command, "--help", token=False)
    assert shown.returncode == 0
    assert "Usage:" in shown.stdout
    assert all(name in shown.stdout for name in (COMMANDS if not command else ("--help",)))


def test_run_waits_and_prints_the_report(operator: Operator, run_id: str) -> None:
    """The same content again, forced: its text form."""
    ran = operator.cli("run", "shell", "shell.dat", "--wait", "--force")
    assert ran.returncode == 1, ran.stderr
    assert "RUN REPORT" in ran.stdout
    assert "COMPLETED" in ran.stdout
    assert ran.stderr.splitlines()[0].endswith(" %")


def test_a_clean_run_exits_with_0_and_a_failed_one_with_2(operator: Operator) -> None:
    for name in ("shell-clean", "shell-failed"):
        variant(operator.stack.jobs_root, name)
        operator.generate(name, f"{name}.dat", 50)
    assert operator.cli("run", "shell-clean", "shell-clean.dat", "--wait").returncode == 0
    (operator.data / "shell-failed.dat.ctl").write_text('{"records": 51}')
    failed = operator.cli("run", "shell-failed", "shell-failed.dat", "--wait")
    assert failed.returncode == 2
    assert "LRR010" in failed.stdout


def test_run_without_waiting_prints_the_id_only(operator: Operator) -> None:
    variant(operator.stack.jobs_root, "shell-started")
    operator.generate("shell-started", "shell-started.dat", 50)
    started = operator.cli("run", "shell-started", "shell-started.dat")
    assert started.returncode == 0
    assert operator.wait(started.stdout.strip())["state"] == "completed"


def test_runs_and_show_find_the_run(operator: Operator, run_id: str) -> None:
    assert run_id in operator.cli("runs").stdout
    assert run_id in {line["run_id"] for line in json.loads(operator.cli("runs", "--json").stdout)}
    shown = operator.cli("show", run_id)
    assert "COMPLETED" in shown.stdout
    assert "8 rejected" in shown.stdout
    assert json.loads(operator.cli("show", run_id, "--json").stdout)["records_rejected"] == 8


def test_runs_are_found_by_job_state_and_time(operator: Operator, run_id: str) -> None:
    def found(*words: str) -> list[str]:
        return [line["run_id"] for line in json.loads(operator.cli("runs", *words, "--json").stdout)]

    (line,) = [one for one in json.loads(operator.cli("runs", "--json").stdout) if one["run_id"] == run_id]
    assert (line["state"], line["exit_code"]) == ("completed", 1)
    assert run_id in found("--job", "shell", "--state", "completed", "--state", "failed", "--since", "1d")
    assert found("--job", "none") == []
    assert run_id not in found("--state", "failed")
    assert found("--since", "2100-01-01") == []
    assert len(found("--limit", "1")) == 1


def test_latest_is_the_newest_run(operator: Operator, run_id: str) -> None:
    newest = json.loads(operator.cli("runs", "--limit", "1", "--json").stdout)[0]["run_id"]
    assert json.loads(operator.cli("show", "latest", "--json").stdout)["run_id"] == newest
    assert newest in operator.cli("report", "latest").stdout


def test_rejects_are_listed_counted_and_written_back(operator: Operator, run_id: str, spoilt: Path) -> None:
    truth = [json.loads(line) for line in Path(f"{spoilt}.bad.jsonl").read_text().splitlines()]
    listed = operator.cli("rejects", run_id).stdout.splitlines()
    assert [(line[:6], int(line.split()[2])) for line in listed] == [(bad["code"], bad["record_no"]) for bad in truth]
    as_json = [json.loads(line) for line in operator.cli("rejects", run_id, "--json").stdout.splitlines()]
    assert [one["record_offset"] for one in as_json] == [bad["offset"] for bad in truth]
    assert operator.cli("rejects", run_id, "--limit", "3").stdout.splitlines() == listed[:3]
    code = truth[0]["code"]
    of_code = [line for line in listed if line.startswith(code)]
    assert operator.cli("rejects", run_id, "--code", code).stdout.splitlines() == of_code
    counted = json.loads(operator.cli("rejects", run_id, "--summary", "--json").stdout)
    assert {(one["code"], one["field"]): one["count"] for one in counted} == Counter(
        (bad["code"], bad["field"]) for bad in truth
    )
    again = spoilt.with_name("again.dat")
    exported = json.loads(operator.cli("rejects", run_id, "--export", str(again), "--json").stdout)
    assert exported == {"path": str(again), "records": 8, "bytes": 8 * 260}
    records = spoilt.read_bytes()
    assert again.read_bytes() == b"".join(records[bad["offset"] : bad["offset"] + 260] for bad in truth)


def test_report_comes_as_text_and_as_json(operator: Operator, run_id: str) -> None:
    text = operator.cli("report", run_id)
    assert text.returncode == 0
    assert run_id in text.stdout
    for heading in ("RECORDS", "CONTROL TOTALS", "STAGES", "PEAK MEMORY"):
        assert heading in text.stdout
    assert json.loads(operator.cli("report", run_id, "--json").stdout) == operator.report(run_id)


def test_layout_shows_every_field_with_its_place(operator: Operator) -> None:
    shown = operator.cli("layout", str(LAYOUT), token=False)
    assert shown.returncode == 0
    assert "CUSTOMER-RECORD: 251 bytes" in shown.stdout
    fields = {
        field["name"]: field for field in json.loads(operator.cli("layout", str(LAYOUT), "--json").stdout)["fields"]
    }
    assert (fields["CUST-BALANCE"]["offset"], fields["CUST-BALANCE"]["length"]) == (140, 7)
    assert "CUST-BALANCE" in shown.stdout


def test_decode_prints_the_same_rows_in_all_its_forms(operator: Operator, spoilt: Path) -> None:
    forms = {
        form: operator.cli("decode", "shell", str(spoilt), "--format", form, token=False)
        for form in ("jsonl", "csv", "table")
    }
    assert {done.returncode for done in forms.values()} == {1}
    rows = [json.loads(line) for line in forms["jsonl"].stdout.splitlines()]
    assert len(rows) == 392
    as_csv = list(csv.DictReader(io.StringIO(forms["csv"].stdout)))
    assert as_csv == [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    assert all(row["CUST_BALANCE"] in forms["table"].stdout for row in as_csv)
    truth = [json.loads(line) for line in Path(f"{spoilt}.bad.jsonl").read_text().splitlines()]
    for done in forms.values():
        told = [line.split()[:3] for line in done.stderr.splitlines()]
        assert told == [[bad["code"], "record", str(bad["record_no"])] for bad in truth]


def test_decode_and_the_final_table_agree(operator: Operator, spoilt: Path, run_id: str) -> None:
    decoded = operator.cli("decode", "shell", str(spoilt), token=False).stdout.splitlines()
    expected = [{name.lower(): value for name, value in json.loads(line).items()} for line in decoded]
    rows = [{name: _plain(value) for name, value in row.items()} for row in operator.final_rows("shell")]
    assert rows == sorted(expected, key=lambda row: row["customer_id"])


def test_decode_stops_at_its_limit(operator: Operator, spoilt: Path) -> None:
    done = operator.cli("decode", "shell", str(spoilt), "--limit", "3")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)


def test_generate_makes_the_same_file_from_the_same_seed(operator: Operator, spoilt: Path, tmp_path: Path) -> None:
    options = ("--records", "400", "--bad-ratio", "0.02", "--seed")
    assert operator.cli("generate", "shell", str(tmp_path / "again.dat"), *options, "5").returncode == 0
    assert operator.cli("generate", "shell", str(tmp_path / "other.dat"), *options, "6").returncode == 0
    for suffix in ("", ".ctl", ".bad.jsonl"):
        assert Path(f"{tmp_path / 'again.dat'}{suffix}").read_bytes() == Path(f"{spoilt}{suffix}").read_bytes()
    assert (tmp_path / "other.dat").read_bytes() != spoilt.read_bytes()


def test_without_the_token_the_shell_is_told_how_to_give_it(operator: Operator) -> None:
    refused = operator.cli("runs", token=False)
    assert refused.returncode == 2
    assert "LRQ002" in refused.stderr
    assert "LRECL_API_TOKEN" in refused.stderr


def test_an_unknown_run_exits_with_2(operator: Operator) -> None:
    for command in ("show", "report", "rejects", "cancel", "resume", "retry", "purge"):
        refused = operator.cli(command, "20260101T000000Z-000000")
        assert refused.returncode == 2
        assert "LRQ010" in refused.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("show", "20260101T000000Z-000000"),
        ("run", "none", "shell.dat"),
        ("run", "shell", "none.dat"),
        ("run", "shell", "/dev/stdin"),
        ("run", "shell", "../secret"),
        ("dlq", "show", "none"),
        ("dlq", "show", "ffffffffffff"),
        ("dlq", "list", "--queue", "none"),
        ("dlq", "replay"),
        ("dlq", "replay", "none"),
        ("runs", "--state", "none"),
        ("retry", "latest", "--from", "none"),
    ],
)
def test_whatever_is_wrong_is_a_coded_error_in_one_form(
    operator: Operator, run_id: str, command: tuple[str, ...]
) -> None:
    refused = operator.cli(*command)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert re.match(r"LR[A-Z]\d{3} \S", refused.stderr)
    assert "Traceback" not in refused.stderr
    as_json = operator.cli(*command, "--json")
    assert (as_json.returncode, as_json.stdout) == (2, "")
    error = json.loads(as_json.stderr)["error"]
    assert error.keys() == {"code", "message", "remedy", "context"}
    assert error["code"] != "LRQ005", "not in the API's form"
    assert refused.stderr.startswith(f"{error['code']} ")


def _plain(value: object) -> object:
    """As JSON gives it back: dates and decimals are text."""
    return value if value is None or isinstance(value, int) else str(value)
