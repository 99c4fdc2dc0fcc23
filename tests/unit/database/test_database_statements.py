"""SQL texts: found by name and dialect, complete, and with nothing but checked identifiers in them."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Literal

import pytest

from shared.batch.types import SqlType, TableName, TargetColumn
from shared.database.ddl import column_type, final_ddl, staging_ddl
from shared.database.settings import Dialect
from shared.database.statements import split_script, statement, statements

DIALECTS: tuple[Dialect, ...] = ("db2", "derby")
FOLDERS: tuple[Dialect | Literal["common"], ...] = ("common", *DIALECTS)
SQL = Path(str(resources.files("shared.database"))) / "sql"
TABLES = sorted({path.stem for path in SQL.glob("*/*.sql")})
PLACEHOLDERS = (
    *("schema", "staging", "staged", "final", "isolation", "columns", "column", "scale", "values", "match"),
    *("assignments", "key", "states", "where", "limit", "filter", "stride", "raw"),
)
NAMES = dict.fromkeys(PLACEHOLDERS, "X")
COMMON = [(table, name) for table in TABLES for name in statements("common", table)]


@pytest.mark.parametrize(("table", "name"), COMMON)
def test_common_statements_are_single_and_complete(table: str, name: str) -> None:
    for dialect in DIALECTS:
        sql = statement(table, name, dialect, **NAMES)
        assert re.match(r"(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES)\b", sql)
        assert ";" not in sql
        assert "--" not in sql
        assert "{" not in sql


def test_every_file_has_named_statements() -> None:
    for folder in FOLDERS:
        for path in (SQL / folder).glob("*.sql"):
            assert statements(folder, path.stem), path


def test_dialects_have_the_same_statements_of_their_own() -> None:
    for table in TABLES:
        own = [statements(dialect, table) for dialect in DIALECTS]
        assert own[0].keys() == own[1].keys()
        for name in own[0]:
            assert statement(table, name, "db2", **NAMES) != statement(table, name, "derby", **NAMES)


def test_the_schema_is_put_in() -> None:
    assert "FROM BANK.RUN" in statement("run", "get", "db2", schema="BANK")


def test_an_unknown_statement_or_a_forgotten_name_fails() -> None:
    with pytest.raises(KeyError):
        statement("run", "no_such", "db2", schema="S")
    with pytest.raises(KeyError):
        statement("no_such", "get", "db2", schema="S")
    with pytest.raises(KeyError):
        statement("run", "get", "db2", staging="S.T")


def test_scripts_split_at_semicolons_that_end_a_line() -> None:
    script = """
-- a comment; with a semicolon
CREATE TABLE {schema}.A (
    X CHAR(1) DEFAULT ';' NOT NULL,
    -- another
    Y INTEGER
);

CREATE INDEX {schema}.I ON {schema}.A (X);
"""
    first, second = split_script(script, schema="S")
    assert first.startswith("CREATE TABLE S.A (")
    assert "';'" in first
    assert "another" not in first
    assert second == "CREATE INDEX S.I ON S.A (X)"


@pytest.mark.parametrize("text", ["", ";", "-- only words;\n", "\n;\n"])
def test_scripts_of_nothing(text: str) -> None:
    assert split_script(text) == []


def test_migrations_make_tables_and_indexes_only() -> None:
    folder = resources.files("shared.database") / "migrations"
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for name in files:
        statements = split_script((folder / name).read_text(), schema="S")
        assert statements
        for sql in statements:
            assert re.match(r"(CREATE (TABLE|INDEX)|ALTER TABLE) S\.", sql), sql
            assert "{" not in sql


COLUMNS = [
    TargetColumn("ID", SqlType.INTEGER, nullable=False),
    TargetColumn("AMOUNT", SqlType.DECIMAL, 13, 2),
    TargetColumn("NAME", SqlType.VARCHAR, 20),
    TargetColumn("RATE", SqlType.DOUBLE),
]


def test_staging_tables_know_where_a_row_came_from() -> None:
    sql = staging_ddl(TableName("S", "STG"), COLUMNS, "db2")
    assert sql.startswith("CREATE TABLE S.STG (")
    for part in (
        "RUN_ID VARCHAR(32",
        "RECORD_OFFSET BIGINT NOT NULL",
        "AMOUNT DECIMAL(13,2),",
        "RATE DOUBLE,",
        "PRIMARY KEY (RUN_ID, RECORD_OFFSET)",
    ):
        assert part in sql


def test_text_is_counted_in_characters_on_db2() -> None:
    table = TableName("S", "F")
    assert "NAME VARCHAR(20 CODEUNITS32)," in final_ddl(table, COLUMNS, ["ID"], "db2")
    derby = final_ddl(table, COLUMNS, ["ID"], "derby")
    assert "NAME VARCHAR(20)," in derby
    assert "PRIMARY KEY (ID)" in derby


def test_long_text_is_counted_in_bytes_because_db2_has_no_room_for_four_a_character() -> None:
    lengths = [(SqlType.VARCHAR, 8_168), (SqlType.VARCHAR, 8_169), (SqlType.CHAR, 63), (SqlType.CHAR, 64)]
    types = [column_type(TargetColumn("T", kind, length), "db2") for kind, length in lengths]
    assert types == ["VARCHAR(8168 CODEUNITS32)", "VARCHAR(8169)", "CHAR(63 CODEUNITS32)", "CHAR(64)"]


def test_a_word_of_sql_is_delimited_where_it_is_a_name() -> None:
    columns = [TargetColumn("ORDER", SqlType.INTEGER, nullable=False), TargetColumn("ORDERED", SqlType.INTEGER)]
    sql = final_ddl(TableName("S", "GROUP"), columns, ["ORDER"], "db2")
    assert sql.startswith('CREATE TABLE S."GROUP" (\n    "ORDER" INTEGER NOT NULL,\n    ORDERED INTEGER,')
    assert 'PRIMARY KEY ("ORDER")' in sql
