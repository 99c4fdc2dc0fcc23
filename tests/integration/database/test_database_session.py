"""Control sessions on a real database: rows as they are, and each error of the class that says what to do."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from shared.database.cli import ArrayStatement, CliConnection
from shared.database.errors import (
    DatabaseBusy,
    DatabaseError,
    DatabaseUnavailable,
    DataRefused,
    DuplicateKey,
    StatementFailed,
)
from shared.database.pool import SessionPool
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from tests.support.derby import DerbyEndpoint, derby_database, gateway_process
from tests.support.sessions import settings_for
from tests.support.tcp import TcpProxy

pytestmark = pytest.mark.database

Open = Callable[[DatabaseSettings], Session]


@pytest.fixture
def keyed(session: Session, table: str) -> str:
    session.execute(f"CREATE TABLE {table} (I INTEGER NOT NULL PRIMARY KEY, N INTEGER)")
    session.execute(f"INSERT INTO {table} VALUES (1, 0), (2, 0)")
    session.commit()
    return table


def change_and_fail(session: Session, table: str, between: Callable[[], None] = lambda: None) -> None:
    """A change that succeeds, and one that cannot."""
    session.execute(f"UPDATE {table} SET N = 8")
    between()
    session.execute(f"INSERT INTO {table} VALUES (1, 1)")


def numbers(session: Session, table: str) -> list[tuple[int, int]]:
    rows = session.query(f"SELECT I, N FROM {table} ORDER BY I")
    session.commit()
    return [(row["i"], row["n"]) for row in rows]


def test_rows_come_as_dictionaries(session: Session, table: str) -> None:
    session.execute(
        f"CREATE TABLE {table} (NAME VARCHAR(20), B BIGINT, D DECIMAL(31,2), DAY DATE, MOMENT TIMESTAMP, EMPTY INTEGER)"
    )
    moment = datetime(2026, 11, 21, 23, 59, 59, 123456)
    values = ("Zoë 中文 €", 2**62, Decimal("-12345678901234567890123456789.25"), date(1999, 12, 31), moment, None)
    assert session.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)", values) == 1
    (row,) = session.query(f"SELECT T.*, B - 1 AS Less FROM {table} T WHERE NAME = ?", (values[0],))
    assert row == {**dict(zip(("name", "b", "d", "day", "moment", "empty"), values, strict=True)), "less": 2**62 - 1}
    session.rollback()


def test_the_rows_changed_are_counted(session: Session, keyed: str) -> None:
    assert session.execute(f"UPDATE {keyed} SET N = N + 1") == 2
    assert session.execute(f"UPDATE {keyed} SET N = N + 1 WHERE I = 99") == 0
    assert session.execute("SET SCHEMA LRECL") == 0
    session.rollback()
    assert numbers(session, keyed) == [(1, 0), (2, 0)]


def test_no_row_is_an_empty_list(session: Session, keyed: str) -> None:
    assert session.query(f"SELECT * FROM {keyed} WHERE I = ?", (99,)) == []
    session.rollback()


def test_a_block_commits_or_leaves_nothing(session: Session, keyed: str, settings: DatabaseSettings) -> None:
    with session.transaction():
        session.execute(f"UPDATE {keyed} SET N = 7 WHERE I = 1")
    with pytest.raises(DuplicateKey), session.transaction():
        change_and_fail(session, keyed)
    session.close()
    other = Session(settings)
    assert numbers(other, keyed) == [(1, 7), (2, 0)]
    other.close()


def test_a_row_that_is_there_is_a_duplicate(session: Session, keyed: str) -> None:
    with pytest.raises(DuplicateKey) as caught:
        session.execute(f"INSERT INTO {keyed} VALUES (1, 1)")
    assert (caught.value.code, caught.value.sqlstate) == ("LRB012", "23505")
    session.rollback()


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT * FROM LRECL.NO_SUCH_TABLE", "42X05"),
        ("SELEKT 1", "42X01"),
        ("INSERT INTO {table} VALUES (1, 'x')", "42821"),
    ],
)
def test_a_wrong_statement_is_permanent(session: Session, keyed: str, sql: str, sqlstate: str) -> None:
    refused_as(StatementFailed, "LRB013", session, keyed, sql, sqlstate)


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [("INSERT INTO {table} VALUES (99999999999, 1)", "22003"), ("UPDATE {table} SET N = 1/0", "22012")],
)
def test_a_value_that_cannot_be_is_refused_as_data(session: Session, keyed: str, sql: str, sqlstate: str) -> None:
    refused_as(DataRefused, "LRB015", session, keyed, sql, sqlstate)


def refused_as(kind: type[DatabaseError], code: str, session: Session, keyed: str, sql: str, sqlstate: str) -> None:
    with pytest.raises(kind) as caught:
        session.execute(sql.format(table=keyed))
    assert (caught.value.code, caught.value.sqlstate) == (code, sqlstate)
    session.rollback()
    assert numbers(session, keyed) == [(1, 0), (2, 0)], "the session lives on"


TELLING = [
    ("SELECT * FROM LRECL.NO_SUCH_TABLE", "[42X05 -20001] There is no such table or view: LRECL.NO_SUCH_TABLE"),
    ("SELEKT 1", '[42X01 -20001] Syntax error: Encountered "SELEKT" at line 1, column 1'),
    ("SELECT WRONG FROM {table}", "[42X04 -20001] There is no such column: WRONG"),
    ("UPDATE {table} SET N = 1/0", "[22012 -20001] Division by zero."),
    ("INSERT INTO {table} VALUES (NULL, 1)", "[23502 -20001] The column does not accept NULL: I"),
    ("DROP TABLE A.B", "[42Y07 -20001] There is no such schema: A"),
    ("DROP TABLE LRECL.ABSENT", "[42Y55 -20001] The object of the statement does not exist: DROP TABLE LRECL.ABSENT"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "message"), TELLING)
def test_an_error_says_what_the_database_said(
    session: Session, settings: DatabaseSettings, keyed: str, sql: str, message: str
) -> None:
    """In sessions and in the command-line interface alike: IBM's driver has no texts for Derby's errors."""
    with pytest.raises(DatabaseError) as caught:
        session.execute(sql.format(table=keyed))
    session.rollback()
    assert caught.value.message == message
    with CliConnection(settings.connection_string()) as connection, pytest.raises(DatabaseError) as of_cli:
        ArrayStatement(connection, sql.format(table=keyed)).execute([], 1)
    assert of_cli.value.message == message


def test_a_deadlock_makes_one_try_again(settings: DatabaseSettings, open_session: Open, keyed: str) -> None:
    sessions = [open_session(settings), open_session(settings)]
    for number, one in enumerate(sessions, 1):
        one.execute(f"UPDATE {keyed} SET N = {number} WHERE I = {number}")
    together = threading.Barrier(2)

    def cross(one: Session, row: int) -> DatabaseError | None:
        together.wait()
        try:
            one.execute(f"UPDATE {keyed} SET N = 9 WHERE I = {row}")
            one.commit()
        except DatabaseError as error:
            return error
        return None

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(cross, sessions, [2, 1]))
    (loser,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(loser, DatabaseBusy)
    assert (loser.code, loser.sqlstate) == ("LRB011", "40001")
    victim = sessions[0 if outcomes[0] else 1]
    victim.rollback()
    assert sorted(n for _, n in numbers(victim, keyed))[1] == 9


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"name": "NOSUCH"}])
def test_a_database_that_refuses_is_unavailable(settings: DatabaseSettings, wrong: dict[str, object]) -> None:
    changed = DatabaseSettings.model_validate({**settings.model_dump(), **wrong})
    with pytest.raises(DatabaseUnavailable) as caught:
        Session(changed)
    assert caught.value.code == "LRB010"
    assert "only-for-tests" not in str(caught.value)


def test_a_gateway_that_died_is_unavailable(database: DerbyEndpoint, tmp_path: Path) -> None:
    with gateway_process(database.server.settings.port, tmp_path / "gateway.log") as (gateway, port):
        pool = SessionPool(settings_for(database, port))
        with pool.session() as session:
            session.query("VALUES 1")
        gateway.kill()
        gateway.wait()
        with pytest.raises(DatabaseUnavailable), pool.session() as broken:
            broken.query("VALUES 1")
        pool.close()


def test_a_session_that_was_cut_is_replaced(database: DerbyEndpoint, keyed: str) -> None:
    with TcpProxy(database.port) as proxy:
        pool = SessionPool(settings_for(database, proxy.port))
        with pytest.raises(DatabaseUnavailable), pool.session() as session:
            change_and_fail(session, keyed, proxy.cut)
        with pool.session() as again:
            assert [row["n"] for row in again.query(f"SELECT N FROM {keyed}")] == [0, 0], "nothing of it was committed"
        pool.close()


def test_a_pool_keeps_a_session_after_a_statement_failed(settings: DatabaseSettings, keyed: str) -> None:
    pool = SessionPool(settings)
    with pool.session() as first:
        first.query("VALUES 1")
    with pytest.raises(DuplicateKey), pool.session() as same:
        change_and_fail(same, keyed)
    with pool.session() as second:
        assert second is first
        assert [row["n"] for row in second.query(f"SELECT N FROM {keyed}")] == [0, 0]
    pool.close()


def test_a_commit_that_a_dying_derby_never_answered_is_unavailable(tmp_path: Path) -> None:
    with derby_database(tmp_path / "derby", durable=True) as endpoint:
        settings = settings_for(endpoint)
        session = Session(settings)
        session.execute("CREATE TABLE LRECL.KEPT (I INTEGER)")
        session.execute("INSERT INTO LRECL.KEPT VALUES (1)")
        session.commit()
        session.execute("INSERT INTO LRECL.KEPT VALUES (2)")
        endpoint.server.kill()
        with pytest.raises(DatabaseUnavailable):
            session.commit()
        session.close()
        endpoint.server.start()
        endpoint.server.ready()
        again = Session(settings)
        assert [row["i"] for row in again.query("SELECT I FROM LRECL.KEPT")] == [1]
        again.close()
