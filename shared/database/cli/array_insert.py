"""Column-wise array insert: bind each column's buffer once, send the batch in one call.

IBM Db2, Call Level Interface Guide: SQL_ATTR_PARAMSET_SIZE rows are taken from each bound array; against Db2 for Linux,
UNIX and Windows the array is atomic, against other DRDA servers it goes on after a failed row, which is why the row
count is compared with the batch on every call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.batch.columns import BatchColumn
from shared.batch.types import MACHINE_TYPES, SqlType, TableName, TargetColumn
from shared.database.cli import library as cli
from shared.database.cli.connection import CliConnection, affected
from shared.database.errors import StatementFailed

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


class ArrayStatement:
    """A statement with parameter marks, prepared on one connection, executed once per batch of parameter rows."""

    def __init__(self, connection: CliConnection, sql: str) -> None:
        self._statement = connection.statement(sql)
        self._set(cli.ATTR_PARAM_BIND_TYPE, 0)

    def execute(self, columns: Sequence[BatchColumn], rows: int) -> int:
        """Execute for ``rows`` parameter rows inside the open transaction; returns the rows it changed in all.

        Raises the classified DatabaseError of the driver; the caller must roll back.
        """
        self._set(cli.ATTR_PARAMSET_SIZE, rows)
        # The driver reads the length arrays while it executes: they must stay referenced until then.
        lengths = [_lengths(column) for column in columns]
        for number, (column, length) in enumerate(zip(columns, lengths, strict=True), 1):
            self._bind(number, column, length)
        code = cli.load().SQLExecute(self._statement.raw)
        if code == cli.NO_DATA:
            return 0
        self._statement.check(code)
        return affected(self._statement)

    def close(self) -> None:
        """Free the statement."""
        self._statement.free()

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


class ArrayInsert:
    """``INSERT INTO table (columns) VALUES (?, …)``, and the proof that every row went in."""

    def __init__(self, connection: CliConnection, table: TableName, columns: Sequence[TargetColumn]) -> None:
        names = ", ".join(column.name for column in columns)
        marks = ", ".join("?" * len(columns))
        self.table = table
        # Table and column names are checked identifiers; every value is bound.
        self._insert = ArrayStatement(connection, f"INSERT INTO {table} ({names}) VALUES ({marks})")  # noqa: S608

    def execute(self, columns: Sequence[BatchColumn], rows: int) -> None:
        """Insert ``rows`` rows inside the open transaction.

        Raises the classified DatabaseError of the driver, or StatementFailed (LRB020) when the driver claims success
        with another number of rows; the caller must roll back.
        """
        inserted = self._insert.execute(columns, rows) if rows else 0
        if inserted != rows:
            message = f"{self.table}: {inserted} of {rows} rows were inserted"
            raise StatementFailed("LRB020", message, sqlstate="", sqlcode=0)

    def close(self) -> None:
        """Free the statement."""
        self._insert.close()


def _lengths(column: BatchColumn) -> npt.NDArray[np.int32] | None:
    """The column's indicators; for text that fills its stride, the stride (None would mean NUL-terminated)."""
    if column.indicators is not None or column.target.sql_type in MACHINE_TYPES:
        return column.indicators
    return np.full(len(column.values), column.stride, np.int32)
