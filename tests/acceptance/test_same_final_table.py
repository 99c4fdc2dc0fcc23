"""Runs into one final table take turns, visibly and in the order of registration, and each verifies its own merge."""

from __future__ import annotations

import pytest

from tests.support.job_folders import variant
from tests.support.operator import Json, Operator

pytestmark = [pytest.mark.broker, pytest.mark.database]

RECORDS = 500


def job_into(operator: Operator, final: str, name: str) -> str:
    """A job with a staging table of its own and the final table ``final``."""
    target = {"staging_table": f"STG_{name.replace('-', '_').upper()}", "final_table": final}
    return variant(operator.stack.jobs_root, name, target=target)


def start(operator: Operator, number: int) -> str:
    """A run of a job of its own; the samples number their customers alike, so it overwrites all rows of the others."""
    name = job_into(operator, "SHARED_TABLE", f"sharing-{number}")
    operator.generate(name, f"{name}.dat", RECORDS, seed=60 + number)
    return operator.start(name, f"{name}.dat")


def test_runs_take_turns_and_none_fails_for_the_others_merge(operator: Operator) -> None:
    first = start(operator, 0)
    assert operator.wait(first)["state"] == "completed"
    with operator.stores() as at:
        at.session.execute("LOCK TABLE LRECL.SHARED_TABLE IN EXCLUSIVE MODE")  # the next run's merge takes that long
        merging = start(operator, 1)
        operator.wait(merging, lambda progress: progress["state"] == "merging", 30)
        waiting = [start(operator, 2)]
        operator.wait(waiting[0], lambda progress: _waits_for(progress, merging), 30)
        waiting.append(start(operator, 3))
        operator.wait(waiting[1], lambda progress: _waits_for(progress, merging), 30)

    for run_id in (merging, *waiting):
        progress = operator.wait(run_id)
        assert (progress["error"], progress["waits_for"]) == (None, None)
        report = operator.report(run_id)
        assert (report["state"], report["rows_final"], report["rows_overwritten"]) == ("completed", RECORDS, 0)
    rows = operator.query("SELECT RUN_ID, COUNT(*) AS N FROM {schema}.SHARED_TABLE GROUP BY RUN_ID")
    assert rows == [{"run_id": waiting[1], "n": RECORDS}], "of two that waited, the one registered last merged last"

    _verifies_again_after_later_merges(operator, merging)


def _waits_for(progress: Json, run_id: str) -> bool:
    states = {stage["stage"]: stage["state"] for stage in progress["stages"]}
    return states.get("merging") == "waiting" and run_id in progress["waits_for"]


def _verifies_again_after_later_merges(operator: Operator, run_id: str) -> None:
    answer = operator.http.post(f"/runs/{run_id}/retry", json={"from_stage": "verifying", "force": True})
    assert answer.status_code == 200, answer.text
    assert operator.wait(run_id)["state"] == "completed"
    report = operator.report(run_id)
    assert (report["rows_final"], report["rows_overwritten"]) == (0, RECORDS)


def test_a_run_that_is_resumed_late_does_not_replace_newer_data_unless_forced(operator: Operator) -> None:
    """The second of three runs is cancelled before its merge; the third merges the same keys meanwhile."""
    first = start(operator, 4)
    assert operator.wait(first)["state"] == "completed"
    with operator.stores() as at:
        at.session.execute("LOCK TABLE LRECL.SHARED_TABLE IN EXCLUSIVE MODE")
        merging = start(operator, 5)
        operator.wait(merging, lambda progress: progress["state"] == "merging", 30)
        late = start(operator, 6)
        operator.wait(late, lambda progress: _waits_for(progress, merging), 30)
        assert operator.http.post(f"/runs/{late}/cancel", json={}).status_code == 200
        operator.wait(late, lambda progress: progress["state"] == "cancelled", 30)
    assert operator.wait(merging)["state"] == "completed"
    newer = start(operator, 7)
    assert operator.wait(newer)["state"] == "completed"

    for again in ("resume", "retry"):
        assert operator.http.post(f"/runs/{late}/{again}", json={}).status_code == 200
        progress = operator.wait(late)
        assert (progress["state"], progress["error"][:6]) == ("failed", "LRR025")
        assert newer in progress["error"]
        assert _owners(operator) == {newer}, "nothing was replaced"

    assert operator.http.post(f"/runs/{late}/retry", json={"force": True}).status_code == 200
    assert operator.wait(late)["state"] == "completed"
    assert _owners(operator) == {late}


def _owners(operator: Operator) -> set[str]:
    return {row["run_id"] for row in operator.query("SELECT DISTINCT RUN_ID FROM {schema}.SHARED_TABLE")}


def test_a_row_that_another_program_took_is_still_a_loss(operator: Operator) -> None:
    job = job_into(operator, "ROBBED", "robbed")
    operator.generate(job, "robbed.dat", 50, seed=70)
    run_id = operator.run(job, "robbed.dat")["run_id"]
    with operator.stores() as at:
        at.session.execute(
            "UPDATE LRECL.ROBBED SET RUN_ID = 'nobody' WHERE CUSTOMER_ID = (SELECT MIN(CUSTOMER_ID) FROM LRECL.ROBBED)"
        )
    operator.http.post(f"/runs/{run_id}/retry", json={"from_stage": "verifying", "force": True})
    progress = operator.wait(run_id)
    assert (progress["state"], progress["error"][:6]) == ("failed", "LRR012")
