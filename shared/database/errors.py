"""Database errors: one place that says what each SQLSTATE and SQLCODE means for the work, and what a person reads.

    DatabaseError (mixin: sqlstate, sqlcode)
    ├── DatabaseUnavailable   transient: connection lost or refused; reconnect, look in the ledger, continue
    ├── DatabaseBusy          transient: deadlock, time-out, no lock left; roll back and try the batch again
    ├── DatabaseFull          transient: log, table space or disk is full; reconnect, and wait until there is space
    ├── DuplicateKey          permanent for the statement: the row exists (in the ledger: the batch was written)
    └── StatementFailed       permanent: the statement is wrong, or the table
        └── DataRefused       permanent: a value does not fit its column, or a constraint forbids it

The SQLSTATE decides before the SQLCODE. Derby reports every SQL error as -20001 with the true SQLSTATE, and Db2's
SQLSTATEs are the standard's (IBM Db2, Messages and Codes: SQLSTATE classes 08, 23, 40, 57, 58).

A full disk has many names. Db2 says 57011 (log, table space or file system full) or 58030 (I/O error). Derby says
XSLA…, XSDF… or XSDG… (log or container cannot be written), then refuses changes as read-only (25502, 25503), or fails
in a way that the driver sees as a protocol error (58008, 58009).
"""

from __future__ import annotations

import re
from typing import Final

from shared.errors import LreclError, PermanentError, TransientError


class DatabaseError(LreclError):
    """An error that the driver reported, with the SQLSTATE and SQLCODE of the record that says most."""

    def __init__(self, code: str, message: str, *, sqlstate: str, sqlcode: int, remedy: str = "") -> None:
        super().__init__(code, message, remedy=remedy, sqlstate=sqlstate, sqlcode=sqlcode)
        self.sqlstate = sqlstate
        self.sqlcode = sqlcode


class DatabaseUnavailable(DatabaseError, TransientError):
    """The database cannot be reached, or the connection broke with an unknown outcome."""


class DatabaseBusy(DatabaseError, TransientError):
    """The database asks to try again: the transaction was, or must be, rolled back."""


class DatabaseFull(DatabaseError, TransientError):
    """The log, a table space or the disk of the database is full."""


class DuplicateKey(DatabaseError, PermanentError):
    """A row with this key exists."""


class StatementFailed(DatabaseError, PermanentError):
    """The statement or its data was refused."""


class DataRefused(StatementFailed):
    """A value is too long, out of range, NULL where that is forbidden, or breaks a constraint."""


OUTAGES: Final = (DatabaseUnavailable, DatabaseFull)
"""The database as a whole cannot work: wait for it, and make the session that saw the error anew."""

RETRIED_CODES: Final = ("LRB010", "LRB011", "LRB014")
"""Codes of errors of the database after which the work is tried again."""

_BUSY_CODES = {-911, -913, -912, -904}
_FULL_CODES = {-964, -289, -968}
_UNAVAILABLE_CODES = {-30081, -30080, -4499, -1224, -1229, -30108, -1776, -900, -1015, -1032, -1035}
_BUSY_STATES = {"40001", "40XL1", "40XL2", "57033"}
_FULL_STATES = {"57011", "58030", "25502", "25503", "58008", "58009"}
_FULL_FAMILIES = ("XSLA", "XSDF", "XSDG")
_UNAVAILABLE_STATES = {"40003", "57019", "55032", "58004", "58005", "57017"}


_REMEDIES: Final[dict[type[DatabaseError], str]] = {
    DatabaseUnavailable: "Check that the database is running and that the LRECL_DB_ settings name it.",
    DatabaseFull: "Make space in the database and on its disk. Derby then has to be restarted.",
}

_DRIVER_PREFIX: Final = re.compile(r"(ibm_db_dbi::\w+: )?(\w[\w ]* Failed: )?\[IBM\]\[CLI Driver\](\[[^\]]*\])? *")
_NO_TEXT: Final = re.compile(
    r'SQL0969N +There is no message text .*? with original tokens "(?P<tokens>.*?)"\. +'
    r"SQLSTATE=(?P<state>\w{5})( SQLCODE=-?\d+)?",
    re.DOTALL,
)
_STATES: Final = re.compile(r" *SQLSTATE=\w{5}( SQLCODE=-?\d+)?")

_PHRASES: Final = {
    "25502": "The database accepts no changes",
    "25503": "The database accepts no changes of tables",
    "22001": "The text is too long for its column",
    "22003": "The number is out of the range of its type",
    "22007": "The text is not a date, time or timestamp",
    "22012": "Division by zero",
    "22018": "The text is not a value of the type",
    "23502": "The column does not accept NULL",
    "23503": "The foreign key has no row to refer to",
    "23505": "A row with this key exists in the constraint or index and table",
    "23513": "The check constraint of the table forbids the row",
    "40001": "Deadlock",
    "40XL1": "No lock within the time allowed",
    "42802": "The number of values is not the number of columns",
    "42821": "The types of column and value do not fit",
    "42X01": "Syntax error",
    "42X04": "There is no such column",
    "42X05": "There is no such table or view",
    "42X14": "There is no such column in the table",
    "42Y07": "There is no such schema",
    "42Y55": "The object of the statement does not exist",
    "X0Y32": "The object exists already",
    "X0Y68": "The object exists already",
    "XSLA4": "The log cannot be written",
    "XSDG1": "A page cannot be written",
    "XCL10": "The parameters of the prepared statement have changed",
}
"""Derby's SQLSTATEs, whose texts IBM's driver does not know: it passes only the tokens on, which follow the phrase."""


def classify(sqlstate: str, sqlcode: int, message: str) -> DatabaseError:
    """The error for a diagnostic record of the driver; what says nothing is removed from its text."""
    kind, code = _kind(sqlstate, sqlcode)
    text, remedy = f"[{sqlstate} {sqlcode}] {_readable(message)}", _REMEDIES.get(kind, "")
    return kind(code, text, sqlstate=sqlstate, sqlcode=sqlcode, remedy=remedy)


def encoded(text: str) -> bytes:
    """``text`` as the driver takes it; DataRefused LRB016 for one with a lone surrogate, which has no form in UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        shown = text[error.start : error.end].encode("utf-8", "backslashreplace").decode()
        raise unbindable(f"a text holds {shown}, which is not a character") from error


def unbindable(reason: str) -> DataRefused:
    """LRB016: the value is refused before it reaches the driver."""
    remedy = "Report this as a bug: values from outside are checked before they get here."
    return DataRefused(
        "LRB016", f"A value cannot be given to the database: {reason}", sqlstate="", sqlcode=0, remedy=remedy
    )


def _readable(message: str) -> str:
    """The driver's text without the driver's name and the states, and with Derby's tokens instead of "no text"."""
    return _STATES.sub("", _NO_TEXT.sub(_phrase, _DRIVER_PREFIX.sub("", message))).strip()


def _phrase(found: re.Match[str]) -> str:
    state = found["state"]
    tokens = re.sub(rf"\s*\b{state}(\.\w)?$", "", found["tokens"])
    phrase = _PHRASES.get(state, "The database reports an error")
    return f"{phrase}: {tokens}" if tokens else f"{phrase}."


def _says_full(sqlstate: str) -> bool:
    return sqlstate in _FULL_STATES or sqlstate.startswith(_FULL_FAMILIES)


def _kind(sqlstate: str, sqlcode: int) -> tuple[type[DatabaseError], str]:
    if sqlcode in _UNAVAILABLE_CODES or sqlstate in _UNAVAILABLE_STATES or sqlstate.startswith("08"):
        return DatabaseUnavailable, "LRB010"
    if sqlcode in _FULL_CODES or (_says_full(sqlstate) and sqlcode not in _BUSY_CODES):
        return DatabaseFull, "LRB014"
    if sqlcode in _BUSY_CODES or sqlstate in _BUSY_STATES:
        return DatabaseBusy, "LRB011"
    if sqlstate == "23505" or sqlcode == -803:
        return DuplicateKey, "LRB012"
    if sqlstate.startswith(("22", "23")):
        return DataRefused, "LRB015"
    return StatementFailed, "LRB013"
