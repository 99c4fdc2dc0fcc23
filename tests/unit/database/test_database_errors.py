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
