"""What the tables tell the metrics: runs by state, last ends by job, and since when the ledger has not grown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from time import monotonic, time
from typing import Any

import pytest
from prometheus_client.registry import REGISTRY

from services.orchestrator.store.base import now
from services.orchestrator.store.runs import NewRun
from services.orchestrator.store.states import TERMINAL, State
from services.orchestrator.store.stores import Stores, stores
from services.orchestrator.views.run_metrics import RunMetrics
from shared.database.pool import SessionPool
from shared.messaging.messages import FileIdentity
from shared.observability.leader_metrics import RunFigures
from tests.support.derby import DerbyEndpoint
from tests.support.sessions import fresh_name, migrated_pool

pytestmark = pytest.mark.database


@pytest.fixture
def pool(database: DerbyEndpoint) -> Iterator[SessionPool]:
    with migrated_pool(database, fresh_name("RUNMETRICS")) as made:
        yield made


def new_run(pool: SessionPool, job: str, state: State) -> str:
    """A run of the job in ``state``, whatever it would have to do to come there."""
    run = NewRun(
        run_id=fresh_name("run-"), job=job, forced=False, job_digest="j" * 64, copybook_digest="c" * 64,
        control_figures={}, requested_by="test", file=FileIdentity(path="in.dat", size=1, mtime_ns=1),
    )  # fmt: skip
    finished = now() if state in TERMINAL else None
    with stores(pool) as at:
        at.runs.insert(run)
        execute(at, "UPDATE {schema}.RUN SET STATE = ?, FINISHED_AT = ? WHERE RUN_ID = ?", state, finished, run.run_id)
    return run.run_id


def execute(at: Stores, statement: str, *values: Any) -> None:
    at.session.execute(statement.format(schema=at.runs.schema), values)


def begin(pool: SessionPool, run_id: str, stage: State, seconds: int) -> None:
    """The stage began ``seconds`` ago."""
    with stores(pool) as at:
        at.stages.begin(run_id, stage)
        began = now() - timedelta(seconds=seconds)
        execute(at, "UPDATE {schema}.RUN_STAGE SET STARTED_AT = ? WHERE RUN_ID = ?", began, run_id)


def figures(pool: SessionPool) -> RunFigures:
    made = RunMetrics(lambda: stores(pool))
    made.refresh()
    assert made.figures is not None
    return made.figures


def add_batch(pool: SessionPool, run_id: str, seconds: int) -> None:
    """A batch that was written ``seconds`` ago, by the database's own clock."""
    columns = (
        "RUN_ID, BATCH_NO, SPLIT_NO, START_OFFSET, BYTES, RECORDS_READ, RECORDS_VALID, RECORDS_REJECTED, "
        "CONTROL_TOTALS, CHECKSUM, PROCESSOR_ID, WRITER_ID, DECODE_MICROS, WRITTEN_AT"
    )
    with stores(pool) as at:
        (row,) = at.session.query("SELECT CURRENT TIMESTAMP AS MOMENT FROM SYSIBM.SYSDUMMY1")
        insert = f"INSERT INTO {{schema}}.BATCH ({columns}) VALUES (?, ?, 0, 0, 1, 1, 1, 0, '', 'c', 'p', 'w', 0, ?)"  # noqa: S608
        execute(at, insert, run_id, seconds, row["moment"] - timedelta(seconds=seconds))


def test_runs_are_counted_by_state_over_all_jobs(pool: SessionPool) -> None:
    for job, state in (("a", State.LOADING), ("b", State.LOADING), ("a", State.COMPLETED), ("b", State.STALLED)):
        new_run(pool, job, state)
    found = figures(pool).by_state
    assert set(found) == {state.value for state in State}
    assert {state: count for state, count in found.items() if count} == {"loading": 2, "completed": 1, "stalled": 1}


def test_the_last_ends_of_a_job_outlive_the_orchestrator(pool: SessionPool) -> None:
    for job, state in (("a", State.COMPLETED), ("a", State.COMPLETED), ("b", State.FAILED), ("c", State.LOADING)):
        new_run(pool, job, state)
    found = figures(pool)
    assert set(found.last_success) == {"a"}
    assert set(found.last_failure) == {"b"}
    assert abs(found.last_success["a"] - time()) < 60


def test_the_ledgers_growth_is_measured_by_the_databases_clock(pool: SessionPool) -> None:
    waiting, moving = new_run(pool, "waiting", State.STALLED), new_run(pool, "moving", State.LOADING)
    for seconds in (7200, 3600):
        add_batch(pool, waiting, seconds)
    add_batch(pool, moving, 5)
    add_batch(pool, new_run(pool, "merging", State.MERGING), 3600)
    grew_at = figures(pool).ledger_grew_at
    assert set(grew_at) == {"waiting", "moving"}
    assert 3600 <= monotonic() - grew_at["waiting"] < 3660
    assert 5 <= monotonic() - grew_at["moving"] < 65


def test_before_its_first_batch_a_run_has_waited_since_its_step_began(pool: SessionPool) -> None:
    begin(pool, new_run(pool, "early", State.SPLITTING), State.SPLITTING, 600)
    assert 600 <= monotonic() - figures(pool).ledger_grew_at["early"] < 660


def test_a_run_that_was_resumed_has_not_waited_since_its_earlier_attempt(pool: SessionPool) -> None:
    run_id = new_run(pool, "resumed", State.LOADING)
    add_batch(pool, run_id, 36_000)
    begin(pool, run_id, State.LOADING, 30)
    assert 30 <= monotonic() - figures(pool).ledger_grew_at["resumed"] < 90


def test_the_durations_of_every_job_begin_at_0(pool: SessionPool) -> None:
    job = fresh_name("job")
    new_run(pool, job, State.REGISTERED)
    figures(pool)
    for outcome in ("completed", "failed", "cancelled"):
        assert REGISTRY.get_sample_value("lrecl_run_seconds_count", {"job_name": job, "outcome": outcome}) == 0
    assert REGISTRY.get_sample_value("lrecl_step_seconds_count", {"job_name": job, "step": "merging"}) == 0


def test_the_tables_are_read_every_five_seconds_only(pool: SessionPool) -> None:
    made = RunMetrics(lambda: stores(pool))
    made.refresh()
    before = made.figures
    new_run(pool, "a", State.LOADING)
    made.refresh()
    assert made.figures is before
