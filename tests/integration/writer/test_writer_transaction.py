"""One batch, one transaction: rows, rejects and ledger row together or not at all, and never twice."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from services.writer.transaction import BatchWriter, Load, WriteOutcome
from shared.batch.columns import RowBatch
from shared.database.ddl import staging_ddl
from shared.database.errors import DatabaseUnavailable, DuplicateKey, StatementFailed
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from shared.errors import PoisonError
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.transform.sql_columns import python_values
from tests.support.batches import load_of
from tests.support.derby import DerbyEndpoint
from tests.support.ledger import NOTHING, Stored, ledger_row, session_schema, stored
from tests.support.own_tables import in_two_tables, with_second_table
from tests.support.sessions import settings_for
from tests.support.tcp import TcpProxy

pytestmark = pytest.mark.database

SCHEMA = "WRITERTEST"
WHOLE = Stored(ledger=1, staged=36, rejects=4)
WRITTEN, DUPLICATE, RUN_STOPPED = WriteOutcome
Make = Callable[..., bytes]


@pytest.fixture
def writer(tables: DatabaseSettings) -> Iterator[BatchWriter]:
    opened = BatchWriter(tables, "writer-1")
    yield opened
    opened.close()


def test_rows_rejects_and_ledger_are_written(writer: BatchWriter, session: Session, load: Load) -> None:
    assert writer.write(load) is WRITTEN
    assert stored(session, load) == WHOLE
    row, message = ledger_row(session, load), load.message
    assert (row["records_read"], row["records_valid"], row["records_rejected"]) == (40, 36, 4)
    assert (row["checksum"], row["processor_id"], row["writer_id"]) == (message.checksum, "processor-1", "writer-1")
    assert (row["start_offset"], row["bytes"], row["duplicates"]) == (0, message.end, 0)
    (total,) = message.totals
    assert row["control_totals"] == f"TRAN-AMOUNT:2:{total.valid}:{total.rejected}:{total.unreadable}"


def test_the_staged_rows_are_the_batch(writer: BatchWriter, session: Session, load: Load) -> None:
    writer.write(load)
    names = ["record_offset", *(column.target.name.lower() for column in load.tables[0].columns)]
    found = session.query(f"SELECT * FROM {load.message.tables[0].table} ORDER BY RECORD_OFFSET")
    expected = zip(load.tables[0].offsets.tolist(), *map(python_values, load.tables[0].columns), strict=True)
    assert [tuple(_plain(row[name]) for name in names) for row in found] == list(expected)
    assert {(row["run_id"], row["batch_no"], row["worker_id"], row["superseded"]) for row in found} == {
        (load.message.run_id, 0, "processor-1", 0)
    }


def test_the_rejects_can_be_mended_from_their_rows(writer: BatchWriter, session: Session, load: Load) -> None:
    writer.write(load)
    rows = session.query(
        f"SELECT * FROM {session_schema(load)}.REJECT WHERE RUN_ID = ? ORDER BY RECORD_OFFSET", (load.message.run_id,)
    )
    names = ("record_offset", "record_no", "field", "field_offset", "code", "message", "raw_hex", "faults")
    expected = [
        (r.offset, r.record_no, r.field, r.field_offset, r.code, r.message, r.raw_hex, r.faults) for r in load.rejects
    ]
    assert [tuple(row[name] for name in names) for row in rows] == expected


def test_a_second_delivery_changes_nothing_and_is_counted(writer: BatchWriter, session: Session, load: Load) -> None:
    assert writer.write(load) is WRITTEN
    assert writer.write(load) is DUPLICATE
    assert writer.write(load) is DUPLICATE
    assert stored(session, load) == WHOLE
    assert ledger_row(session, load)["duplicates"] == 2


def test_another_content_under_the_same_number_is_poison(
    writer: BatchWriter, session: Session, load: Load, make_raw: Make
) -> None:
    writer.write(load)
    other = load_of(make_raw(records=30, run_id=load.message.run_id))
    with pytest.raises(PoisonError) as caught:
        writer.write(other)
    assert caught.value.code == "LRP040"
    assert load.message.run_id in caught.value.message
    assert stored(session, load) == WHOLE
    assert ledger_row(session, load)["duplicates"] == 0
    assert writer.write(load_of(make_raw(run_id=f"{load.message.run_id}-b"))) is WRITTEN, "the writer works on"


def test_a_failure_among_the_rows_leaves_nothing(writer: BatchWriter, session: Session, load: Load) -> None:
    (rows,) = load.tables
    offsets = rows.offsets.copy()
    offsets[-1] = offsets[0]  # the staging table's key is (RUN_ID, RECORD_OFFSET)
    broken = replace(load, tables=[RowBatch(offsets, rows.columns)])
    with pytest.raises(DuplicateKey):
        writer.write(broken)
    assert stored(session, load) == NOTHING
    assert writer.write(load) is WRITTEN
    assert stored(session, load) == WHOLE


def test_a_failure_among_the_rejects_leaves_nothing(writer: BatchWriter, session: Session, load: Load) -> None:
    """The last statement of the transaction fails: rows and ledger row go with it."""
    broken = replace(load, rejects=[*load.rejects, load.rejects[0]])
    with pytest.raises(DuplicateKey):
        writer.write(broken)
    assert stored(session, load) == NOTHING
    assert writer.write(load) is WRITTEN


def test_a_staging_table_that_is_not_there_leaves_nothing(writer: BatchWriter, session: Session, load: Load) -> None:
    table = load.message.tables[0].model_copy(update={"table": f"{session_schema(load)}.NO_SUCH"})
    gone = load.message.model_copy(update={"tables": [table]})
    with pytest.raises(StatementFailed):
        writer.write(replace(load, message=gone))
    assert stored(session, load) == NOTHING
    assert writer.write(load) is WRITTEN


def test_batches_without_rows_or_without_rejects(writer: BatchWriter, session: Session, make_raw: Make) -> None:
    bad, good = load_of(make_raw(10, 1.0)), load_of(make_raw(10, 0.0, batch_no=1, offset=1_200))
    assert (len(bad.tables[0]), len(good.rejects)) == (0, 0)
    assert writer.write(bad) is WRITTEN
    assert writer.write(good) is WRITTEN
    assert stored(session, good) == Stored(ledger=2, staged=10, rejects=10)


class TestSeveralTables:
    @pytest.fixture
    def twofold(self, session: Session, load: Load, job: tuple[JobSource, CompiledJob]) -> Load:
        """The batch with half its rows in another table."""
        second = with_second_table(job[1], SCHEMA).tables[1]
        session.execute(staging_ddl(second.staging, second.targets, "derby"))
        session.commit()
        return in_two_tables(load, second.staging_table)

    def test_each_table_gets_its_rows(self, writer: BatchWriter, session: Session, twofold: Load) -> None:
        assert writer.write(twofold) is WRITTEN
        assert writer.write(twofold) is DUPLICATE
        assert stored(session, twofold) == WHOLE
        for table, rows in zip(twofold.message.tables, twofold.tables, strict=True):
            found = session.query(f"SELECT RECORD_OFFSET FROM {table.table} ORDER BY RECORD_OFFSET")
            assert [row["record_offset"] for row in found] == rows.offsets.tolist()
            assert len(found) == 18

    def test_a_failure_in_the_second_leaves_nothing_in_the_first(
        self, writer: BatchWriter, session: Session, twofold: Load
    ) -> None:
        first, second = twofold.tables
        offsets = second.offsets.copy()
        offsets[-1] = offsets[0]
        with pytest.raises(DuplicateKey):
            writer.write(replace(twofold, tables=[first, RowBatch(offsets, second.columns)]))
        assert stored(session, twofold) == NOTHING

    def test_a_table_without_rows_in_this_batch(self, writer: BatchWriter, session: Session, twofold: Load) -> None:
        first, second = twofold.tables
        every = np.arange(len(second))
        empty = RowBatch(second.offsets[:0], [column.without(every) for column in second.columns])
        assert writer.write(replace(twofold, tables=[first, empty])) is WRITTEN
        assert stored(session, twofold) == Stored(ledger=1, staged=18, rejects=4)


def test_one_record_is_a_batch(writer: BatchWriter, session: Session, make_raw: Make) -> None:
    one = load_of(make_raw(1, 0.0))
    assert writer.write(one) is WRITTEN
    (row,) = session.query(f"SELECT RUN_ID, WORKER_ID, TRAN_ID FROM {one.message.tables[0].table}")
    assert (row["run_id"], row["worker_id"]) == (one.message.run_id, "processor-1")


def test_nothing_shows_before_the_commit(
    writer: BatchWriter, session: Session, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader at the moment before the commit waits for it, and then sees the whole batch."""
    written, may_commit = threading.Event(), threading.Event()
    commit = writer._connection.commit

    def slow_commit() -> None:
        written.set()
        may_commit.wait(10)
        commit()

    monkeypatch.setattr(writer._connection, "commit", slow_commit)
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(writer.write, load)
        assert written.wait(10)
        reading = pool.submit(stored, session, load)
        with pytest.raises(TimeoutError):
            reading.result(0.3)
        may_commit.set()
        assert writing.result(10) is WRITTEN
        assert reading.result(10) == WHOLE


def test_two_writers_with_the_same_batch_write_it_once(tables: DatabaseSettings, session: Session, load: Load) -> None:
    """The broker may deliver a batch to two writers at one moment: the second waits on the ledger's key."""
    writers = [BatchWriter(tables, f"writer-{number}") for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda writer: writer.write(load), writers))
    for writer in writers:
        writer.close()
    assert Counter(outcomes) == {WRITTEN: 1, DUPLICATE: 2}
    assert stored(session, load) == WHOLE
    assert ledger_row(session, load)["duplicates"] == 2


@pytest.mark.parametrize("moment", ["_statements", "_connection"])
def test_a_connection_cut_before_the_commit_leaves_nothing(
    database: DerbyEndpoint,
    tables: DatabaseSettings,
    session: Session,
    load: Load,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    with TcpProxy(database.port) as proxy:
        settings = settings_for(database, proxy.port, tables.control_schema)
        writer = BatchWriter(settings, "writer-1")
        part: Any = getattr(writer, moment)
        name = "insert_rejects" if moment == "_statements" else "commit"
        go_on = getattr(part, name)

        def cut_first(*arguments: Any) -> Any:
            proxy.cut()
            return go_on(*arguments)

        monkeypatch.setattr(part, name, cut_first)
        with pytest.raises(DatabaseUnavailable):
            writer.write(load)
        writer.close()
        assert stored(session, load) == NOTHING
        again = BatchWriter(settings, "writer-1")
        assert again.write(load) is WRITTEN
        again.close()
    assert stored(session, load) == WHOLE


def _plain(value: Any) -> Any:
    """As the batch has it: dates as text, numbers and text as they are (Python compares 1 and Decimal(1) by value)."""
    if isinstance(value, str | int | Decimal) or value is None:
        return value
    return value.isoformat()


def test_the_comparison_above_can_fail(load: Load) -> None:
    """Sample rows differ from each other, so that rows in another order would show."""
    (table,) = load.tables
    rows = list(zip(*map(python_values, table.columns), strict=True))
    assert len(set(rows)) == len(rows) == 36
    assert np.all(np.diff(table.offsets) > 0)
