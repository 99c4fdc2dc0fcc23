"""A stopped run gets no further batch committed, and busy writers do not keep a run from being stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from services.writer.transaction import BatchWriter, Load, WriteOutcome
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from tests.support.batches import load_of
from tests.support.ledger import NOTHING, Stored, ledger_row, stored
from tests.support.runs import insert_run, move_run
from tests.support.waiting import wait_until

pytestmark = pytest.mark.database

SCHEMA = "WRITERTEST"
WHOLE = Stored(ledger=1, staged=36, rejects=4)
WRITTEN, DUPLICATE, RUN_STOPPED = WriteOutcome
STOPPED = ("cancelling", "cancelled", "failed", "refused")
Make = Callable[..., bytes]


@pytest.fixture
def writer(tables: DatabaseSettings) -> Iterator[BatchWriter]:
    opened = BatchWriter(tables, "writer-1")
    yield opened
    opened.close()


@pytest.fixture
def other(tables: DatabaseSettings) -> Iterator[Session]:
    """A second session, as the orchestrator has it."""
    opened = Session(tables)
    yield opened
    opened.close()


def run_of(load: Load) -> str:
    return load.message.run_id


@pytest.mark.parametrize("state", STOPPED)
def test_a_batch_of_a_stopped_run_is_not_written(writer: BatchWriter, session: Session, load: Load, state: str) -> None:
    insert_run(session, SCHEMA, run_of(load), state)
    assert writer.write(load) is RUN_STOPPED
    assert stored(session, load) == NOTHING
    move_run(session, SCHEMA, run_of(load), "loading")
    session.commit()
    assert writer.write(load) is WRITTEN, "a resumed run is loaded"
    assert stored(session, load) == WHOLE


@pytest.mark.parametrize("state", ["registered", "splitting", "loading", "partial", "stalled", "completed"])
def test_a_batch_of_any_other_run_is_written(writer: BatchWriter, session: Session, load: Load, state: str) -> None:
    insert_run(session, SCHEMA, run_of(load), state)
    assert writer.write(load) is WRITTEN
    assert stored(session, load) == WHOLE


def test_a_late_delivery_to_a_completed_run_is_a_duplicate(writer: BatchWriter, session: Session, load: Load) -> None:
    insert_run(session, SCHEMA, run_of(load), "loading")
    assert writer.write(load) is WRITTEN
    move_run(session, SCHEMA, run_of(load), "completed")
    session.commit()
    assert writer.write(load) is DUPLICATE
    assert ledger_row(session, load)["duplicates"] == 1


def test_a_late_delivery_to_a_stopped_run_is_not_counted(writer: BatchWriter, session: Session, load: Load) -> None:
    insert_run(session, SCHEMA, run_of(load), "loading")
    assert writer.write(load) is WRITTEN
    move_run(session, SCHEMA, run_of(load), "cancelled")
    session.commit()
    assert writer.write(load) is RUN_STOPPED
    assert stored(session, load) == WHOLE
    assert ledger_row(session, load)["duplicates"] == 0


def test_a_run_is_stopped_after_the_batch_that_is_being_written(
    writer: BatchWriter, session: Session, other: Session, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change of state waits for the commit, and the ledger that is read after it is final."""
    insert_run(session, SCHEMA, run_of(load), "loading")
    with held_before_commit(writer, monkeypatch) as held, ThreadPoolExecutor(2) as pool:
        writing = pool.submit(writer.write, load)
        assert held.reached.wait(10)
        stopping = pool.submit(move_run, other, SCHEMA, run_of(load), "cancelling")
        with pytest.raises(TimeoutError):
            stopping.result(0.5)
        held.go_on.set()
        assert writing.result(10) is WRITTEN
        stopping.result(10)
    assert stored(other, load) == WHOLE
    assert writer.write(load) is RUN_STOPPED


def test_other_runs_are_stopped_meanwhile(
    writer: BatchWriter, session: Session, other: Session, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is on one row, also when the table holds more of them."""
    insert_run(session, SCHEMA, run_of(load), "loading")
    others = [f"{run_of(load)}-{number}" for number in range(20)]
    for run_id in others:
        insert_run(session, SCHEMA, run_id, "loading")
    with held_before_commit(writer, monkeypatch) as held, ThreadPoolExecutor(2) as pool:
        writing = pool.submit(writer.write, load)
        assert held.reached.wait(10)
        for run_id in others:
            pool.submit(move_run, other, SCHEMA, run_id, "cancelled").result(5)
        other.commit()
        held.go_on.set()
        assert writing.result(10) is WRITTEN


def test_a_writer_waits_for_a_run_that_is_being_stopped(
    writer: BatchWriter, session: Session, other: Session, load: Load
) -> None:
    """It waits before it has touched the ledger, which the one that stops the run may read meanwhile."""
    insert_run(session, SCHEMA, run_of(load), "loading")
    move_run(other, SCHEMA, run_of(load), "cancelled")
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(writer.write, load)
        with pytest.raises(TimeoutError):
            writing.result(0.5)
        assert stored(other, load) == NOTHING, "reads the ledger, then commits the change of state"
        assert writing.result(10) is RUN_STOPPED
    assert stored(session, load) == NOTHING


def test_a_stop_that_is_undone_lets_the_writer_go_on(
    writer: BatchWriter, session: Session, other: Session, load: Load
) -> None:
    insert_run(session, SCHEMA, run_of(load), "loading")
    move_run(other, SCHEMA, run_of(load), "failed")
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(writer.write, load)
        with pytest.raises(TimeoutError):
            writing.result(0.3)
        other.rollback()
        assert writing.result(10) is WRITTEN
    assert stored(session, load) == WHOLE


def test_writers_that_never_pause_do_not_keep_a_run_from_being_stopped(
    tables: DatabaseSettings, session: Session, other: Session, make_raw: Make
) -> None:
    first = load_of(make_raw())
    insert_run(session, SCHEMA, run_of(first), "loading")
    stop, outcomes = threading.Event(), []
    numbers = iter(range(1_000_000))

    def write_on(writer: BatchWriter) -> None:
        while not stop.is_set():
            outcomes.append(writer.write(numbered(first, next(numbers))))

    with ExitStack() as stack:
        writers = [BatchWriter(tables, f"writer-{number}") for number in range(4)]
        for writer in writers:
            stack.callback(writer.close)
        pool = stack.enter_context(ThreadPoolExecutor(4))
        stack.callback(stop.set)
        running = [pool.submit(write_on, writer) for writer in writers]
        wait_until(lambda: len(outcomes) >= 40, 60)
        started = time.monotonic()
        move_run(other, SCHEMA, run_of(first), "cancelled")
        waited = time.monotonic() - started
        before = stored(other, first)
        time.sleep(0.5)
        stop.set()
        for each in running:
            each.result(10)
    assert waited < 5, "an update that starves fails after 20 s"
    assert before.staged == 36 * before.ledger
    assert stored(session, first) == before, "nothing was committed after the change of state"
    assert outcomes.count(WRITTEN) == before.ledger
    assert outcomes.count(RUN_STOPPED) >= 4


def numbered(load: Load, number: int) -> Load:
    """The batch under another number and at other offsets."""
    offset = number * 1_000_000
    message = load.message.model_copy(update={"batch_no": number})
    tables = [replace(rows, offsets=rows.offsets + offset) for rows in load.tables]
    rejects = [replace(reject, offset=reject.offset + offset) for reject in load.rejects]
    return Load(message, tables, rejects)


class Held:
    """A writer that waits before its commit."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()


@contextmanager
def held_before_commit(writer: BatchWriter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held, commit = Held(), writer._connection.commit

    def late_commit() -> None:
        held.reached.set()
        held.go_on.wait(15)
        commit()

    with monkeypatch.context() as patched:
        patched.setattr(writer._connection, "commit", late_commit)
        yield held
