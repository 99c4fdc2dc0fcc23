"""DDL that a layout implies: the staging table, and a final table with its key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.batch.types import STAGING_COLUMNS, SqlType, TableName, TargetColumn, identifier
from shared.database.settings import Dialect

RUN_COLUMNS: Final = ("RUN_ID VARCHAR(32) NOT NULL", "MERGED_AT TIMESTAMP NOT NULL")
"""What lrecl adds to a final table: which run wrote the row last, and when."""


def staging_ddl(table: TableName, columns: Sequence[TargetColumn], dialect: Dialect) -> str:
    """CREATE TABLE of a staging table; its key is the record's place in the run's file."""
    lines = [_column(column, dialect) for column in (*STAGING_COLUMNS, *columns)]
    lines += ["SUPERSEDED SMALLINT NOT NULL DEFAULT 0", "PRIMARY KEY (RUN_ID, RECORD_OFFSET)"]
    return _create(table, lines)


def final_ddl(table: TableName, columns: Sequence[TargetColumn], key: Sequence[str], dialect: Dialect) -> str:
    """CREATE TABLE of a final table."""
    lines = [_column(column, dialect) for column in columns]
    lines += [*RUN_COLUMNS, f"PRIMARY KEY ({', '.join(key)})"]
    return _create(table, lines)


def key_index_ddl(staging: TableName, key: Sequence[str]) -> str:
    """CREATE INDEX that finds staged rows by key: Derby joins a table to itself by nested loops, Db2 hashes."""
    index = TableName(staging.schema, f"{staging.name[:120]}_BY_KEY")
    return f"CREATE INDEX {index} ON {staging} ({', '.join(map(identifier, key))}, RUN_ID, RECORD_OFFSET)"


def column_type(column: TargetColumn, dialect: Dialect) -> str:
    """The column's type. Db2 counts text in bytes unless told otherwise; a field of n characters may need more."""
    if column.sql_type is SqlType.DECIMAL:
        return f"DECIMAL({column.length},{column.scale})"
    if column.sql_type in (SqlType.CHAR, SqlType.VARCHAR):
        unit = " CODEUNITS32" if dialect == "db2" else ""
        return f"{column.sql_type.value}({column.length}{unit})"
    return column.sql_type.value


def _column(column: TargetColumn, dialect: Dialect) -> str:
    return f"{column.name} {column_type(column, dialect)}" + ("" if column.nullable else " NOT NULL")


def _create(table: TableName, lines: Sequence[str]) -> str:
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {table} (\n    {body}\n)"
