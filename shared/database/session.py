"""Control queries: a session for the orchestrator's few, small statements, on the driver's DB-API form.

Rows come as dictionaries with lower-case names. Result sets are read whole and are small by design (totals,
states, ledger summaries); the rows of files never pass here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

os.environ["DB2CODEPAGE"] = "1208"  # read once, when the driver loads: text is UTF-8

import ibm_db_dbi

from shared.database.errors import DatabaseError, classify
from shared.database.settings import DatabaseSettings

Row = dict[str, Any]
_STATE = "SQLSTATE="
_CODE = "SQLCODE="


class Session:
    """One connection, for one thread; every statement belongs to the transaction that ``commit`` ends."""

    def __init__(self, settings: DatabaseSettings) -> None:
        with _classified():
            self._connection = ibm_db_dbi.connect(settings.connection_string(), "", "")
            self._connection.set_autocommit(False)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a SELECT."""
        with _classified():
            cursor = self._connection.cursor()
            try:
                cursor.execute(sql, tuple(parameters))
                names = [column[0].lower() for column in cursor.description]
                # Row by row: fetchall asks the driver for a thousand rows of the widest width at once, 18 MB for RUN.
                return [dict(zip(names, row, strict=True)) for row in iter(cursor.fetchone, None)]
            finally:
                cursor.close()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; returns the rows it changed."""
        with _classified():
            cursor = self._connection.cursor()
            try:
                cursor.execute(sql, tuple(parameters))
                return max(int(cursor.rowcount), 0)
            finally:
                cursor.close()

    def commit(self) -> None:
        """Make the transaction's changes durable."""
        with _classified():
            self._connection.commit()

    def rollback(self) -> None:
        """Undo the transaction's changes."""
        with _classified():
            self._connection.rollback()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit when the block ends well, roll back when it raises."""
        try:
            yield
            self.commit()
        except BaseException:
            with suppress(DatabaseError):  # the first error is the one that matters
                self.rollback()
            raise

    def close(self) -> None:
        """Close; an already broken connection is no error."""
        with suppress(ibm_db_dbi.Error, DatabaseError):
            self.rollback()
        with suppress(ibm_db_dbi.Error):
            self._connection.close()


@contextmanager
def _classified() -> Iterator[None]:
    try:
        yield
    except ibm_db_dbi.Error as error:
        text = _telling(error)
        raise classify(_token(text, _STATE)[:5], int(_token(text, _CODE) or 0), text) from error


def _telling(error: BaseException) -> str:
    """The text with the SQLSTATE: a commit that failed has a SystemError around it, and another error around that."""
    link: BaseException | None = error
    while link is not None:
        if _STATE in str(link):
            return str(link)
        link = link.__cause__ or link.__context__
    return str(error)


def _token(text: str, name: str) -> str:
    """The word after ``name`` in the driver's text, without quotes."""
    _, found, rest = text.rpartition(name)
    return rest.split()[0].strip("\"'") if found and rest.split() else ""
