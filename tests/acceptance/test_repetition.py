"""The same content is loaded once: files known one by one, refused or left out, however large they are."""

from __future__ import annotations

import time

import pytest

from tests.support.job_folders import variant
from tests.support.operator import Json, Operator

pytestmark = [pytest.mark.broker, pytest.mark.database]

LENGTH = 260
NO_CONTROL: Json = {"side_file": None}


def job_with_files(operator: Operator, name: str, count: int, **input_keys: str) -> str:
    """A job, and ``count`` files of 50 records with keys of their own, called NAME-0.dat and so on."""
    job = variant(operator.stack.jobs_root, name, control=NO_CONTROL, input=input_keys)
    whole = operator.generate(job, f"{name}.all", 50 * count, seed=31).path.read_bytes()
    for number in range(count):
        operator.put(f"{name}-{number}.dat", whole[number * 50 * LENGTH : (number + 1) * 50 * LENGTH])
    return job


def test_a_copy_under_another_name_ends_as_refused_before_anything_is_staged(operator: Operator) -> None:
    job = job_with_files(operator, "copied", 1)
    earlier = operator.run(job, "copied-0.dat")["run_id"]
    operator.put("copied-copy.dat", (operator.data / "copied-0.dat").read_bytes())

    report = operator.run(job, "copied-copy.dat")

    assert (report["state"], report["exit_code"], report["batches"]) == ("refused", 2, 0)
    assert report["error"].startswith(f"LRQ020: copied-copy.dat is already loaded by run {earlier}")
    shell = operator.cli("run", job, "copied-copy.dat", "--wait")
    assert shell.returncode == 2
    assert earlier in shell.stdout + shell.stderr
    again = operator.http.post(f"/runs/{report['run_id']}/retry", json={})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "LRQ040")
    forced = operator.http.post(f"/runs/{report['run_id']}/retry", json={"force": True})
    assert forced.status_code == 200, forced.text
    assert operator.wait(report["run_id"])["state"] == "completed"


def test_a_pattern_leaves_out_the_files_that_are_loaded_and_names_them(operator: Operator) -> None:
    job = job_with_files(operator, "daily", 3)
    first = operator.run(job, "daily-0.dat")["run_id"]

    report = operator.run(job, "daily-[0-9].dat")

    assert (report["state"], report["records_read"], report["rows_final"]) == ("completed", 100, 100)
    assert [file["loaded_by"] for file in report["files"]] == [first, None, None]
    assert [file["records_read"] for file in report["files"]] == [0, 50, 50]
    assert (
        f"left out: its content is loaded by run {first}"
        in operator.http.get(f"/runs/{report['run_id']}/report.txt").text
    )
    progress = operator.progress(report["run_id"])
    assert progress is not None
    assert (progress["percent"], progress["files_count"], progress["bytes"]) == (100.0, 3, 3 * 50 * LENGTH)
    status, error = operator.refused(job, "daily-[0-9].dat")
    assert (status, error["code"]) == (409, "LRQ020"), "nothing has changed since"
    (operator.data / "daily-2.dat").touch()
    assert operator.run(job, "daily-[0-9].dat")["state"] == "refused", "no file is left"
    assert len(operator.final_rows(job)) == 150


def test_only_the_control_files_of_the_loaded_files_count(operator: Operator) -> None:
    job = variant(operator.stack.jobs_root, "counted", control={"side_file": "{name}.ctl"})
    whole = operator.generate(job, "counted.all", 100, seed=33).path.read_bytes()
    for number in range(2):
        part = whole[number * 50 * LENGTH : (number + 1) * 50 * LENGTH]
        operator.put(f"counted-{number}.dat", part, {"records": 50, "totals": {}})
    assert operator.run(job, "counted-0.dat")["state"] == "completed"
    report = operator.run(job, "counted-[0-9].dat")
    assert (report["state"], report["error"], report["records_read"]) == ("completed", None, 50)


def test_a_forced_run_is_resumed_as_a_forced_one(operator: Operator) -> None:
    job = job_with_files(operator, "forced", 1)
    operator.run(job, "forced-0.dat")
    failed = operator.run(job, "forced-0.dat", force=True, control={"records": 49, "totals": {}})
    assert failed["state"] == "failed"
    answer = operator.http.post(f"/runs/{failed['run_id']}/resume", json={})
    assert answer.status_code == 200, answer.text
    assert operator.wait(failed["run_id"])["error"][:6] == "LRR010"


def test_a_run_ends_though_its_staging_table_is_gone(operator: Operator) -> None:
    job = job_with_files(operator, "dropped", 1)
    failed = operator.run(job, "dropped-0.dat", control={"records": 49, "totals": {}})["run_id"]
    with operator.stores() as at:
        at.session.execute("DROP TABLE LRECL.STG_DROPPED")
    assert operator.http.post(f"/runs/{failed}/resume", json={}).status_code == 200
    assert operator.wait(failed, seconds=30)["state"] == "failed"
    kinds = [line["kind"] for line in operator.http.get(f"/runs/{failed}/events").json()]
    assert "report failed" in kinds
    assert operator.run(job, "dropped-0.dat")["state"] == "completed", "its content is free again"


def test_a_job_may_refuse_a_pattern_of_which_a_file_is_loaded(operator: Operator) -> None:
    job = job_with_files(operator, "strict", 2, on_loaded="refuse")
    earlier = operator.run(job, "strict-1.dat")["run_id"]
    report = operator.run(job, "strict-[0-9].dat")
    assert (report["state"], report["rows_staged"]) == ("refused", 0)
    assert f"strict-1.dat is already loaded by run {earlier}" in report["error"]
    assert operator.run(job, "strict-[0-9].dat", force=True)["records_read"] == 100


def test_a_failed_run_leaves_its_files_free(operator: Operator) -> None:
    job = job_with_files(operator, "tried", 1)
    wrong = {"records": 49, "totals": {}}
    failed = operator.run(job, "tried-0.dat", control=wrong)
    assert (failed["state"], failed["error"][:6]) == ("failed", "LRR010")
    assert failed["percent"] < 100
    assert operator.run(job, "tried-0.dat")["state"] == "completed"


def test_a_request_is_answered_at_once_however_large_the_file_is(operator: Operator) -> None:
    """Two gigabytes of zeros take seconds to hash; the answer does not wait, and the hashing shows progress."""
    job = variant(operator.stack.jobs_root, "large", control=NO_CONTROL)
    size = 8_000_000 * LENGTH
    with (operator.data / "large.dat").open("wb") as file:
        file.truncate(size)
    began = time.monotonic()
    run_id = operator.start(job, "large.dat")
    assert time.monotonic() - began < 1.0
    seen = operator.wait(run_id, lambda progress: progress["percent"] > 0 and progress["hashed_bytes"] < size, 30)
    assert (seen["state"], seen["bytes"]) == ("splitting", size)
    assert 0 < seen["percent"] < 5
    cancelled = operator.http.post(f"/runs/{run_id}/cancel", json={}).json()
    assert "splitting" in cancelled["waits_for"]
    operator.wait(run_id, seconds=10)
    assert operator.report(run_id)["batches"] == 0
    (operator.data / "large.dat").unlink()


def test_files_left_out_are_a_line_of_the_trail(operator: Operator) -> None:
    job = job_with_files(operator, "trailed", 2)
    operator.run(job, "trailed-0.dat")
    run_id = operator.run(job, "trailed-[0-9].dat")["run_id"]
    trail = operator.http.get(f"/runs/{run_id}/events").json()
    (line,) = [line for line in trail if line["kind"] == "files left out"]
    assert line["detail"]["files"] == 1
