"""Column-wise array inserts through IBM's CLI library: all rows, or an error with the right SQLSTATE."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support import cli_array as cli
from tests.support.cli_array import CliConnection, CliError, column
from tests.support.derby import DerbyEndpoint

pytestmark = pytest.mark.database

pytest.importorskip("ibm_db_dbi")


@pytest.fixture
def array(derby: DerbyEndpoint) -> Iterator[CliConnection]:
    opened = CliConnection(derby.connection_string)
    yield opened
    opened.rollback()
    opened.close()


@pytest.fixture
def keyed(connection: Any, table: str) -> str:
    connection.cursor().execute(f"CREATE TABLE {table} (I INTEGER NOT NULL PRIMARY KEY)")
    connection.commit()
    return table


def rows_in(connection: Any, table: str) -> int:
    cursor = connection.cursor()
    cursor.execute(f"SELECT COUNT(*) FROM {table}")
    (count,) = cursor.fetchone()
    connection.commit()
    return int(count)


def keys(values: list[int] | range) -> list[cli.Column]:
    return [column(cli.INTEGER, values)]


@pytest.mark.parametrize("rows", [1, 2, 5, 6, 127, 129, 5000])
def test_the_row_count_is_the_number_of_rows(array: CliConnection, connection: Any, keyed: str, rows: int) -> None:
    assert array.insert(f"INSERT INTO {keyed} VALUES (?)", keys(range(rows))) == rows
    array.commit()
    assert rows_in(connection, keyed) == rows


def test_every_type_and_nulls(array: CliConnection, connection: Any, table: str) -> None:
    connection.cursor().execute(
        f"CREATE TABLE {table} (I INTEGER, S SMALLINT, B BIGINT, D DECIMAL(9,2), C CHAR(4), V VARCHAR(100), "
        "DT DATE, TS TIMESTAMP, F DOUBLE)"
    )
    connection.commit()
    stamp = "2020-01-02 03:04:05.123456"
    columns = [
        column(cli.INTEGER, range(3)),
        column(cli.SMALLINT, [1, None, -3]),
        column(cli.BIGINT, [10**15, 2, None]),
        column(cli.DECIMAL, ["1.25", None, "-3.50"], 9, 2),
        column(cli.CHAR, ["AB", "é", None], 4),
        column(cli.VARCHAR, ["", "é€中文", None], 100),
        column(cli.DATE, ["2020-01-02", None, "0001-01-01"], 10),
        column(cli.TIMESTAMP, [stamp, None, stamp], 26, 6),
        column(cli.DOUBLE, [1.5, None, -2.25]),
    ]
    assert array.insert(f"INSERT INTO {table} VALUES (?,?,?,?,?,?,?,?,?)", columns) == 3
    array.commit()
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM {table} ORDER BY I")
    date, time = datetime.date(2020, 1, 2), datetime.datetime.fromisoformat(stamp)
    assert cursor.fetchall() == [
        (0, 1, 10**15, Decimal("1.25"), "AB  ", "", date, time, 1.5),
        (1, None, 2, None, "é   ", "é€中文", None, None, None),
        (2, -3, None, Decimal("-3.50"), None, None, datetime.date(1, 1, 1), time, -2.25),
    ]


def test_rows_longer_than_a_segment(array: CliConnection, connection: Any, table: str) -> None:
    connection.cursor().execute(f"CREATE TABLE {table} (I INTEGER, V VARCHAR(30000), W VARCHAR(30000))")
    connection.commit()
    texts = [f"{number}" * 15000 for number in range(10, 20)]
    columns = [column(cli.INTEGER, range(10)), *(column(cli.VARCHAR, texts, 30000) for _ in range(2))]
    assert array.insert(f"INSERT INTO {table} VALUES (?, ?, ?)", columns) == 10
    array.commit()
    cursor = connection.cursor()
    cursor.execute(f"SELECT V, W FROM {table} ORDER BY I")
    assert cursor.fetchall() == [(text, text) for text in texts]


@pytest.mark.parametrize("at", [0, 1, 7, 300, 999])
def test_a_duplicate_ends_as_an_error(array: CliConnection, connection: Any, keyed: str, at: int) -> None:
    connection.cursor().execute(f"INSERT INTO {keyed} VALUES (0)")
    connection.commit()
    values = list(range(1, 1001))
    values[at] = 0
    with pytest.raises(CliError) as error:
        array.insert(f"INSERT INTO {keyed} VALUES (?)", keys(values))
    assert error.value.states[0] == "23505"
    array.rollback()
    assert rows_in(connection, keyed) == 1


def test_a_duplicate_within_the_array(array: CliConnection, connection: Any, keyed: str) -> None:
    with pytest.raises(CliError) as error:
        array.insert(f"INSERT INTO {keyed} VALUES (?)", keys([1, 1, 2]))
    assert error.value.states[0] == "23505"
    array.rollback()
    assert array.insert(f"INSERT INTO {keyed} VALUES (?)", keys([1, 2])) == 2
    array.commit()
    assert rows_in(connection, keyed) == 2


def test_autocommit_leaves_nothing_of_a_failed_array(array: CliConnection, connection: Any, keyed: str) -> None:
    array.autocommit()
    with pytest.raises(CliError) as error:
        array.insert(f"INSERT INTO {keyed} VALUES (?)", keys([*range(1000), 5]))
    assert error.value.states[0] == "23505"
    assert rows_in(connection, keyed) == 0


def test_a_missing_table_is_an_error_and_no_more(array: CliConnection, keyed: str) -> None:
    with pytest.raises(CliError) as error:
        array.insert("INSERT INTO NOSUCH VALUES (?)", keys(range(10)))
    assert error.value.states[0] == "42X05"
    assert array.insert(f"INSERT INTO {keyed} VALUES (?)", keys(range(10))) == 10


def test_python_rows_with_text_and_large_objects(connection: Any, table: str) -> None:
    """ibm_db sends text as UTF-16, and what may be longer than 32,767 bytes as large objects."""
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE {table} (I INTEGER NOT NULL PRIMARY KEY, V VARCHAR(32672), C VARCHAR(20))")
    rows = [(number, "é" * number if number % 3 else None, f"中{number}") for number in range(500)]
    cursor.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
    assert cursor.rowcount == 500
    cursor.execute(f"SELECT * FROM {table} ORDER BY I")
    assert cursor.fetchall() == rows
    connection.rollback()


def test_an_array_of_updates_counts_what_it_changed(connection: Any, keyed: str) -> None:
    cursor = connection.cursor()
    cursor.executemany(f"INSERT INTO {keyed} VALUES (?)", [(number,) for number in range(10)])
    cursor.executemany(f"UPDATE {keyed} SET I = -I WHERE I = ?", [(5,), (7,), (99,)])
    assert cursor.rowcount == 2
    connection.rollback()
