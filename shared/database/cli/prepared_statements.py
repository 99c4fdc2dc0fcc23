"""Prepared statements whose parameters are columns: one call sends a whole batch.

IBM Db2, Call Level Interface Guide: SQL_ATTR_PARAMSET_SIZE rows are taken from each bound array. Db2 for Linux, UNIX
and Windows executes the array atomically. Other DRDA servers continue after a row that fails, so ``ArrayInsert``
compares the number of inserted rows with the batch on every call.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.batch.columns import BatchColumn
from shared.batch.types import MACHINE_TYPES, SqlType, TableName, TargetColumn, sql_name
from shared.database.cli import library as cli
from shared.database.cli.connection import CliConnection, affected
from shared.database.errors import StatementFailed, classify

_C_TYPES: Final = {SqlType.SMALLINT: 5, SqlType.INTEGER: 4, SqlType.BIGINT: -25, SqlType.DOUBLE: 8}
_C_CHAR: Final = 1
_SQL_TYPES: Final = {
    SqlType.SMALLINT: 5,
    SqlType.INTEGER: 4,
    SqlType.BIGINT: -5,
    SqlType.DECIMAL: 3,
    SqlType.DOUBLE: 8,
    SqlType.CHAR: 1,
    SqlType.VARCHAR: 12,
    SqlType.DATE: 91,
}


class _Prepared:
    """A statement with parameter markers, prepared on one connection."""

    def __init__(self, connection: CliConnection, sql: str) -> None:
        self._statement = connection.statement(sql)
        self._set(cli.ATTR_PARAM_BIND_TYPE, 0)

    def close(self) -> None:
        """Free the statement."""
        self._statement.free()

    def _execute(self, columns: Sequence[BatchColumn], rows: int) -> bool:
        """Execute for ``rows`` rows of parameters. Returns False when the driver reports SQL_NO_DATA."""
        self._set(cli.ATTR_PARAMSET_SIZE, rows)
        # The driver reads the length arrays while it executes, so they must stay referenced until it returns.
        lengths = [_lengths(column) for column in columns]
        for number, (column, length) in enumerate(zip(columns, lengths, strict=True), 1):
            self._bind(number, column, length)
        code = cli.load().SQLExecute(self._statement.raw)
        if code == cli.NO_DATA:
            return False
        self._statement.check(code)
        return True

    def _set(self, attribute: int, value: int) -> None:
        self._statement.check(cli.load().SQLSetStmtAttr(self._statement.raw, attribute, value, 0))

    def _bind(self, number: int, column: BatchColumn, lengths: npt.NDArray[np.int32] | None) -> None:
        target = column.target
        size = target.length if target.sql_type is SqlType.DECIMAL else max(target.length, column.stride)
        self._statement.check(
            cli.load().SQLBindParameter(
                self._statement.raw,
                number,
                cli.PARAM_INPUT,
                _C_TYPES.get(target.sql_type, _C_CHAR),
                _SQL_TYPES[target.sql_type],
                size,
                target.scale,
                column.values.ctypes.data,
                column.stride,
                None if lengths is None else lengths.ctypes.data,
            )
        )


class ArrayStatement(_Prepared):
    """An INSERT, UPDATE or DELETE that is executed once for each row of a batch of parameters."""

    def execute(self, columns: Sequence[BatchColumn], rows: int) -> int:
        """Execute for ``rows`` rows of parameters inside the open transaction. Returns the number of changed rows.

        Raises the classified DatabaseError of the driver. The caller must then roll back.
        """
        return affected(self._statement) if self._execute(columns, rows) else 0


class TextQuery(_Prepared):
    """A SELECT of one text column that finds at most one row; ``width`` is the longest value in bytes."""

    def __init__(self, connection: CliConnection, sql: str, width: int) -> None:
        super().__init__(connection, sql)
        self._width = width
        self._value = ctypes.create_string_buffer(width + 1)
        self._length = ctypes.c_int32()
        self._statement.check(
            cli.load().SQLBindCol(
                self._statement.raw, 1, _C_CHAR, self._value, len(self._value), ctypes.byref(self._length)
            )
        )

    def value(self, parameters: Sequence[BatchColumn]) -> str | None:
        """The value inside the open transaction; None when there is no row, or the column is NULL.

        ``parameters`` are columns of one value. Raises the classified DatabaseError of the driver (the caller must then
        roll back), and StatementFailed when the value is longer than ``width``.
        """
        if not self._execute(parameters, 1):
            return None
        try:
            return self._fetched()
        finally:
            self._statement.check(cli.load().SQLFreeStmt(self._statement.raw, cli.CLOSE_CURSOR))

    def _fetched(self) -> str | None:
        code = cli.load().SQLFetch(self._statement.raw)
        if code == cli.NO_DATA:
            return None
        self._statement.check(code)
        if self._length.value > self._width:
            raise classify("01004", 0, f"A value has {self._length.value} bytes where {self._width} are expected.")
        return None if self._length.value == cli.NULL_DATA else self._value.value.decode()


class ArrayInsert:
    """``INSERT INTO table (columns) VALUES (?, …)`` that proves that every row was inserted."""

    def __init__(self, connection: CliConnection, table: TableName, columns: Sequence[TargetColumn]) -> None:
        names = ", ".join(sql_name(column.name) for column in columns)
        marks = ", ".join("?" * len(columns))
        self.table = table
        # Table and column names are checked identifiers. Every value is bound.
        self._insert = ArrayStatement(connection, f"INSERT INTO {table.sql} ({names}) VALUES ({marks})")  # noqa: S608

    def execute(self, columns: Sequence[BatchColumn], rows: int) -> None:
        """Insert ``rows`` rows inside the open transaction.

        Raises the classified DatabaseError of the driver, or StatementFailed (LRB020) when the driver reports success
        with another number of rows. The caller must then roll back.
        """
        inserted = self._insert.execute(columns, rows) if rows else 0
        if inserted != rows:
            message = f"{inserted} of {rows} rows were inserted into {self.table}."
            raise StatementFailed("LRB020", message, sqlstate="", sqlcode=0)

    def close(self) -> None:
        """Free the statement."""
        self._insert.close()


def _lengths(column: BatchColumn) -> npt.NDArray[np.int32] | None:
    """The column's indicators. Text that fills its stride needs lengths too: None would mean NUL-terminated text."""
    if column.indicators is not None or column.target.sql_type in MACHINE_TYPES:
        return column.indicators
    return np.full(len(column.values), column.stride, np.int32)
