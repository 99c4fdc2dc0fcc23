"""Control queries: a session for the orchestrator's few small statements, over the driver's DB-API.

Rows are dictionaries with lower-case names. A result set is read whole and is small by design (totals, states, sums of
the ledger). The rows of files never pass through a session.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

os.environ["DB2CODEPAGE"] = "1208"  # UTF-8; the driver reads this once, when it is loaded

import ibm_db_dbi

from shared.bounded_values import MOST_INTEGER
from shared.database.errors import DatabaseError, classify, encoded, unbindable
from shared.database.settings import DatabaseSettings

Row = dict[str, Any]
_STATE = "SQLSTATE="
_CODE = "SQLCODE="


class Session:
    """One connection, for one thread. Each statement belongs to the transaction that ``commit`` or ``rollback`` ends.

    Every method raises the classified DatabaseError.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        with _classified():
            self._connection = ibm_db_dbi.connect(_checked(settings.connection_string(), ())[0], "", "")
            self._connection.set_autocommit(False)
            # By itself the driver asks for the type of each column again at each row, which is most of a query's time.
            self._connection.set_fix_return_type(False)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Execute a SELECT and return its rows."""
        with _classified():
            cursor = self._connection.cursor()
            try:
                cursor.execute(*_checked(sql, parameters))
                return _rows(cursor)
            finally:
                cursor.close()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute a statement and return the number of rows that it changed."""
        with _classified():
            cursor = self._connection.cursor()
            try:
                cursor.execute(*_checked(sql, parameters))
                return max(int(cursor.rowcount), 0)
            finally:
                cursor.close()

    def commit(self) -> None:
        """Commit the transaction."""
        with _classified():
            self._connection.commit()

    def rollback(self) -> None:
        """Roll back the transaction."""
        with _classified():
            self._connection.rollback()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end of the block, and roll back when it raises."""
        try:
            yield
            self.commit()
        except BaseException:
            with suppress(DatabaseError):  # The first error is the one to report.
                self.rollback()
            raise

    def close(self) -> None:
        """Close the connection. A broken one is closed without an error."""
        with suppress(ibm_db_dbi.Error, DatabaseError):
            self.rollback()
        with suppress(ibm_db_dbi.Error):
            self._connection.close()


def _checked(sql: str, parameters: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """What the driver takes: DataRefused LRB016 for a text that does not encode, which ends the process in the driver,
    and for an integer beyond BIGINT."""
    for value in (sql, *parameters):
        if isinstance(value, str):
            encoded(value)
        elif isinstance(value, int) and not -MOST_INTEGER - 1 <= value <= MOST_INTEGER:
            raise unbindable("an integer has more than 64 bits")
    return sql, tuple(parameters)


def _rows(cursor: Any) -> list[Row]:
    names = [column[0].lower() for column in cursor.description]
    decimals = [name for name, column in zip(names, cursor.description, strict=True) if column[1] == ibm_db_dbi.DECIMAL]
    # Row by row: fetchall has the driver reserve a thousand rows of full width, which is 18 MB for RUN.
    rows = [dict(zip(names, row, strict=True)) for row in iter(cursor.fetchone, None)]
    return [_with_decimals(row, decimals) for row in rows] if decimals else rows


def _with_decimals(row: Row, names: list[str]) -> Row:
    """The row with its decimals, which the driver gives as text with the decimal point of the client's locale."""
    found = ((name, row[name]) for name in names)
    return row | {name: Decimal(text.replace(",", ".")) for name, text in found if text is not None}


@contextmanager
def _classified() -> Iterator[None]:
    try:
        yield
    except ibm_db_dbi.Error as error:
        text = _driver_text(error)
        raise classify(_token(text, _STATE)[:5], int(_token(text, _CODE) or 0), text) from error


def _driver_text(error: BaseException) -> str:
    """The text that holds the SQLSTATE. The driver wraps the error of a failed commit in two others."""
    link: BaseException | None = error
    while link is not None:
        if _STATE in str(link):
            return str(link)
        link = link.__cause__ or link.__context__
    return str(error)


def _token(text: str, name: str) -> str:
    """The word after the last ``name`` in the driver's text, without quotes."""
    _, found, rest = text.rpartition(name)
    return rest.split()[0].strip("\"'") if found and rest.split() else ""
