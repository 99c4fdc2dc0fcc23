"""Statements as the writer uses them: array inserts of every type, all rows or an error; and a query of one value."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from shared.batch.columns import NULL, BatchColumn, constant
from shared.batch.types import MACHINE_TYPES, SqlType, TableName, TargetColumn
from shared.database.cli import ArrayInsert, ArrayStatement, CliConnection, TextQuery
from shared.database.ddl import column_type, final_ddl, staging_ddl
from shared.database.errors import DatabaseUnavailable, DuplicateKey, StatementFailed
from shared.database.session import Row, Session
from shared.database.settings import DatabaseSettings
from tests.support.derby import DerbyEndpoint
from tests.support.sessions import fresh_name, settings_for
from tests.support.tcp import TcpProxy

pytestmark = pytest.mark.database

Value = str | int | float | None

ID = TargetColumn("ID", SqlType.INTEGER, nullable=False)
KINDS = (
    TargetColumn("S", SqlType.SMALLINT),
    TargetColumn("I", SqlType.INTEGER),
    TargetColumn("B", SqlType.BIGINT),
    TargetColumn("D", SqlType.DECIMAL, 31, 2),
    TargetColumn("W", SqlType.DECIMAL, 15, 0),
    TargetColumn("C", SqlType.CHAR, 5),
    TargetColumn("V", SqlType.VARCHAR, 20),
    TargetColumn("DAY", SqlType.DATE),
    TargetColumn("F", SqlType.DOUBLE),
)
ROWS: list[tuple[Value, ...]] = [
    (-(2**15), -(2**31), -(2**63), "-99999999999999999999999999999.99", "-5", "abc", "plain", "0001-01-01", -1.5),
    (2**15 - 1, 2**31 - 1, 2**63 - 1, "0.01", "999999999999999", "Zoë€中", "中文" * 10, "9999-12-31", 1e300),
    (None,) * 9,
    (0, 0, 0, "0", "0", "", "", "2024-02-29", 0.0),
]  # fmt: skip
READ_BACK = [
    (-(2**15), -(2**31), -(2**63), Decimal(str(ROWS[0][3])), Decimal(-5), "abc  ", "plain", date(1, 1, 1), -1.5),
    (
        2**15 - 1,
        2**31 - 1,
        2**63 - 1,
        Decimal("0.01"),
        Decimal(10**15 - 1),
        "Zoë€中",
        "中文" * 10,
        date(9999, 12, 31),
        1e300,
    ),
    (None,) * 9,
    (0, 0, 0, Decimal(0), Decimal(0), "     ", "", date(2024, 2, 29), 0.0),
]


def column(target: TargetColumn, values: Sequence[Value]) -> BatchColumn:
    """A column as the processor would build it: integers, or text at the stride of its longest value."""
    if target.sql_type in MACHINE_TYPES:
        indicators = np.array([NULL if value is None else 0 for value in values], np.int32)
        return BatchColumn(target, np.array([value or 0 for value in values]), indicators)
    raw = [str(value or "").encode() for value in values]
    stride = max(1, *map(len, raw))
    text = np.frombuffer(b"".join(value.ljust(stride, b"?") for value in raw), np.uint8)
    lengths = [NULL if value is None else len(data) for value, data in zip(values, raw, strict=True)]
    return BatchColumn(target, text.reshape(-1, stride), np.array(lengths, np.int32))


@pytest.fixture
def connection(settings: DatabaseSettings) -> Iterator[CliConnection]:
    with CliConnection(settings.connection_string()) as opened:
        yield opened


@pytest.fixture
def all_kinds(session: Session) -> TableName:
    """A table made by lrecl's own DDL, with a column of every type."""
    table = TableName("LRECL", fresh_name("KINDS"))
    session.execute(final_ddl(table, (ID, *KINDS), ["ID"], "derby"))
    for name in ("RUN_ID", "MERGED_AT"):
        session.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    session.commit()
    return table


@pytest.fixture
def keyed(session: Session) -> TableName:
    table = TableName("LRECL", fresh_name("KEYED"))
    session.execute(f"CREATE TABLE {table} (ID INTEGER NOT NULL PRIMARY KEY, NAME VARCHAR(40))")
    session.commit()
    return table


def rows_of(session: Session, table: TableName) -> list[Row]:
    rows = session.query(f"SELECT * FROM {table} ORDER BY ID")
    session.commit()
    return rows


def put(connection: CliConnection, table: TableName, columns: Sequence[BatchColumn], rows: int) -> None:
    insert = ArrayInsert(connection, table, [one.target for one in columns])
    try:
        insert.execute(columns, rows)
        connection.commit()
    finally:
        insert.close()


@pytest.mark.parametrize("rows", [[0], [1], [2], [0, 1, 2, 3], [3, 2, 1, 0] * 300])
def test_every_type_and_null_comes_back(
    connection: CliConnection, session: Session, all_kinds: TableName, rows: list[int]
) -> None:
    """One row, a few, many: also wide text whose bytes are three times its characters."""
    values = list(zip(*(ROWS[row] for row in rows), strict=True))
    columns = [column(ID, range(len(rows)))]
    columns += [column(target, list(part)) for target, part in zip(KINDS, values, strict=True)]
    put(connection, all_kinds, columns, len(rows))
    found = [tuple(row.values())[1:] for row in rows_of(session, all_kinds)]
    assert found == [READ_BACK[row] for row in rows]


@pytest.mark.parametrize("rows", [1, 2, 500])
def test_constants_are_in_every_row(connection: CliConnection, session: Session, keyed: TableName, rows: int) -> None:
    """A single row's constant was once bound with a stride of 0 and arrived as empty text."""
    name = TargetColumn("NAME", SqlType.VARCHAR, 40)
    columns = [column(ID, range(rows)), constant(name, "20261121T214501Z-3f9a1c", rows)]
    put(connection, keyed, columns, rows)
    assert {row["name"] for row in rows_of(session, keyed)} == {"20261121T214501Z-3f9a1c"}
    assert len(rows_of(session, keyed)) == rows


def test_text_that_fills_its_stride_needs_no_lengths(
    connection: CliConnection, session: Session, keyed: TableName
) -> None:
    text = np.frombuffer(b"alphabeta\0gamm", np.uint8)[:14].reshape(2, 7)
    columns = [column(ID, [1, 2]), BatchColumn(TargetColumn("NAME", SqlType.VARCHAR, 40), text)]
    put(connection, keyed, columns, 2)
    assert [row["name"] for row in rows_of(session, keyed)] == ["alphabe", "ta\0gamm"], "NUL does not end it"


def test_a_statement_is_executed_again_with_other_sizes(
    connection: CliConnection, session: Session, keyed: TableName
) -> None:
    """Batches differ in rows and in stride; the statement is prepared once."""
    name = TargetColumn("NAME", SqlType.VARCHAR, 40)
    insert = ArrayInsert(connection, keyed, [ID, name])
    expected: dict[int, str] = {}
    for rows, text in ((3, "a"), (1, "wider than before"), (200, "ü€" * 13), (2, "")):
        numbers = range(len(expected), len(expected) + rows)
        insert.execute([column(ID, list(numbers)), column(name, [f"{text}"] * rows)], rows)
        expected |= dict.fromkeys(numbers, text)
    connection.commit()
    assert {row["id"]: row["name"] for row in rows_of(session, keyed)} == expected


@pytest.mark.parametrize("at", [0, 1, 999])
def test_a_key_that_is_there_fails_the_whole_batch(
    connection: CliConnection, session: Session, keyed: TableName, at: int
) -> None:
    put(connection, keyed, [column(ID, [-1])], 1)
    values = list(range(1000))
    values[at] = -1
    insert = ArrayInsert(connection, keyed, [ID])
    with pytest.raises(DuplicateKey) as caught:
        insert.execute([column(ID, values)], len(values))
    assert caught.value.sqlstate == "23505"
    connection.rollback()
    assert [row["id"] for row in rows_of(session, keyed)] == [-1]
    insert.execute([column(ID, [7])], 1)
    connection.commit()
    assert [row["id"] for row in rows_of(session, keyed)] == [-1, 7], "the statement is good for the next batch"


@pytest.mark.parametrize(
    ("target", "value", "sqlstate"),
    [
        (TargetColumn("NAME", SqlType.VARCHAR, 40), "x" * 41, "22001"),
        (TargetColumn("NAME", SqlType.VARCHAR, 40), None, None),
        (TargetColumn("ID", SqlType.INTEGER), None, "23502"),
    ],
)
def test_what_the_table_refuses_is_permanent(
    connection: CliConnection, keyed: TableName, target: TargetColumn, value: Value, sqlstate: str | None
) -> None:
    columns = [column(target, [value, value])]
    if target.name != "ID":
        columns.append(column(ID, [1, 2]))
    insert = ArrayInsert(connection, keyed, [one.target for one in columns])
    if sqlstate is None:
        insert.execute(columns, 2)
    else:
        with pytest.raises(StatementFailed) as caught:
            insert.execute(columns, 2)
        assert caught.value.sqlstate == sqlstate
    connection.rollback()


def test_a_driver_that_claims_fewer_rows_is_not_believed(
    connection: CliConnection, keyed: TableName, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = ArrayStatement.execute
    monkeypatch.setattr(ArrayStatement, "execute", lambda *arguments: execute(*arguments) - 1)
    insert = ArrayInsert(connection, keyed, [ID])
    with pytest.raises(StatementFailed) as caught:
        insert.execute([column(ID, [1, 2, 3])], 3)
    assert caught.value.code == "LRB020"
    assert caught.value.message == f"2 of 3 rows were inserted into {keyed}."
    connection.rollback()


def test_an_empty_batch_is_nothing_to_do(connection: CliConnection, session: Session, keyed: TableName) -> None:
    put(connection, keyed, [BatchColumn(ID, np.zeros(0, np.int32))], 0)
    assert rows_of(session, keyed) == []


def test_nothing_is_committed_before_the_commit(settings: DatabaseSettings, session: Session, keyed: TableName) -> None:
    with CliConnection(settings.connection_string()) as one:
        ArrayInsert(one, keyed, [ID]).execute([column(ID, [1])], 1)
    assert rows_of(session, keyed) == [], "closing rolled back"


def test_a_table_that_is_not_there_is_permanent(connection: CliConnection) -> None:
    with pytest.raises(StatementFailed) as caught:
        put(connection, TableName("LRECL", "NO_SUCH"), [column(ID, [1])], 1)
    assert caught.value.sqlstate == "42X05"
    connection.rollback()


def test_a_cut_connection_is_unavailable(database: DerbyEndpoint, session: Session, keyed: TableName) -> None:
    with TcpProxy(database.port) as proxy:
        one = CliConnection(settings_for(database, proxy.port).connection_string())
        insert = ArrayInsert(one, keyed, [ID])
        insert.execute([column(ID, [1])], 1)
        proxy.cut()
        with pytest.raises(DatabaseUnavailable):
            one.commit()
        one.close()
    assert rows_of(session, keyed) == []


def test_the_staging_table_of_every_type(session: Session) -> None:
    table = TableName("LRECL", fresh_name("STAGED"))
    session.execute(staging_ddl(table, KINDS, "derby"))
    names = session.query(
        "SELECT C.COLUMNNAME AS NAME FROM SYS.SYSCOLUMNS C JOIN SYS.SYSTABLES T ON T.TABLEID = C.REFERENCEID "
        "WHERE T.TABLENAME = ? ORDER BY C.COLUMNNUMBER",
        (table.name,),
    )
    session.rollback()
    own = ["RUN_ID", "BATCH_NO", "RECORD_OFFSET", "WORKER_ID"]
    assert [row["name"] for row in names] == [*own, *(target.name for target in KINDS), "SUPERSEDED"]


def test_the_types_as_db2_wants_them() -> None:
    """Db2 counts text in bytes unless told otherwise (IBM Db2, SQL Reference: string units)."""
    assert [column_type(target, "db2") for target in KINDS] == [
        "SMALLINT", "INTEGER", "BIGINT", "DECIMAL(31,2)", "DECIMAL(15,0)", "CHAR(5 CODEUNITS32)",
        "VARCHAR(20 CODEUNITS32)", "DATE", "DOUBLE",
    ]  # fmt: skip
    assert [column_type(target, "derby") for target in KINDS][-4:] == ["CHAR(5)", "VARCHAR(20)", "DATE", "DOUBLE"]


def test_two_connections_insert_side_by_side(settings: DatabaseSettings, session: Session, keyed: TableName) -> None:
    def load(start: int) -> None:
        with CliConnection(settings.connection_string()) as one:
            insert = ArrayInsert(one, keyed, [ID])
            for first in range(start, start + 2_000, 200):
                insert.execute([column(ID, list(range(first, first + 200)))], 200)
                one.commit()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(load, [0, 10_000, 20_000]))
    assert len(rows_of(session, keyed)) == 6_000


class TestTextQuery:
    NAME = TargetColumn("NAME", SqlType.VARCHAR, 40)

    @pytest.fixture
    def named(self, connection: CliConnection, keyed: TableName) -> TableName:
        """Rows 1 to 4: text, wide text, empty text, NULL."""
        columns = [column(ID, [1, 2, 3, 4]), column(self.NAME, ["plain", "Zoë€中", "", None])]
        put(connection, keyed, columns, 4)
        return keyed

    def query(self, connection: CliConnection, table: TableName, width: int = 20) -> TextQuery:
        return TextQuery(connection, f"SELECT NAME FROM {table} WHERE ID = ?", width)

    def test_the_value_or_nothing(self, connection: CliConnection, named: TableName) -> None:
        query = self.query(connection, named)
        found = [query.value([column(ID, [number])]) for number in (1, 2, 3, 4, 5, 1)]
        assert found == ["plain", "Zoë€中", "", None, None, "plain"]
        connection.commit()
        assert query.value([column(ID, [2])]) == "Zoë€中", "the statement is good for the next transaction"
        query.close()

    def test_text_is_a_parameter_too(self, connection: CliConnection, named: TableName) -> None:
        query = TextQuery(connection, f"SELECT NAME FROM {named} WHERE NAME = ?", 20)
        assert query.value([constant(self.NAME, "Zoë€中", 1)]) == "Zoë€中"
        assert query.value([constant(self.NAME, "Zoë", 1)]) is None

    def test_a_value_may_fill_its_width_and_no_more(self, connection: CliConnection, named: TableName) -> None:
        assert self.query(connection, named, 5).value([column(ID, [1])]) == "plain"
        with pytest.raises(StatementFailed) as caught:
            self.query(connection, named, 4).value([column(ID, [1])])
        assert "5 bytes where 4 are expected" in caught.value.message

    def test_a_failure_leaves_the_connection_usable(self, connection: CliConnection, named: TableName) -> None:
        with pytest.raises(StatementFailed):
            TextQuery(connection, f"SELECT NO_SUCH FROM {named} WHERE ID = ?", 20).value([column(ID, [1])])
        connection.rollback()
        assert self.query(connection, named).value([column(ID, [1])]) == "plain"

    def test_a_lost_connection_is_unavailable(self, database: DerbyEndpoint, named: TableName) -> None:
        with TcpProxy(database.port) as proxy:
            one = CliConnection(settings_for(database, proxy.port).connection_string())
            query = self.query(one, named)
            assert query.value([column(ID, [1])]) == "plain"
            proxy.cut()
            with pytest.raises(DatabaseUnavailable):
                query.value([column(ID, [1])])
            one.close()

    def test_read_stability_locks_the_row_until_the_commit(
        self, connection: CliConnection, session: Session, named: TableName
    ) -> None:
        """Another session changes other rows at once, and this one after the commit."""
        query = TextQuery(connection, f"SELECT NAME FROM {named} WHERE ID = ? WITH RS", 20)
        assert query.value([column(ID, [1])]) == "plain"
        assert session.execute(f"UPDATE {named} SET NAME = 'other' WHERE ID = 2") == 1
        session.commit()
        with ThreadPoolExecutor(1) as pool:
            changing = pool.submit(session.execute, f"UPDATE {named} SET NAME = 'changed' WHERE ID = 1")
            with pytest.raises(TimeoutError):
                changing.result(0.5)
            connection.commit()
            assert changing.result(10) == 1
        session.commit()
        assert query.value([column(ID, [1])]) == "changed"
