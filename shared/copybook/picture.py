"""PICTURE strings: category, size in characters, digits and scale (Language Reference, "PICTURE clause")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from shared.copybook.errors import BAD_PICTURE, TOO_MANY_DIGITS, Position, failure, shown
from shared.copybook.limits import MAX_COUNT_DIGITS, MAX_DIGITS, MAX_RECORD


class Category(Enum):
    """The category of an item's data."""

    ALPHANUMERIC = "ALPHANUMERIC"
    ALPHABETIC = "ALPHABETIC"
    NUMERIC = "NUMERIC"
    NUMERIC_EDITED = "NUMERIC-EDITED"
    ALPHANUMERIC_EDITED = "ALPHANUMERIC-EDITED"
    NATIONAL = "NATIONAL"
    DBCS = "DBCS"
    FLOAT = "FLOAT"
    POINTER = "POINTER"
    GROUP = "GROUP"


@dataclass(frozen=True, slots=True)
class Picture:
    """A parsed picture.

    ``size`` is the number of character positions in storage (V, S and P have none; CR and DB have two). ``digits`` is
    the number of digit positions in storage. A value is their integer × 10^−``scale``: PPP9 has digits 1 and scale 4,
    9PPP has scale −3.
    """

    text: str
    category: Category
    size: int
    digits: int = 0
    scale: int = 0
    signed: bool = False


_SYMBOL = re.compile(r"(CR|DB|[AXNG9SVPZBE*0/,.+\-$£€¥])(?:\((\d+)\))?")
_CURRENCY = frozenset("$£€¥")
_NUMERIC = re.compile(r"S?(?:9V?|9?V9|V?P9|9PV?)")
_EXTERNAL_FLOAT = re.compile(r"[+-](?:9[.V]9?|[.V]9)E[+-]9")
_EDITED_ONLY = frozenset("9ZVPSB*0/,.+-CRDB") | _CURRENCY
_UNSTORED = frozenset("VPS")
_ONCE = frozenset({"S", "V", ".", "E", "CR", "DB"})

_Run = tuple[str, int]


def parse_picture(text: str, at: Position) -> Picture:
    """Parse the picture string ``text``. Raises ``CopybookError`` LRC017 or LRC018 at ``at``."""
    upper = text.upper()
    runs = _runs(upper, at)
    size = sum(count * len(symbol) for symbol, count in runs if symbol not in _UNSTORED)
    if size > MAX_RECORD:
        raise failure(BAD_PICTURE, f"PIC {shown(upper)} has {size:,} characters; the maximum is {MAX_RECORD:,}", at)
    category = _category(runs)
    if category is None or size == 0:
        raise failure(BAD_PICTURE, f"PIC {shown(upper)} is not a picture of COBOL", at)
    if category not in (Category.NUMERIC, Category.NUMERIC_EDITED):
        return Picture(upper, category, size, signed=category is Category.FLOAT)
    return _number(upper, category, size, runs, at)


def _runs(text: str, at: Position) -> list[_Run]:
    """(symbol, count), with equal neighbours merged: XX(3) is four times X."""
    runs: list[_Run] = []
    index = 0
    while index < len(text):
        match = _SYMBOL.match(text, index)
        if match is None:
            problem = f"PIC {shown(text)} is not valid at {shown(text[index:], 10)}"
            raise failure(BAD_PICTURE, problem, at._replace(column=at.column + index))
        symbol, count = match.group(1), _count(match.group(2), text, at)
        if runs and runs[-1][0] == symbol:
            count += runs.pop()[1]
        runs.append((symbol, count))
        index = match.end()
    return runs


def _count(digits: str | None, text: str, at: Position) -> int:
    if digits is None:
        return 1
    significant = digits.lstrip("0")
    if not significant or len(significant) > MAX_COUNT_DIGITS:
        raise failure(BAD_PICTURE, f"PIC {shown(text)} has the repetition count {shown(digits, 12)}", at)
    return int(significant)


def _category(runs: list[_Run]) -> Category | None:
    pattern = "".join(symbol for symbol, _ in runs)
    symbols = {symbol for symbol, _ in runs}
    if any(count > 1 for symbol, count in runs if symbol in _ONCE):
        return None
    if _NUMERIC.fullmatch(pattern):
        return Category.NUMERIC
    if _EXTERNAL_FLOAT.fullmatch(pattern):
        return Category.FLOAT
    if symbols & {"N", "G"}:
        return _wide(symbols)
    if symbols & {"A", "X"}:
        return _text(symbols)
    return Category.NUMERIC_EDITED if _is_edited(pattern, symbols) else None


def _wide(symbols: set[str]) -> Category | None:
    if symbols <= {"G", "B"}:
        return Category.DBCS
    return Category.NATIONAL if symbols <= {"N", "B", "0", "/"} else None


def _text(symbols: set[str]) -> Category | None:
    if symbols == {"A"}:
        return Category.ALPHABETIC
    if symbols <= {"A", "X", "9"}:
        return Category.ALPHANUMERIC
    return Category.ALPHANUMERIC_EDITED if symbols <= {"A", "X", "9", "B", "0", "/"} else None


def _is_edited(pattern: str, symbols: set[str]) -> bool:
    """Whether the symbols make an edited number. Other dialects allow S, V and a sign together, and so does this."""
    only = all(symbol in _EDITED_ONLY or symbol in ("CR", "DB") for symbol in symbols)
    points = pattern.count("V") + (pattern.count(".") if _point(symbols, pattern) == "." else pattern.count(","))
    edits = bool(symbols - {"9", "S", "V", "P"})
    signs = "S" not in pattern[1:] and not {"Z", "*"} <= symbols
    return only and edits and points <= 1 and signs


def _point(symbols: set[str], pattern: str) -> str:
    """The decimal point. With two or more '.' these are digit separators, so the program has DECIMAL-POINT IS COMMA."""
    return "," if pattern.count(".") > 1 and "," in symbols else "."


def _number(text: str, category: Category, size: int, runs: list[_Run], at: Position) -> Picture:
    pattern = "".join(symbol for symbol, _ in runs)
    symbols = {symbol for symbol, _ in runs}
    digits, fraction = _digits(runs, _point(symbols, pattern))
    padding = sum(count for symbol, count in runs if symbol == "P")
    if digits + padding > MAX_DIGITS:
        raise failure(
            TOO_MANY_DIGITS, f"PIC {shown(text)} has {digits + padding} digits; the maximum is {MAX_DIGITS}", at
        )
    if digits == 0:
        raise failure(BAD_PICTURE, f"PIC {shown(text)} has no digit position", at)
    scale = fraction
    if padding:
        leading = pattern.lstrip("SV").startswith("P")
        scale = digits + padding if leading else -padding
    signed = bool(symbols & {"S", "+", "-", "CR", "DB"})
    return Picture(text, category, size, digits, scale, signed)


def _digits(runs: list[_Run], point: str) -> tuple[int, int]:
    """The number of digit positions, and how many of them come after the decimal point.

    Of several equal signs or currency symbols the first is only the floating symbol; the others are digit positions.
    """
    digits, before_point, floated, counts = 0, -1, set[str](), dict[str, int]()
    for symbol, count in runs:
        counts[symbol] = counts.get(symbol, 0) + count
    for symbol, count in runs:
        if symbol in ("V", point):
            before_point = digits
        elif symbol in ("9", "Z", "*"):
            digits += count
        elif (symbol in ("+", "-") or symbol in _CURRENCY) and counts[symbol] > 1:
            digits += count - (symbol not in floated)
            floated.add(symbol)
    return digits, 0 if before_point < 0 else digits - before_point
