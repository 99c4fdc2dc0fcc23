"""DDL of the tables that a job loads: the staging table, and the final table with its key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.batch.types import STAGING_COLUMNS, SqlType, TableName, TargetColumn, sql_name
from shared.database.settings import Dialect

RUN_COLUMNS: Final = ("RUN_ID VARCHAR(32) NOT NULL", "MERGED_AT TIMESTAMP NOT NULL")
"""Columns that lrecl adds to a final table: the run that changed the row last, and the time."""

_MOST_CHARACTERS: Final = {SqlType.CHAR: 63, SqlType.VARCHAR: 8_168}


def staging_ddl(table: TableName, columns: Sequence[TargetColumn], dialect: Dialect) -> str:
    """CREATE TABLE of a staging table, whose key is the run and the record's offset."""
    lines = [_column(column, dialect) for column in (*STAGING_COLUMNS, *columns)]
    lines += ["SUPERSEDED SMALLINT NOT NULL DEFAULT 0", "PRIMARY KEY (RUN_ID, RECORD_OFFSET)"]
    return _create(table, lines)


def final_ddl(table: TableName, columns: Sequence[TargetColumn], key: Sequence[str], dialect: Dialect) -> str:
    """CREATE TABLE of a final table."""
    lines = [_column(column, dialect) for column in columns]
    lines += [*RUN_COLUMNS, f"PRIMARY KEY ({', '.join(map(sql_name, key))})"]
    return _create(table, lines)


def key_index_ddl(staging: TableName, key: Sequence[str]) -> str:
    """CREATE INDEX that finds staged rows by the final table's key.

    Derby needs it, because it joins a table to itself with nested loops. Db2 uses a hash join.
    """
    index = TableName(staging.schema, f"{staging.name[:120]}_BY_KEY")
    return f"CREATE INDEX {index.sql} ON {staging.sql} ({', '.join(map(sql_name, key))}, RUN_ID, RECORD_OFFSET)"


def column_type(column: TargetColumn, dialect: Dialect) -> str:
    """The column's type. Without CODEUNITS32, Db2 counts bytes of text, and n characters may need more than n bytes.

    It gives each of these characters four bytes, so that long columns are possible in bytes only (Db2: SQL limits).
    """
    if column.sql_type is SqlType.DECIMAL:
        return f"DECIMAL({column.length},{column.scale})"
    if column.sql_type in (SqlType.CHAR, SqlType.VARCHAR):
        unit = " CODEUNITS32" if dialect == "db2" and column.length <= _MOST_CHARACTERS[column.sql_type] else ""
        return f"{column.sql_type.value}({column.length}{unit})"
    return column.sql_type.value


def _column(column: TargetColumn, dialect: Dialect) -> str:
    return f"{sql_name(column.name)} {column_type(column, dialect)}" + ("" if column.nullable else " NOT NULL")


def _create(table: TableName, lines: Sequence[str]) -> str:
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {table.sql} (\n    {body}\n)"
