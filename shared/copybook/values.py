"""VALUE clauses: one literal for an item, several values and ranges for a condition name."""

from __future__ import annotations

import re

from shared.copybook.ast import Literal, LiteralKind, ValueRange
from shared.copybook.entry import Cursor
from shared.copybook.errors import BAD_VALUE, failure, shown

_FIGURATIVE = {
    "ZERO": "ZERO", "ZEROS": "ZERO", "ZEROES": "ZERO",
    "SPACE": "SPACE", "SPACES": "SPACE",
    "HIGH-VALUE": "HIGH-VALUE", "HIGH-VALUES": "HIGH-VALUE",
    "LOW-VALUE": "LOW-VALUE", "LOW-VALUES": "LOW-VALUE",
    "QUOTE": "QUOTE", "QUOTES": "QUOTE",
    "NULL": "NULL", "NULLS": "NULL",
}  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:E[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_PREFIXES = {"X": LiteralKind.HEX, "BX": LiteralKind.HEX, "N": LiteralKind.NATIONAL, "NX": LiteralKind.HEX}


def read_literal(cursor: Cursor) -> Literal:
    """Read [ALL] literal. Raises ``CopybookError`` LRC034."""
    repeated = bool(cursor.accept("ALL"))
    if cursor.peek_literal():
        return _quoted(cursor.take().text, repeated)
    if not cursor:
        raise failure(BAD_VALUE, "the VALUE clause has no literal", cursor.at)
    if figurative := _FIGURATIVE.get(cursor.peek()):
        cursor.take()
        return Literal(LiteralKind.FIGURATIVE, figurative, repeated)
    at = cursor.at
    text = cursor.run()
    if not _NUMBER.fullmatch(text):
        raise failure(BAD_VALUE, f"{shown(text)} is not a literal", at)
    return Literal(LiteralKind.NUMBER, text, repeated)


def read_values(cursor: Cursor) -> tuple[ValueRange, ...]:
    """Read VALUE [IS] | VALUES [ARE] literal [THRU literal] … [WHEN SET TO FALSE IS literal] up to the period."""
    cursor.expect("VALUE", "VALUES")
    cursor.accept("IS", "ARE")
    values = [_range(cursor)]
    while cursor and cursor.peek() not in ("WHEN", "FALSE"):
        cursor.accept(",", ";")
        values.append(_range(cursor))
    _skip_false(cursor)
    return tuple(values)


def _range(cursor: Cursor) -> ValueRange:
    low = read_literal(cursor)
    high = read_literal(cursor) if cursor.accept("THRU", "THROUGH") else None
    return ValueRange(low, high)


def _skip_false(cursor: Cursor) -> None:
    """Skip WHEN SET TO FALSE, which does not affect data that is read."""
    if cursor.accept("WHEN"):
        cursor.accept("SET")
        cursor.accept("TO")
    if cursor.accept("FALSE"):
        cursor.accept("IS")
        read_literal(cursor)


def _quoted(text: str, repeated: bool) -> Literal:
    prefix = text[: min(text.find(mark) for mark in "'\"" if mark in text)].upper()
    mark = text[len(prefix)]
    inner = text[len(prefix) + 1 : -1].replace(mark * 2, mark)
    return Literal(_PREFIXES.get(prefix, LiteralKind.TEXT), inner, repeated)
