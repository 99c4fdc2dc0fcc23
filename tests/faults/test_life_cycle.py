"""Runs stopped and gone on with, by command: nothing is lost, nothing is read that is there, nothing merged twice."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest
import yaml

from shared.messaging.topology import PROCESSED, RAW
from tests.faults.conftest import Input, Site
from tests.support.job_folders import variant
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]

SHARE = 0.2
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def long(site: Site) -> Input:
    """40,000 records in 200 batches: many more than the queues hold."""
    return site.input("long", 40_000, 200)


def lrecl(site: Site, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The JSON that the command prints."""
    ran = site.operator.cli(*arguments, "--json")
    assert ran.returncode == code, ran.stdout + ran.stderr
    return dict(json.loads(ran.stdout))


def refused(site: Site, *arguments: str) -> str:
    """What the command says when it is refused."""
    ran = site.operator.cli(*arguments)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    return ran.stderr


def ask(site: Site, run_id: str, what: str, **body: Any) -> dict[str, Any]:
    response = site.operator.http.post(f"/runs/{run_id}/{what}", json=body)
    assert response.status_code == 200, response.text
    return dict(response.json())


def deeds(site: Site, run_id: str) -> list[str]:
    """What the audit trail holds; it must be whole."""
    with site.operator.stores() as at:
        assert at.audit.first_broken(run_id) is None
        return [row.kind for row in at.audit.trail(run_id)]


def cancelled_amid_loading(site: Site, name: str, given: Input) -> str:
    """A run of which a part is in the ledger, and whose reader has been stopped."""
    run_id = site.start(name, given)
    site.wait_loaded(run_id, given, SHARE)
    ask(site, run_id, "cancel", requested_by="tester", reason="test")
    site.operator.wait(run_id, seconds=10)
    wait_until(lambda: site.queues.depth(RAW) == 0)
    wait_until(lambda: settled(site, run_id), seconds=20)
    assert 0 < site.in_ledger(run_id) < given.batches
    return run_id


def settled(site: Site, run_id: str) -> bool:
    """Whether nothing of the run reaches the ledger any more."""
    before = site.in_ledger(run_id)
    time.sleep(1)
    return site.in_ledger(run_id) == before


def test_a_cancelled_run_stops_and_resumes_with_what_is_missing(site: Site, long: Input) -> None:
    run_id = site.start("cancel-loading", long)
    site.wait_loaded(run_id, long, SHARE)
    began = time.monotonic()

    # Over HTTP, because the command takes a second to start, in which a quick machine loads the rest.
    assert ask(site, run_id, "cancel", requested_by="tester", reason="wrong night")["changed"] is True
    assert site.operator.wait(run_id, seconds=10)["state"] == "cancelled"

    assert time.monotonic() - began < 10
    wait_until(lambda: settled(site, run_id), seconds=20)
    there = site.in_ledger(run_id)
    assert there < long.batches, "the reader went on"
    stopped = site.operator.report(run_id)
    assert (stopped["state"], stopped["exit_code"]) == ("cancelled", 2)
    assert 0 < stopped["percent"] < 80, "the percent that it had reached"
    first = stopped["seconds_by_stage"]
    again = lrecl(site, "cancel", run_id)
    assert (again["state"], again["changed"]) == ("cancelled", False), "repeated, it changes nothing"

    resumed = site.operator.cli("resume", run_id, "--wait", "--json")

    assert resumed.returncode == 1, resumed.stderr
    report = site.assert_whole(run_id, long)
    loading = next(stage for stage in report["stages"] if stage["stage"] == "loading")
    assert (report["attempts"], loading["attempts"]) == (2, 2)
    assert loading["seconds"] >= first["loading"], "the time of both attempts"
    assert report["records_per_second_loading"] == pytest.approx(long.records / loading["seconds"], rel=0.01)
    assert report["seconds_total"] == pytest.approx(sum(stage["seconds"] for stage in report["stages"]), abs=0.01)
    assert site.duplicates(run_id) <= 3, "only what was missing, or on its way, was read again"
    assert {"cancel requested", "state cancelled", "resumed"} <= set(deeds(site, run_id))
    assert "LRQ040" in refused(site, "resume", run_id)


def test_after_cancel_and_purge_no_row_is_staged(site: Site, long: Input) -> None:
    """Batches are in the queues and in the writers' hands while the run is cancelled: none of them may come later."""
    for number in range(3):
        run_id = site.start(f"cancel-purge-{number}", long)
        site.wait_loaded(run_id, long, 0.1)
        assert ask(site, run_id, "cancel")["waits_for"]
        site.operator.wait(run_id, seconds=10)
        there = site.in_ledger(run_id)

        purged = ask(site, run_id, "purge")

        wait_until(lambda: site.queues.depth(RAW) == site.queues.depth(PROCESSED) == 0)
        assert settled(site, run_id)
        assert site.in_ledger(run_id) == there, "what was in the queues is dropped"
        assert purged["rows_purged"] > 0
        assert staged(site, f"cancel-purge-{number}", run_id) == 0


def staged(site: Site, job: str, run_id: str) -> int:
    table = site.operator.compiled(job).tables[0].staging
    with site.operator.stores() as at:
        return at.staged.count(run_id, table)


@slow
def test_a_run_cancelled_amid_the_merge_goes_on_with_the_next_chunk(site: Site, long: Input) -> None:
    run_id = site.start("cancel-merging", long, merge_chunk_rows=1_000)
    wait_until(lambda: chunks(site, run_id) >= 1, seconds=90)

    ask(site, run_id, "cancel")

    assert site.operator.wait(run_id, seconds=15)["state"] == "cancelled"
    done = chunks(site, run_id)
    assert 1 <= done < 40, "it stopped between two chunks"
    lrecl(site, "resume", run_id)
    report = site.assert_whole(run_id, long)
    assert report["rows_merged"] == report["rows_final"]
    with site.operator.stores() as at:
        assert sum(at.chunks.done(run_id).values()) == report["rows_final"]


def chunks(site: Site, run_id: str) -> int:
    with site.operator.stores() as at:
        return len(at.chunks.done(run_id))


def test_batches_that_vanished_are_read_again(site: Site, small: Input) -> None:
    """Somebody empties a queue: the run shows that nothing moves, and resume finds what is missing."""
    job = variant(
        site.stack.jobs_root, "vanished", tuning={"batch_records": small.batch_records}, gate={"stall_seconds": 1.0}
    )  # fmt: skip
    site.stack.stop("processor")
    run_id = site.operator.start(job, small.path.name)
    site.queues.take(RAW, 3)
    site.stack.start_process("processor")
    wait_until(lambda: site.in_ledger(run_id) == small.batches - 3, seconds=30)
    stalled = site.operator.wait(run_id, lambda progress: progress["state"] == "stalled", 30)
    assert stalled["error"].startswith("LRR022")

    assert ask(site, run_id, "resume")["changed"]

    report = site.assert_whole(run_id, small)
    assert (report["duplicates"], report["error"]) == (0, None)


@slow
def test_nothing_goes_on_with_another_file_or_job(site: Site, long: Input) -> None:
    run_id = cancelled_amid_loading(site, "changed-inputs", long)
    definition = site.stack.jobs_root / "changed-inputs" / "job.yaml"
    text, stat = definition.read_text(), long.path.stat()
    definition.write_text(text.replace("Nightly customer master", "Weekly"))
    said = refused(site, "resume", run_id)
    assert "LRQ041" in said
    assert "the job definition" in said
    definition.write_text(text)
    os.utime(long.path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))
    said = refused(site, "resume", run_id)
    assert "LRQ041" in said
    assert f"the modification time of {long.path.name}" in said
    os.utime(long.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    lrecl(site, "resume", run_id)
    site.assert_whole(run_id, long)


def test_a_raised_gate_lets_the_run_go_on_and_a_purge_ends_that(site: Site, small: Input) -> None:
    job = variant(
        site.stack.jobs_root, "raised-gate", tuning={"batch_records": small.batch_records}, gate={"max_rejects": 0}
    )  # fmt: skip
    run_id = site.operator.start(job, small.path.name)
    assert site.operator.wait(run_id)["error"].startswith("LRR011")
    assert "LRQ044" in refused(site, "retry", run_id, "--from", "verifying"), "merging has not been"
    assert "LRQ044" in refused(site, "retry", run_id, "--from", "loading"), "it is completed"
    again = site.operator.cli("retry", run_id, "--wait")
    assert again.returncode == 2, "nothing has changed"
    definition = site.stack.jobs_root / job / "job.yaml"
    content = yaml.safe_load(definition.read_text())
    definition.write_text(yaml.safe_dump(content | {"gate": {"max_rejects": 1_000}}, sort_keys=False))
    assert "LRQ041" in refused(site, "resume", run_id), "only retry reads the gate anew"

    lrecl(site, "retry", run_id)

    report = site.assert_whole(run_id, small)
    assert "LRQ040" in refused(site, "retry", run_id, "--from", "merging"), "complete runs are repeated by force only"
    lrecl(site, "retry", run_id, "--from", "merging", "--force")
    assert site.assert_whole(run_id, small)["rows_merged"] == report["rows_merged"]
    assert lrecl(site, "purge", run_id)["rows_purged"] == report["rows_staged"]
    assert lrecl(site, "purge", run_id) | {"changed": False} == {
        "run_id": run_id, "state": "completed", "changed": False, "waits_for": None, "from_stage": None,
        "rows_purged": 0,
    }  # fmt: skip
    assert len(site.operator.final_rows(job)) == report["rows_final"], "what is merged stays"
    assert "LRQ043" in refused(site, "retry", run_id, "--from", "verifying", "--force")
    assert deeds(site, run_id)[-2:] == ["purge requested", "staged rows purged"]


@slow
def test_a_run_at_work_is_not_purged_or_retried(site: Site, long: Input) -> None:
    run_id = site.start("busy", long)
    site.wait_loaded(run_id, long, 0.05)
    for what in ("purge", "retry"):
        assert "LRQ040" in refused(site, what, run_id)
    assert ask(site, run_id, "resume")["changed"] is False
    site.assert_whole(run_id, long)
    assert "LRQ040" in refused(site, "cancel", run_id)
