"""The unmodified IBM driver against Derby: everything lrecl does with SQL, through the gateway."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.derby import DerbyEndpoint

pytestmark = pytest.mark.database

ibm_db_dbi = pytest.importorskip("ibm_db_dbi")
ibm_db = pytest.importorskip("ibm_db")


def fill(connection: Any, table: str, rows: int, width: int = 100) -> None:
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE {table} (I INTEGER NOT NULL PRIMARY KEY, V VARCHAR({width}))")
    cursor.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(n, "x" * width) for n in range(rows)])
    connection.commit()


def query(connection: Any, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(sql, parameters)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def sql_state(error: pytest.ExceptionInfo[Exception]) -> str:
    return str(error.value).partition("SQLSTATE=")[2][:5]


class TestDefinitions:
    def test_schema_table_and_index(self, connection: Any, table: str) -> None:
        cursor = connection.cursor()
        cursor.execute(f"CREATE SCHEMA S{table}")
        cursor.execute(f"CREATE TABLE S{table}.{table} (I INTEGER NOT NULL, V VARCHAR(10), PRIMARY KEY (I))")
        cursor.execute(f"CREATE INDEX S{table}.X ON S{table}.{table} (V)")
        cursor.execute(f"INSERT INTO S{table}.{table} VALUES (1, 'a')")
        connection.commit()
        assert query(connection, f"SELECT I, V FROM S{table}.{table}") == [(1, "a")]

    def test_merge_reports_both_kinds_of_rows(self, connection: Any, table: str) -> None:
        fill(connection, table, 3)
        fill(connection, f"{table}S", 5, width=10)
        cursor = connection.cursor()
        cursor.execute(
            f"MERGE INTO {table} F USING {table}S S ON F.I = S.I "
            "WHEN MATCHED THEN UPDATE SET V = S.V WHEN NOT MATCHED THEN INSERT VALUES (S.I, S.V)"
        )
        assert cursor.rowcount == 5
        assert query(connection, f"SELECT COUNT(*) FROM {table} WHERE V = ?", "x" * 10) == [(5,)]


class TestValues:
    @pytest.mark.parametrize(
        ("sql_type", "value"),
        [
            ("SMALLINT", -32768),
            ("INTEGER", 2147483647),
            ("BIGINT", -9223372036854775807),
            ("DOUBLE", -2.5e-100),
            ("DECIMAL(31,10)", Decimal("123456789012345678901.0123456789")),
            ("DECIMAL(5,0)", Decimal("-99999")),
            ("CHAR(10)", "padded    "),
            ("VARCHAR(40)", "é € 中文 😀"),
            ("VARCHAR(40)", ""),
            ("VARCHAR(32672)", "y" * 32672),
            ("DATE", datetime.date(1900, 2, 28)),
            ("TIMESTAMP", datetime.datetime(2024, 2, 29, 23, 59, 59, 123456)),
        ],
    )
    def test_a_value_and_null_come_back(self, connection: Any, table: str, sql_type: str, value: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"CREATE TABLE {table} (N INTEGER, V {sql_type})")
        sent = str(value) if isinstance(value, Decimal) else value
        cursor.execute(f"INSERT INTO {table} VALUES (1, ?)", (sent,))
        cursor.execute(f"INSERT INTO {table} VALUES (2, ?)", (None,))
        assert query(connection, f"SELECT V FROM {table} ORDER BY N") == [(value,), (None,)]
        connection.rollback()

    def test_text_that_names_derby_is_not_touched(self, connection: Any) -> None:
        assert query(connection, "VALUES 'CSS10140'") == [("CSS10140",)]

    def test_a_large_object_is_refused_but_the_connection_lives(self, connection: Any) -> None:
        """Large objects are read by locators, through packages that only a Db2 has."""
        statement = ibm_db.exec_immediate(connection.conn_handler, "VALUES CAST('abc' AS CLOB)")
        with pytest.raises(Exception, match="SQL0805N"):
            ibm_db.fetch_tuple(statement)
        assert query(connection, "VALUES 1") == [(1,)]


class TestQueries:
    def test_many_blocks(self, connection: Any, table: str) -> None:
        fill(connection, table, 4000)
        assert [row[0] for row in query(connection, f"SELECT I, V FROM {table} ORDER BY I")] == list(range(4000))
        assert query(connection, f"SELECT COUNT(*) FROM {table} WHERE I >= ? AND V LIKE ?", 10, "x%") == [(3990,)]
        connection.rollback()

    def test_rows_longer_than_a_segment(self, connection: Any, table: str) -> None:
        cursor = connection.cursor()
        cursor.execute(f"CREATE TABLE {table} (I INTEGER, V VARCHAR(20000), W VARCHAR(20000))")
        for number in range(9):
            cursor.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (number, f"{number}" * 20000, "w" * 15000))
        found = query(connection, f"SELECT * FROM {table} ORDER BY I")
        assert found == [(number, f"{number}" * 20000, "w" * 15000) for number in range(9)]
        connection.rollback()

    @pytest.mark.parametrize("autocommit", [True, False])
    def test_several_open_cursors(self, connection: Any, table: str, autocommit: bool) -> None:
        fill(connection, table, 3000)
        connection.set_autocommit(autocommit)
        first, second = connection.cursor(), connection.cursor()
        first.execute(f"SELECT I, V FROM {table} ORDER BY I")
        assert [row[0] for row in first.fetchmany(700)] == list(range(700))
        second.execute(f"SELECT I FROM {table} ORDER BY I DESC")
        assert second.fetchone() == (2999,)
        assert query(connection, f"SELECT MAX(I) FROM {table}") == [(2999,)]
        assert [row[0] for row in first.fetchall()] == list(range(700, 3000))
        assert second.fetchone() == (2998,)

    def test_a_query_after_an_update_of_no_row(self, connection: Any, table: str) -> None:
        """Derby's warning is longer than an SQLCA can hold: the driver used to drop the connection (SQL30020N)."""
        fill(connection, table, 1000)
        partly = connection.cursor()
        partly.execute(f"SELECT I FROM {table} ORDER BY I")
        partly.fetchmany(10)
        cursor = connection.cursor()
        cursor.execute(f"UPDATE {table} SET V = ? WHERE I < ?", ("n", 0))
        assert cursor.rowcount == 0
        assert query(connection, f"SELECT COUNT(*) FROM {table}") == [(1000,)]
        assert partly.fetchone() == (10,)

    def test_an_error_in_the_middle_of_the_rows(self, connection: Any, table: str) -> None:
        fill(connection, table, 3000)
        cursor = connection.cursor()
        cursor.execute(f"SELECT V, 1 / (2500 - I) FROM {table}")
        assert len(cursor.fetchmany(1000)) == 1000
        with pytest.raises(Exception, match="22012"):  # ibm_db_dbi lets ibm_db's own exception through here
            cursor.fetchall()
        assert query(connection, "VALUES 1") == [(1,)]


class TestTransactions:
    def test_commit_and_rollback(self, connection: Any, table: str) -> None:
        fill(connection, table, 2)
        cursor = connection.cursor()
        for sql, rows in ((f"UPDATE {table} SET V = 'n'", 2), (f"DELETE FROM {table} WHERE I = ?", 1)):
            cursor.execute(sql, (1,) if "?" in sql else ())
            assert cursor.rowcount == rows
        connection.rollback()
        assert query(connection, f"SELECT COUNT(*) FROM {table} WHERE V <> 'n'") == [(2,)]
        cursor.execute(f"DELETE FROM {table} WHERE I = ?", (1,))
        connection.commit()
        assert query(connection, f"SELECT COUNT(*) FROM {table}") == [(1,)]

    def test_autocommit_outlives_the_connection(self, derby: DerbyEndpoint, connection: Any, table: str) -> None:
        fill(connection, table, 0)
        for autocommit in (True, False):
            other = ibm_db_dbi.connect(derby.connection_string, "", "")
            other.set_autocommit(autocommit)
            other.cursor().execute(f"INSERT INTO {table} VALUES ({int(autocommit)}, 'a')")
            other.close()
        assert query(connection, f"SELECT I FROM {table}") == [(1,)]

    def test_many_connections_one_after_the_other(self, derby: DerbyEndpoint) -> None:
        for number in range(20):
            other = ibm_db_dbi.connect(derby.connection_string, "", "")
            assert query(other, f"VALUES {number}") == [(number,)]
            other.close()


class TestErrors:
    @pytest.mark.parametrize(
        ("sql", "state", "words"),
        [
            ("SELECT * FROM NOSUCH", "42X05", "NOSUCH"),
            ("SELEC 1", "42X01", "selec"),
            ("INSERT INTO {table} VALUES (1, 'a')", "23505", "{table}"),
            ("INSERT INTO {table} VALUES (9, 'abcdefghijklmnopqrst')", "22001", "VARCHAR"),
            ("INSERT INTO {table} VALUES (NULL, 'a')", "23502", "I"),
            ("VALUES 1 / (1 - 1)", "22012", ""),
        ],
    )
    def test_states_and_words(self, connection: Any, table: str, sql: str, state: str, words: str) -> None:
        fill(connection, table, 2, width=10)
        with pytest.raises(ibm_db_dbi.Error) as error:
            query(connection, sql.format(table=table))
        assert sql_state(error) == state
        assert words.format(table=table).lower() in str(error.value).lower()
        assert query(connection, f"SELECT COUNT(*) FROM {table}") == [(2,)]

    def test_a_wrong_password_is_refused(self, derby: DerbyEndpoint) -> None:
        with pytest.raises(ibm_db_dbi.Error, match="SQL30082N"):
            ibm_db_dbi.connect(derby.connection_string.replace(derby.password, "wrong"), "", "")

    def test_an_unknown_database_is_refused(self, derby: DerbyEndpoint) -> None:
        with pytest.raises(ibm_db_dbi.Error, match="SQL30061N"):
            ibm_db_dbi.connect(derby.connection_string.replace(derby.database, "NOSUCH"), "", "")
