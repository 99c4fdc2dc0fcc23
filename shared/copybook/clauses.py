"""The clauses of a data description entry, in any order (Language Reference, "Data description entry")."""

from __future__ import annotations

import re
from collections.abc import Callable

from shared.copybook.ast import Occurs, SignPosition, Usage
from shared.copybook.entry import Cursor, Entry
from shared.copybook.errors import BAD_CLAUSE, BAD_OCCURS, DUPLICATE_CLAUSE, UNKNOWN_CLAUSE, Position, failure, shown
from shared.copybook.picture import parse_picture
from shared.copybook.values import read_literal

_Clause = Callable[[Cursor, Entry], None]

_USAGES = {usage.value: usage for usage in Usage} | {
    "COMP-0": Usage.COMP,
    "COMP-4": Usage.COMP,
    "BINARY": Usage.COMP,
    "PACKED-DECIMAL": Usage.COMP_3,
    "POINTER-32": Usage.POINTER,
    "FUNCTION-POINTER": Usage.POINTER,
}
_USAGE_WORDS = frozenset(_USAGES) | {word.replace("COMP", "COMPUTATIONAL", 1) for word in _USAGES if word[:4] == "COMP"}


def _usage_named(word: str) -> Usage:
    return _USAGES[word.replace("COMPUTATIONAL", "COMP", 1)]


def _picture(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("IS")
    at = cursor.at
    entry.picture = parse_picture(cursor.run(), at)


def _usage(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("IS")
    if cursor.accept("OBJECT"):
        raise failure(UNKNOWN_CLAUSE, "object references are not data in a file", cursor.at)
    entry.usage = _usage_named(cursor.expect(*sorted(_USAGE_WORDS)))


def _sign(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("IS")
    leading = cursor.expect("LEADING", "TRAILING") == "LEADING"
    if cursor.accept("SEPARATE"):
        cursor.accept("CHARACTER")
        entry.sign = SignPosition.LEADING_SEPARATE if leading else SignPosition.TRAILING_SEPARATE
    else:
        entry.sign = SignPosition.LEADING if leading else SignPosition.TRAILING


def _occurs(cursor: Cursor, entry: Entry) -> None:
    at = cursor.at
    minimum: int | None = cursor.integer()
    maximum = minimum
    if cursor.accept("TO"):
        if cursor.peek() == "UNBOUNDED":
            raise failure(
                BAD_OCCURS,
                "a table without an upper bound has no size",
                at,
                "Write its largest count instead of UNBOUNDED.",
            )
        maximum = cursor.integer()
    else:
        minimum = None
    cursor.accept("TIMES")
    counter: tuple[str, ...] = ()
    while cursor.peek() in ("DEPENDING", "ASCENDING", "DESCENDING", "KEY", "INDEXED"):
        counter = _occurs_phrase(cursor) or counter
    entry.occurs = _checked_occurs(minimum, int(maximum or 0), counter, at)


def _checked_occurs(minimum: int | None, maximum: int, counter: tuple[str, ...], at: Position) -> Occurs:
    if minimum is not None and not counter:
        raise failure(BAD_OCCURS, f"OCCURS {minimum} TO {maximum} has no DEPENDING ON", at)
    if maximum < 1 or (minimum or 0) > maximum:
        raise failure(
            BAD_OCCURS, f"a table cannot occur {minimum if minimum is not None else maximum} to {maximum} times", at
        )
    if not counter:
        return Occurs(maximum, maximum)
    # OCCURS n DEPENDING ON has no lower bound. Files have empty tables, so the minimum is 0.
    return Occurs(minimum or 0, maximum, counter)


def _occurs_phrase(cursor: Cursor) -> tuple[str, ...]:
    """Returns the counter of DEPENDING ON. KEY and INDEXED phrases do not affect storage."""
    if cursor.accept("DEPENDING"):
        cursor.accept("ON")
        return cursor.qualified()
    if cursor.take().upper == "INDEXED":
        cursor.accept("BY")
    else:
        cursor.accept("KEY")
        cursor.accept("IS")
    while (
        cursor
        and cursor.peek() not in STARTERS
        and cursor.peek() not in ("DEPENDING", "ASCENDING", "DESCENDING", "INDEXED")
    ):
        cursor.qualified()
    return ()


def _redefines(cursor: Cursor, entry: Entry) -> None:
    entry.redefines = cursor.name()


def _synchronized(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("LEFT", "RIGHT")
    entry.synchronized = True


def _justified(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("RIGHT")
    entry.justified = True


def _blank(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("WHEN")
    cursor.expect("ZERO", "ZEROS", "ZEROES")
    entry.blank_when_zero = True


def _value(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("IS", "ARE")
    entry.value = read_literal(cursor)


def _group_usage(cursor: Cursor, entry: Entry) -> None:
    cursor.accept("IS")
    cursor.expect("NATIONAL")
    entry.usage = Usage.NATIONAL


def _date_format(cursor: Cursor, _entry: Entry) -> None:
    cursor.accept("FORMAT")
    cursor.accept("IS")
    cursor.run()


def _flag(cursor: Cursor, _entry: Entry) -> None:
    """EXTERNAL, GLOBAL and VOLATILE do not affect storage."""


_CLAUSES: dict[str, tuple[str, _Clause]] = {
    "PIC": ("PICTURE", _picture),
    "PICTURE": ("PICTURE", _picture),
    "USAGE": ("USAGE", _usage),
    "SIGN": ("SIGN", _sign),
    "LEADING": ("SIGN", _sign),
    "TRAILING": ("SIGN", _sign),
    "OCCURS": ("OCCURS", _occurs),
    "REDEFINES": ("REDEFINES", _redefines),
    "SYNC": ("SYNCHRONIZED", _synchronized),
    "SYNCHRONIZED": ("SYNCHRONIZED", _synchronized),
    "JUST": ("JUSTIFIED", _justified),
    "JUSTIFIED": ("JUSTIFIED", _justified),
    "BLANK": ("BLANK WHEN ZERO", _blank),
    "VALUE": ("VALUE", _value),
    "VALUES": ("VALUE", _value),
    "GROUP-USAGE": ("USAGE", _group_usage),
    "DATE": ("DATE FORMAT", _date_format),
    "EXTERNAL": ("EXTERNAL", _flag),
    "GLOBAL": ("GLOBAL", _flag),
    "VOLATILE": ("VOLATILE", _flag),
}
_WORDS_THAT_ARE_OPERANDS = frozenset({"LEADING", "TRAILING"})
STARTERS = frozenset(_CLAUSES) | _USAGE_WORDS
"""The words that begin a clause."""


def begins_unnamed(cursor: Cursor) -> bool:
    """Whether an entry has no name.

    Old copybooks use words as names that became reserved later. Such a word is a name when a clause follows it
    (``05 DATE PIC X``).
    """
    word, following = cursor.peek(), cursor.peek(1)
    if word in ("PIC", "PICTURE", "REDEFINES", "OCCURS", "USAGE", ""):
        return True
    if word in ("DATE", "EXTERNAL", "GLOBAL", "VOLATILE", "SIGN", "BLANK", "LEADING", "TRAILING", "VALUE", "VALUES"):
        return following not in ("PIC", "PICTURE", "REDEFINES", "OCCURS", "")
    if word in ("INDEX", "POINTER") and following in ("PIC", "PICTURE"):
        return False
    return word in STARTERS


def read_clauses(cursor: Cursor, entry: Entry) -> None:
    """Read all clauses up to the period. Raises ``CopybookError`` LRC014–LRC018, LRC022 or LRC034."""
    while cursor:
        cursor.accept(",", ";")
        at, word = cursor.at, cursor.peek()
        if word == "IS" and cursor.peek(1) in ("EXTERNAL", "GLOBAL", "VOLATILE"):
            cursor.take()
            continue
        name, read = _clause(cursor, word, at, entry)
        if name in entry.clauses:
            raise failure(DUPLICATE_CLAUSE, f"{entry.name} has a second {name} clause", at)
        entry.clauses.add(name)
        read(cursor, entry)


def _clause(cursor: Cursor, word: str, at: Position, entry: Entry) -> tuple[str, _Clause]:
    if word in _USAGE_WORDS:
        return "USAGE", _usage
    found = _CLAUSES.get(word)
    if found is None:
        raise failure(UNKNOWN_CLAUSE, f"{shown(word)} in the entry of {entry.name} is not understood", at, _guess(word))
    if word not in _WORDS_THAT_ARE_OPERANDS:
        cursor.take()
    return found


def _guess(word: str) -> str:
    """The likely cause of an unexpected word, as a remedy."""
    if re.fullmatch(r"\d{1,2}", word):
        return "The entry before it has no period."
    if ":" in word:
        return "Replace the placeholder with COPY … REPLACING."
    return ""


def require(allowed: bool, message: str, at: Position) -> None:
    """Raise LRC016 with ``message`` unless ``allowed``."""
    if not allowed:
        raise failure(BAD_CLAUSE, message, at)
