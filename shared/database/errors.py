"""Database errors and their classes: one place that says what each SQLSTATE and SQLCODE means for the work.

    DatabaseError (mixin: sqlstate, sqlcode)
    ├── DatabaseUnavailable   transient: connection lost or refused; reconnect, look up the ledger, go on
    ├── DatabaseBusy          transient: deadlock, time-out, no lock left; roll back and try the batch again
    ├── DatabaseFull          transient: log, table space or disk is full; roll back and wait until somebody made room
    ├── DuplicateKey          permanent for the statement: the row is there (on the ledger: the batch is done)
    └── StatementFailed       permanent: the statement is wrong, or the schema
        └── DataRefused       permanent: a value does not fit its column, or a constraint forbids it

SQLSTATE first, SQLCODE second: Derby reports every SQL error as -20001 with the true SQLSTATE, and Db2's SQLSTATEs are
the standard's (IBM Db2, Messages and Codes: SQLSTATE classes 08, 23, 40, 57).
"""

from __future__ import annotations

from typing import Final

from shared.errors import LreclError, PermanentError, TransientError


class DatabaseError(LreclError):
    """What the driver reported; ``sqlstate`` and ``sqlcode`` are the first diagnostic record's."""

    def __init__(self, code: str, message: str, *, sqlstate: str, sqlcode: int) -> None:
        super().__init__(code, message, sqlstate=sqlstate, sqlcode=sqlcode)
        self.sqlstate = sqlstate
        self.sqlcode = sqlcode


class DatabaseUnavailable(DatabaseError, TransientError):
    """The database cannot be reached, or the connection broke with an unknown outcome."""


class DatabaseBusy(DatabaseError, TransientError):
    """The database asks to try again: the transaction was, or must be, rolled back."""


class DatabaseFull(DatabaseError, TransientError):
    """There is no room: for the log, in the table space, on the disk."""


class DuplicateKey(DatabaseError, PermanentError):
    """A row with this key is already there."""


class StatementFailed(DatabaseError, PermanentError):
    """The statement or its data was refused."""


class DataRefused(StatementFailed):
    """A value is too long, out of range, NULL where that is forbidden, or breaks a constraint."""


RETRIED_CODES: Final = ("LRB010", "LRB011", "LRB014")
"""Codes of errors of the database after which the work is tried again."""

_BUSY_CODES = {-911, -913, -912, -904}
_FULL_CODES = {-964, -289, -968}
_UNAVAILABLE_CODES = {-30081, -30080, -4499, -1224, -1229, -30108, -1776, -900, -1015, -1032, -1035}
_BUSY_STATES = {"40001", "40XL1", "40XL2", "57033"}
_FULL_STATES = {"57011"}
_UNAVAILABLE_STATES = {"40003", "57019", "55032", "58004", "58005", "57017"}


def classify(sqlstate: str, sqlcode: int, message: str) -> DatabaseError:
    """The error for a diagnostic record of the driver."""
    kind, code = _kind(sqlstate, sqlcode)
    return kind(code, f"[{sqlstate} {sqlcode}] {message}", sqlstate=sqlstate, sqlcode=sqlcode)


def _kind(sqlstate: str, sqlcode: int) -> tuple[type[DatabaseError], str]:
    if sqlcode in _UNAVAILABLE_CODES or sqlstate in _UNAVAILABLE_STATES or sqlstate.startswith("08"):
        return DatabaseUnavailable, "LRB010"
    if sqlcode in _FULL_CODES or (sqlstate in _FULL_STATES and sqlcode not in _BUSY_CODES):
        return DatabaseFull, "LRB014"
    if sqlcode in _BUSY_CODES or sqlstate in _BUSY_STATES:
        return DatabaseBusy, "LRB011"
    if sqlstate == "23505" or sqlcode == -803:
        return DuplicateKey, "LRB012"
    if sqlstate.startswith(("22", "23")):
        return DataRefused, "LRB015"
    return StatementFailed, "LRB013"
