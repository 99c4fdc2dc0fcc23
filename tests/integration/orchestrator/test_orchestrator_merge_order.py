"""Two runs into one final table: the one that was registered first and comes late does not replace newer data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.merge import merge
from services.orchestrator.steps.load.verify import verify
from services.orchestrator.store.runs import NewRun
from services.orchestrator.store.states import State
from services.orchestrator.store.stores import stores
from services.writer.transaction import BatchWriter, WriteOutcome
from shared.database.pool import SessionPool
from shared.errors import PermanentError
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.sample import generate
from tests.support.batches import load_of, raw_batch_of
from tests.support.definitions import JOBS, compiled
from tests.support.derby import DerbyEndpoint
from tests.support.own_tables import with_own_tables
from tests.support.sessions import fresh_name, migrated_pool

pytestmark = pytest.mark.database

SCHEMA = "MERGEORDER"
RECORDS = 20

MakeRun = Callable[[bytes], RunContext]


@pytest.fixture(scope="module")
def pool(database: DerbyEndpoint) -> Iterator[SessionPool]:
    with migrated_pool(database, SCHEMA) as made:
        yield made


@pytest.fixture
def job() -> CompiledJob:
    """The job ``transactions`` with tables of its own."""
    return with_own_tables(compiled(JOBS, "transactions")[1], SCHEMA)


@pytest.fixture
def data(job: CompiledJob, tmp_path: Path) -> bytes:
    """Records with a key each."""
    path = tmp_path / "in.dat"
    generate(compiled(JOBS, "transactions")[0], job, 2 * RECORDS, 0.0, 3, path)
    return path.read_bytes()


@pytest.fixture
def same(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.fixture
def others(data: bytes) -> bytes:
    """Records with other keys than ``same``."""
    return data[len(data) // 2 :]


@pytest.fixture
def register(pool: SessionPool, job: CompiledJob, tmp_path: Path) -> MakeRun:
    """Registers a run and stages its records."""

    def make(records: bytes) -> RunContext:
        run_id = fresh_name("run-")
        identity = FileIdentity(path=f"{run_id}.dat", size=len(records), mtime_ns=1)
        new = NewRun(
            run_id=run_id, job="transactions", forced=False, file=identity, job_digest="j" * 64,
            copybook_digest="c" * 64, control_figures={"records": None, "totals": {}}, requested_by="test",
            files=(identity,),
        )  # fmt: skip
        with stores(pool) as at:
            at.runs.insert(new)
            at.files.insert(run_id, 0, identity)
            at.documents.put_job(run_id, job)
            at.catalog.prepare(job)
        writer = BatchWriter(pool.settings, "w")
        assert writer.write(load_of(raw_batch_of(job, records, run_id=run_id))) is WriteOutcome.WRITTEN
        writer.close()
        return context_of(pool, job, run_id, tmp_path)

    return make


def context_of(pool: SessionPool, job: CompiledJob, run_id: str, root: Path) -> RunContext:
    with stores(pool) as at:
        run = at.runs.get(run_id)
    return RunContext(
        run=run, compiled=job, control=ControlFigures(records=RECORDS), pool=pool,
        publisher=Publisher(BrokerSettings(), "unused"), stopping=threading.Event(), poll_seconds=0.1, data_root=root,
    )  # fmt: skip


def load(context: RunContext) -> None:
    """Merge, verify, and let the next run have its turn."""
    assert merge(context)["rows_merged"] == RECORDS
    assert verify(context)["rows_final"] == RECORDS
    end(context)


def end(context: RunContext) -> None:
    with context.stores() as at:
        at.turns.end(context.run_id)


def owned(context: RunContext) -> int:
    with context.stores() as at:
        return at.final.count(context.run_id, context.compiled.tables[0])


def test_the_older_run_is_refused_and_names_the_newer(register: MakeRun, same: bytes) -> None:
    older, newer = register(same), register(same)
    load(newer)
    for _ in range(2):  # as it is resumed again
        with pytest.raises(PermanentError) as caught:
            merge(older)
        end(older)
        assert (caught.value.code, caught.value.context["run_id"]) == ("LRR025", newer.run_id)
        assert (owned(older), owned(newer)) == (0, RECORDS)
    with older.stores() as at:
        assert (
            at.chunks.done(older.run_id),
            at.turns.get(older.run_id, older.compiled.tables[0].final_table).turn,
        ) == (
            {},
            0,
        )


def test_one_key_in_common_is_enough(register: MakeRun, same: bytes, others: bytes) -> None:
    length = len(same) // RECORDS
    older, newer = register(same), register(others[:-length] + same[:length])
    load(newer)
    with pytest.raises(PermanentError, match=newer.run_id):
        merge(older)
    assert owned(older) == 0, "not even the rows with other keys"
    end(older)


def test_an_interrupted_merge_is_refused_too(register: MakeRun, same: bytes) -> None:
    """It began in time, and was stopped; the newer run merged before it went on."""
    older, newer = register(same), register(same)
    merge(older)
    with older.stores() as at:
        at.chunks.forget(older.run_id)
    end(older)
    load(newer)
    with pytest.raises(PermanentError, match="newer data"):
        merge(older)
    assert owned(newer) == RECORDS
    end(older)


def test_forced_it_replaces_the_newer_data(register: MakeRun, pool: SessionPool, same: bytes, tmp_path: Path) -> None:
    older, newer = register(same), register(same)
    load(newer)
    with stores(pool) as at:
        assert at.runs.end(older.run_id, State.FAILED, "LRR025: …", 2)
        assert at.runs.reopen(older.run_id, State.MERGING, reread=False, forced=False, overwrite=True)
    forced = context_of(pool, older.compiled, older.run_id, tmp_path)
    assert forced.run.overwrite
    load(forced)
    assert owned(newer) == 0
    with stores(pool) as at:
        assert at.runs.end(older.run_id, State.FAILED, "again", 2)
        assert at.runs.reopen(older.run_id, State.MERGING, reread=False, forced=False)
        assert not at.runs.get(older.run_id).overwrite, "force is for one attempt"


def test_other_keys_and_older_data_are_no_obstacle(register: MakeRun, same: bytes, others: bytes) -> None:
    first, older, newer = register(same), register(same), register(others)
    load(first)
    load(newer)
    load(older)
    assert (owned(first), owned(older), owned(newer)) == (0, RECORDS, RECORDS)
