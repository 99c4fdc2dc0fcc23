"""Random kill -9 over all processes, by seeded schedules: every run ends with the result of a clean one."""

from __future__ import annotations

import random
import time

import pytest

from tests.faults.conftest import LONG, Input, Site
from tests.faults.schedules import Executioner, schedule
from tests.support.job_folders import variant

pytestmark = [pytest.mark.broker, pytest.mark.database]


@pytest.mark.parametrize("seed", range(1, 101 if LONG else 4))
def test_a_schedule_of_kills_costs_no_row_and_doubles_none(site: Site, many: Input, seed: int) -> None:
    run_id = site.start(f"schedule-{seed}", many)
    with Executioner(site, seed) as executioner:
        executioner.carry_out(schedule(seed), run_id)
    site.assert_whole(run_id, many)
    assert executioner.kills.total() > 0
    count(site, executioner)


@pytest.mark.parametrize("seed", range(201, 221 if LONG else 202))
def test_two_runs_into_one_table_take_turns_under_kills(site: Site, many: Input, seed: int) -> None:
    """Both load the same records, so that the table is whole after each of the two merges."""
    runs = [site.operator.start(sharing(site, many, seed, number), many.path.name) for number in range(2)]
    with Executioner(site, seed) as executioner:
        executioner.carry_out(schedule(seed), runs[1])
    for run_id in runs:
        report = site.assert_whole(run_id, many)
        assert report["rows_final"] + report["rows_overwritten"] == report["records_valid"]
    count(site, executioner)


@pytest.mark.parametrize("seed", range(301, 321 if LONG else 302))
def test_cancel_and_purge_leave_no_staged_row_under_kills(site: Site, many: Input, seed: int) -> None:
    job = f"purged-{seed}"
    run_id = site.start(job, many)
    with Executioner(site, seed) as executioner:
        executioner.carry_out(schedule(seed), run_id)
        time.sleep(random.Random(seed).uniform(0, 0.5))
    if ask(site, run_id, "cancel") == 200:
        assert site.operator.wait(run_id)["state"] == "cancelled"
    assert site.operator.wait(run_id)["finished_at"]
    assert ask(site, run_id, "purge") == 200
    for _ in range(3):
        with site.operator.stores() as at:
            assert at.staged.count(run_id, site.operator.compiled(job).tables[0].staging) == 0
        time.sleep(0.5)
    site.assert_whole(site.operator.start(job, many.path.name, force=True), many)
    count(site, executioner)


def sharing(site: Site, given: Input, seed: int, number: int) -> str:
    """A job with a staging table of its own; all with this seed have one final table, and merge in many chunks."""
    target = {"staging_table": f"STG_SHARED_{seed}_{number}", "final_table": f"SHARED_{seed}"}
    tuning = {"batch_records": given.batch_records, "merge_chunk_rows": 1_000}
    return variant(site.stack.jobs_root, f"shared-{seed}-{number}", target=target, tuning=tuning)


def ask(site: Site, run_id: str, what: str) -> int:
    """The answer's status, as soon as an orchestrator acts."""
    for _ in range(100):
        status = site.operator.http.post(f"/runs/{run_id}/{what}", json={}).status_code
        if status < 500:
            return status
        time.sleep(0.2)
    raise AssertionError(f"no orchestrator acts, so that {what} is not answered")


def count(site: Site, executioner: Executioner) -> None:
    killed = {f"killed_{victim.replace(' ', '_')}": number for victim, number in executioner.kills.items()}
    site.tally.add(schedules=1, **killed)
