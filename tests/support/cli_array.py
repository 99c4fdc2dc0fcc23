"""The part of IBM's CLI that a column-wise array insert needs, for tests of the database.

Handles and length arrays are 32-bit in this build of libdb2; see the sql*.h headers beside it.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from ctypes import byref, c_int16, c_int32, c_uint16, c_uint32, c_void_p
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ENV, DBC, STMT = 1, 2, 3
NTS = -3
NULL = -1
C_CHAR, C_SHORT, C_LONG, C_BIGINT, C_DOUBLE = 1, 5, 4, -25, 8
CHAR, DECIMAL, INTEGER, SMALLINT, DOUBLE, VARCHAR, BIGINT, DATE, TIMESTAMP = 1, 3, 4, 5, 8, 12, -5, 91, 93
_C_TYPES = {"i2": C_SHORT, "i4": C_LONG, "i8": C_BIGINT, "f8": C_DOUBLE}


class Column(NamedTuple):
    """One column of an array: SQL type, precision, scale, values (fixed-width bytes or numbers), lengths."""

    sql_type: int
    precision: int
    scale: int
    values: NDArray[np.generic]
    lengths: NDArray[np.int32]


class CliError(Exception):
    """A CLI call failed; ``states`` are the SQLSTATEs of its diagnostic records."""

    def __init__(self, what: str, records: list[tuple[str, int, str]]) -> None:
        super().__init__(f"{what}: {records}")
        self.states = [state for state, _, _ in records]
        self.records = records


def column(sql_type: int, values: Sequence[object], precision: int = 0, scale: int = 0) -> Column:
    """Text, dates and decimals from ``str`` or None; integers and doubles from numbers or None."""
    number = {INTEGER: "i4", SMALLINT: "i2", BIGINT: "i8", DOUBLE: "f8"}.get(sql_type)
    filled: list[object] = []
    if number:
        filled = [0 if value is None else value for value in values]
        array = np.array(filled, dtype=number)
        lengths = np.array([NULL if v is None else array.itemsize for v in values], dtype="i4")
        return Column(sql_type, 0, 0, array, lengths)
    texts = [b"" if value is None else str(value).encode() for value in values]
    array = np.array(texts, dtype=f"S{max(map(len, texts), default=1) or 1}")
    lengths = np.array([NULL if v is None else len(t) for v, t in zip(values, texts, strict=True)], dtype="i4")
    return Column(sql_type, precision or array.itemsize, scale, array, lengths)


@cache
def _library() -> ctypes.CDLL:
    os.environ.setdefault("DB2CODEPAGE", "1208")
    import ibm_db

    return ctypes.CDLL(str(Path(ibm_db.__file__).parent / "clidriver" / "lib" / "libdb2.so.1"))


class CliConnection:
    """One connection without autocommit; raises CliError."""

    def __init__(self, connection_string: str) -> None:
        self._lib = _library()
        self._env = self._allocate(ENV, c_int32(0))
        self._lib.SQLSetEnvAttr(self._env, c_int32(200), c_void_p(3), c_int32(0))
        self._dbc = self._allocate(DBC, self._env)
        out, length = ctypes.create_string_buffer(1024), c_int16()
        code = self._lib.SQLDriverConnect(
            self._dbc,
            None,
            connection_string.encode(),
            c_int16(NTS),
            out,
            c_int16(1024),
            byref(length),
            c_uint16(0),
        )
        self._check(code, DBC, self._dbc, "connect")
        self._check(
            self._lib.SQLSetConnectAttr(self._dbc, c_int32(102), c_void_p(0), c_int32(0)),
            DBC,
            self._dbc,
            "auto",
        )

    def autocommit(self) -> None:
        self._check(
            self._lib.SQLSetConnectAttr(self._dbc, c_int32(102), c_void_p(1), c_int32(0)),
            DBC,
            self._dbc,
            "auto",
        )

    def insert(self, sql: str, columns: Sequence[Column]) -> int:
        """Executes ``sql`` once for the whole array and returns SQLRowCount."""
        statement = self._allocate(STMT, self._dbc)
        try:
            self._prepare(statement, sql, columns)
            self._check(self._lib.SQLExecute(statement), STMT, statement, "execute")
            count = c_int32()
            self._check(self._lib.SQLRowCount(statement, byref(count)), STMT, statement, "row count")
            return count.value
        finally:
            self._lib.SQLFreeHandle(c_int16(STMT), statement)

    def commit(self) -> None:
        self._check(self._lib.SQLEndTran(c_int16(DBC), self._dbc, c_int16(0)), DBC, self._dbc, "commit")

    def rollback(self) -> None:
        self._check(self._lib.SQLEndTran(c_int16(DBC), self._dbc, c_int16(1)), DBC, self._dbc, "rollback")

    def close(self) -> None:
        self._lib.SQLDisconnect(self._dbc)
        self._lib.SQLFreeHandle(c_int16(DBC), self._dbc)
        self._lib.SQLFreeHandle(c_int16(ENV), self._env)

    def _prepare(self, statement: c_int32, sql: str, columns: Sequence[Column]) -> None:
        text = sql.encode()
        self._check(self._lib.SQLPrepare(statement, text, c_int32(len(text))), STMT, statement, "prepare")
        self._lib.SQLSetStmtAttr(statement, c_int32(18), c_void_p(0), c_int32(0))
        self._lib.SQLSetStmtAttr(statement, c_int32(22), c_void_p(len(columns[0].values)), c_int32(0))
        for number, bound in enumerate(columns, 1):
            c_type = _C_TYPES.get(bound.values.dtype.str[1:], C_CHAR)
            code = self._lib.SQLBindParameter(
                statement,
                c_uint16(number),
                c_int16(1),
                c_int16(c_type),
                c_int16(bound.sql_type),
                c_uint32(bound.precision),
                c_int16(bound.scale),
                c_void_p(bound.values.ctypes.data),
                c_int32(bound.values.itemsize),
                c_void_p(bound.lengths.ctypes.data),
            )
            self._check(code, STMT, statement, f"bind {number}")

    def _allocate(self, kind: int, parent: c_int32) -> c_int32:
        handle = c_int32()
        self._check(self._lib.SQLAllocHandle(c_int16(kind), parent, byref(handle)), kind, parent, "allocate")
        return handle

    def _check(self, code: int, kind: int, handle: c_int32, what: str) -> None:
        if code not in (0, 1):
            raise CliError(what, self._diagnostics(kind, handle))

    def _diagnostics(self, kind: int, handle: c_int32) -> list[tuple[str, int, str]]:
        state, native, length = ctypes.create_string_buffer(6), c_int32(), c_int16()
        text = ctypes.create_string_buffer(1024)
        records: list[tuple[str, int, str]] = []
        while self._lib.SQLGetDiagRec(
            c_int16(kind),
            handle,
            c_int16(len(records) + 1),
            state,
            byref(native),
            text,
            c_int16(1024),
            byref(length),
        ) in (0, 1):
            records.append((state.value.decode(), native.value, text.value.decode(errors="replace")))
        return records
