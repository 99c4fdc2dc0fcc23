"""The lease on a real database: one holds it, silence loses it, and who lost it commits nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.orchestrator.leadership.lease import Lease
from services.orchestrator.store.leases import Fence, LeaseLost
from services.orchestrator.store.runs import NewRun
from services.orchestrator.store.states import Actor, State
from services.orchestrator.store.stores import stores
from shared.database.pool import SessionPool
from shared.messaging.messages import FileIdentity
from tests.support.derby import DerbyEndpoint
from tests.support.sessions import fresh_name, migrated_pool

pytestmark = pytest.mark.database

SECONDS = 0.5


@pytest.fixture
def pool(database: DerbyEndpoint) -> Iterator[SessionPool]:
    """A control schema in which nobody has ever held the lease."""
    with migrated_pool(database, fresh_name("LEASETEST")) as made:
        yield made


def held(lease: Lease) -> Fence:
    fence = lease.seek()
    assert fence is not None
    return fence


def new_run(pool: SessionPool, fence: Fence | None = None) -> str:
    run = NewRun(
        run_id=fresh_name("run-"), job="j", forced=False, job_digest="j" * 64,
        copybook_digest="c" * 64, control_figures={}, requested_by="test",
        file=FileIdentity(path="in.dat", size=1, mtime_ns=1),
    )  # fmt: skip
    with stores(pool, fence) as at:
        at.runs.insert(run)
    return run.run_id


def test_one_of_many_gets_it(pool: SessionPool) -> None:
    leases = [Lease(pool, f"o-{number}", SECONDS) for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        fences = list(threads.map(lambda lease: lease.seek(), leases))
    (fence,) = [fence for fence in fences if fence is not None]
    assert fence.number == 1
    assert all(lease.seek() is None for lease in leases if lease.holder != fence.holder)


def test_silence_loses_it_and_a_life_sign_keeps_it(pool: SessionPool) -> None:
    first, second = Lease(pool, "o-1", SECONDS), Lease(pool, "o-2", SECONDS)
    fence = held(first)
    for _ in range(4):
        assert second.seek() is None
        time.sleep(SECONDS / 2)
        assert first.renew(fence)
    assert second.holder == "o-1"
    assert second.seek() is None
    time.sleep(SECONDS * 1.2)
    assert held(second).number == fence.number + 1
    assert not first.renew(fence)
    assert first.holder == "o-2"
    assert first.seek() is None, "who lost it waits like everybody"


def test_given_back_it_is_free_at_once(pool: SessionPool) -> None:
    first = Lease(pool, "o-1", 60)
    first.release(held(first))
    assert held(Lease(pool, "o-2", 60)).number == 2


def test_a_new_life_of_the_same_instance_does_not_wait(pool: SessionPool) -> None:
    fence = held(Lease(pool, "o-1", 60))
    assert held(Lease(pool, "o-1", 60)).number == fence.number + 1
    assert Lease(pool, "o-2", 60).seek() is None


def test_who_lost_it_commits_nothing(pool: SessionPool) -> None:
    first, second = Lease(pool, "o-1", 60), Lease(pool, "o-2", SECONDS)
    old = held(first)
    run_id = new_run(pool, old)
    assert second.seek() is None
    time.sleep(SECONDS * 1.2)
    new = held(second)
    with pytest.raises(LeaseLost, match="o-1 lost the lease to o-2"), stores(pool, old) as at:
        assert at.runs.move(run_id, State.SPLITTING, Actor.ENGINE)
    with stores(pool) as at:
        assert at.runs.get(run_id).state == State.REGISTERED
    with stores(pool, new) as at:
        assert at.runs.move(run_id, State.SPLITTING, Actor.ENGINE)


def test_it_is_not_taken_between_the_look_and_the_commit(pool: SessionPool) -> None:
    first, second = Lease(pool, "o-1", 60), Lease(pool, "o-2", 0.01)
    fence = held(first)
    assert second.seek() is None
    time.sleep(0.05)
    with ThreadPoolExecutor(1) as threads:
        with pool.session() as session:
            fence.check(session)
            taking = threads.submit(second.seek)
            with pytest.raises(TimeoutError):
                taking.result(0.3)
        assert taking.result(10) is not None


def test_a_run_that_is_being_cancelled_can_only_end_as_cancelled(pool: SessionPool) -> None:
    run_id = new_run(pool)
    with stores(pool) as at:
        assert at.runs.move(run_id, State.CANCELLING, Actor.OPERATOR)
        for state in State:
            if state is not State.CANCELLED:
                assert not at.runs.move(run_id, state, Actor.ENGINE)
        assert {run.run_id: run.attempt for run in at.runs.stopped()} == {run_id: 1}
        assert not at.runs.end(run_id, State.COMPLETED, None, 0)
        assert at.runs.end(run_id, State.CANCELLED, None, 2)
        assert not at.runs.move(run_id, State.CANCELLING, Actor.OPERATOR)
        assert at.runs.reopen(run_id, State.LOADING, reread=True, forced=False)
        assert at.runs.stopped() == []
        run = at.runs.get(run_id)
    assert (run.attempt, run.reread, run.state, run.finished_at) == (2, True, "loading", None)
