"""A staging table that is altered between two batches: its INSERT is prepared again and the batch is written."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.writer.transaction import BatchWriter, Load, WriteOutcome
from shared.database.ddl import staging_ddl
from shared.database.errors import DatabaseUnavailable, DataRefused, StatementFailed
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from tests.support.batches import load_of
from tests.support.ledger import Stored, stored

pytestmark = pytest.mark.database

WRITTEN = WriteOutcome.WRITTEN
Job = tuple[JobSource, CompiledJob]
Make = Callable[..., bytes]


@pytest.fixture
def writer(tables: DatabaseSettings) -> Iterator[BatchWriter]:
    opened = BatchWriter(tables, "writer-1")
    yield opened
    opened.close()


@pytest.fixture
def loads(make_raw: Make) -> list[Load]:
    """Three batches of one run, each of 36 rows and 4 rejects."""
    return [load_of(make_raw(batch_no=number, offset=number * 4_800)) for number in range(3)]


def alter(session: Session, *statements: str) -> None:
    for sql in statements:
        session.execute(sql)
    session.commit()


def added(table: str, job: Job) -> list[str]:
    return [f"ALTER TABLE {table} ADD COLUMN NOTE VARCHAR(20)"]


def widened(table: str, job: Job) -> list[str]:
    return [f"ALTER TABLE {table} ALTER COLUMN TRAN_TYPE SET DATA TYPE VARCHAR(200)"]


def created_again(table: str, job: Job) -> list[str]:
    (definition,) = job[1].tables
    return [f"DROP TABLE {table}", staging_ddl(definition.staging, definition.targets, "derby")]


def created_in_another_order(table: str, job: Job) -> list[str]:
    (definition,) = job[1].tables
    return [f"DROP TABLE {table}", staging_ddl(definition.staging, definition.targets[::-1], "derby")]


def retyped(table: str, job: Job) -> list[str]:
    return [
        f"ALTER TABLE {table} DROP COLUMN TRAN_TYPE",
        f"ALTER TABLE {table} ADD COLUMN TRAN_TYPE CHAR(60)",
    ]


@pytest.mark.parametrize("change", [added, widened, created_again, created_in_another_order, retyped])
def test_the_next_batch_is_written(
    writer: BatchWriter, session: Session, loads: list[Load], job: Job, change: Callable[[str, Job], list[str]]
) -> None:
    table = loads[0].message.tables[0].table
    assert writer.write(loads[0]) is WRITTEN
    alter(session, *change(table, job))
    already = stored(session, loads[0]).staged
    assert writer.write(loads[1]) is WRITTEN
    assert writer.write(loads[2]) is WRITTEN
    assert stored(session, loads[0]) == Stored(ledger=3, staged=already + 72, rejects=12)
    rows = session.query(f"SELECT COUNT(TRAN_TYPE) AS N FROM {table} WHERE BATCH_NO = 1")
    assert rows == [{"n": 36}], "the values are in their columns"


@pytest.mark.parametrize(
    ("change", "sqlstate"),
    [("DROP TABLE {table}", "42X05"), ("ALTER TABLE {table} DROP COLUMN TRAN_TYPE", "42X14")],
)
def test_a_table_that_no_longer_fits_is_refused_until_it_does(
    writer: BatchWriter, session: Session, loads: list[Load], job: Job, change: str, sqlstate: str
) -> None:
    table = loads[0].message.tables[0].table
    assert writer.write(loads[0]) is WRITTEN
    alter(session, change.format(table=table))
    for _ in range(2):
        with pytest.raises(StatementFailed) as caught:
            writer.write(loads[1])
        assert caught.value.sqlstate == sqlstate
    if sqlstate == "42X14":
        alter(session, f"ALTER TABLE {table} ADD COLUMN TRAN_TYPE VARCHAR(2)")
    else:
        alter(session, created_again(table, job)[1])
    assert writer.write(loads[1]) is WRITTEN


def tries_of(writer: BatchWriter, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the batches that the writer tries from now on."""
    tries: list[int] = []
    write = writer._write

    def counted(load: Load) -> WriteOutcome:
        tries.append(load.message.batch_no)
        return write(load)

    monkeypatch.setattr(writer, "_write", counted)
    return tries


def test_a_table_that_was_never_there_is_tried_once(
    writer: BatchWriter, session: Session, loads: list[Load], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was prepared before, so preparing again cannot help."""
    alter(session, f"DROP TABLE {loads[0].message.tables[0].table}")
    tries = tries_of(writer, monkeypatch)
    with pytest.raises(StatementFailed):
        writer.write(loads[0])
    assert tries == [0]


def test_refused_data_are_tried_once(
    writer: BatchWriter, session: Session, loads: list[Load], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that a constraint forbids is refused by any statement."""
    assert writer.write(loads[0]) is WRITTEN
    alter(session, f"ALTER TABLE {loads[0].message.tables[0].table} ADD CHECK (BATCH_NO < 1)")
    tries = tries_of(writer, monkeypatch)
    with pytest.raises(DataRefused):
        writer.write(loads[1])
    assert tries == [1]


def test_a_connection_that_is_lost_while_preparing_again_is_unavailable(
    writer: BatchWriter, session: Session, loads: list[Load], job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker then opens another one."""
    assert writer.write(loads[0]) is WRITTEN
    alter(session, *widened(loads[0].message.tables[0].table, job))
    connection = writer._connection

    def lost(sql: str) -> Any:
        raise DatabaseUnavailable("LRB010", "lost", sqlstate="08001", sqlcode=-30081)

    monkeypatch.setattr(connection, "statement", lost)
    with pytest.raises(DatabaseUnavailable):
        writer.write(loads[1])
    monkeypatch.undo()
    assert writer.write(loads[1]) is WRITTEN
