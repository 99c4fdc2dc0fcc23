"""What each SQLSTATE and SQLCODE means for the work."""

from __future__ import annotations

import pytest

from shared.database.errors import (
    DatabaseBusy,
    DatabaseError,
    DatabaseFull,
    DatabaseUnavailable,
    DataRefused,
    DuplicateKey,
    StatementFailed,
    classify,
)
from shared.errors import PermanentError, TransientError


@pytest.mark.parametrize(
    ("sqlstate", "sqlcode", "kind", "code"),
    [
        ("08001", -30081, DatabaseUnavailable, "LRB010"),
        ("08003", -99999, DatabaseUnavailable, "LRB010"),
        ("", -1224, DatabaseUnavailable, "LRB010"),
        ("57019", -1776, DatabaseUnavailable, "LRB010"),
        ("58004", -20001, DatabaseUnavailable, "LRB010"),
        ("40003", -20001, DatabaseUnavailable, "LRB010"),
        ("40001", -911, DatabaseBusy, "LRB011"),
        ("40001", -20001, DatabaseBusy, "LRB011"),
        ("40XL1", -20001, DatabaseBusy, "LRB011"),
        ("57011", -912, DatabaseBusy, "LRB011"),
        ("57011", -964, DatabaseFull, "LRB014"),
        ("57011", -289, DatabaseFull, "LRB014"),
        ("57011", -968, DatabaseFull, "LRB014"),
        ("57011", -20001, DatabaseFull, "LRB014"),
        ("57011", -930, DatabaseFull, "LRB014"),
        ("58030", -1, DatabaseFull, "LRB014"),
        ("25502", -20001, DatabaseFull, "LRB014"),
        ("25503", -20001, DatabaseFull, "LRB014"),
        ("58008", -30000, DatabaseFull, "LRB014"),
        ("58009", -30020, DatabaseFull, "LRB014"),
        ("XSLA4", -20001, DatabaseFull, "LRB014"),
        ("XSDF1", -20001, DatabaseFull, "LRB014"),
        ("XSDG1", -20001, DatabaseFull, "LRB014"),
        ("57033", -904, DatabaseBusy, "LRB011"),
        ("08001", -4499, DatabaseUnavailable, "LRB010"),
        ("", -1032, DatabaseUnavailable, "LRB010"),
        ("57033", -913, DatabaseBusy, "LRB011"),
        ("23505", -803, DuplicateKey, "LRB012"),
        ("23505", -20001, DuplicateKey, "LRB012"),
        ("", -803, DuplicateKey, "LRB012"),
        ("42601", -104, StatementFailed, "LRB013"),
        ("22003", -20001, DataRefused, "LRB015"),
        ("22001", -433, DataRefused, "LRB015"),
        ("23502", -407, DataRefused, "LRB015"),
        ("23503", -530, DataRefused, "LRB015"),
        ("23513", -545, DataRefused, "LRB015"),
        ("", 0, StatementFailed, "LRB013"),
    ],
)
def test_classes(sqlstate: str, sqlcode: int, kind: type[DatabaseError], code: str) -> None:
    error = classify(sqlstate, sqlcode, "the driver's words")
    assert (type(error), error.code, error.sqlstate, error.sqlcode) == (kind, code, sqlstate, sqlcode)
    assert "the driver's words" in error.message
    assert sqlstate in error.message


def test_what_is_tried_again_and_what_is_not() -> None:
    assert issubclass(DatabaseUnavailable, TransientError)
    assert issubclass(DatabaseBusy, TransientError)
    assert issubclass(DatabaseFull, TransientError)
    assert issubclass(DuplicateKey, PermanentError)
    assert issubclass(StatementFailed, PermanentError)


NO_TEXT = (
    '[IBM][CLI Driver][Apache Derby] SQL0969N  There is no message text corresponding to SQL error "-20001" in the '
    'message file on this workstation.  The error was returned from module "SQL09070" with original tokens "{}".  '
    "SQLSTATE={}"
)
COMMUNICATION = (
    '[IBM][CLI Driver] SQL30081N  A communication error has been detected.  Protocol specific error code(s): "111".  '
    "SQLSTATE=08001"
)


@pytest.mark.parametrize(
    ("sqlstate", "message", "expected"),
    [
        ("42X05", NO_TEXT.format("A.B 42X05", "42X05"), "There is no such table or view: A.B"),
        ("22012", NO_TEXT.format("22012", "22012"), "Division by zero."),
        ("XCL10", NO_TEXT.format("XCL10.S", "XCL10"), "The parameters of the prepared statement have changed."),
        ("42X01", NO_TEXT.format('Encountered "X" 42X01', "42X01"), 'Syntax error: Encountered "X"'),
        ("XYZ99", NO_TEXT.format("some words XYZ99.S", "XYZ99"), "The database reports an error: some words"),
        ("42X05", NO_TEXT.format("A_CUT_NA", "42X05"), "There is no such table or view: A_CUT_NA"),
        (
            "42X05",
            f"ibm_db_dbi::ProgrammingError: Statement Execute Failed: {NO_TEXT.format('A.B', '42X05')} SQLCODE=-20001",
            "There is no such table or view: A.B",
        ),
        (
            "42704",
            '[IBM][CLI Driver][DB2/LINUXX8664] SQL0204N  "A.B" is an undefined name.  SQLSTATE=42704 SQLCODE=-204',
            'SQL0204N  "A.B" is an undefined name.',
        ),
        ("08001", COMMUNICATION, COMMUNICATION[18:-16].strip()),
        ("HY000", f"[IBM][CLI Driver] CLI0100E  One. SQLSTATE=HY000 | {NO_TEXT.format('T 23505', '23505')}",
         "CLI0100E  One. | A row with this key exists in the constraint or index and table: T"),
    ],
)  # fmt: skip
def test_a_text_says_what_the_database_said(sqlstate: str, message: str, expected: str) -> None:
    """The driver has no texts for Derby's errors and wraps what it got in words that help nobody."""
    assert classify(sqlstate, -1, message).message == f"[{sqlstate} -1] {expected}"


def test_a_database_that_is_away_or_full_comes_with_a_remedy() -> None:
    assert "LRECL_DB_" in classify("08001", -30081, COMMUNICATION).remedy
    assert classify("57011", -964, "").remedy
