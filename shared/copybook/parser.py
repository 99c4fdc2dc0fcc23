"""Tokens → records: entries are read one by one and added to the tree by their level numbers.

There is no recursion: entries are in the order of the text, and a stack has the open groups (at most 49, because a
child has a higher level number than its group).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from shared.copybook.ast import FILLER, Condition, Copybook, Rename
from shared.copybook.clauses import begins_unnamed, read_clauses, require
from shared.copybook.entry import Cursor, Entry
from shared.copybook.errors import (
    BAD_LEVEL,
    DUPLICATE_RECORD,
    EMPTY,
    MISSING_PERIOD,
    NOT_AN_ENTRY,
    TOO_MANY_ITEMS,
    Position,
    failure,
    shown,
)
from shared.copybook.lexer import Kind, Token
from shared.copybook.limits import MAX_ITEMS
from shared.copybook.preprocessor import preprocess
from shared.copybook.reference import ReferenceFormat
from shared.copybook.tree import TreeBuilder
from shared.copybook.values import read_values

_HEADINGS = frozenset(
    {"FD", "SD", "ID", "IDENTIFICATION", "ENVIRONMENT", "DATA", "FILE", "WORKING-STORAGE", "LINKAGE", "LOCAL-STORAGE"}
)
_NOT_A_WORD = re.compile(r"[^A-Z0-9]+")


def parse_copybook(
    text: str,
    *,
    source: str = "copybook",
    reference_format: ReferenceFormat = "auto",
    copy_roots: Sequence[Path] = (),
) -> Copybook:
    """Parse COBOL data descriptions.

    ``source`` is the name of the text in errors. COPY members are read only from ``copy_roots``. Section headings and
    FD entries of a program's data division are ignored. Items that begin at a deeper level than 01 (a copybook that is
    copied below an 01) get an implicit 01 named after ``source``.

    Raises ``CopybookError`` with line and column for every error; see ``shared.copybook.errors``.

    >>> from shared.copybook import parse_copybook
    >>> parse_copybook("       01  ORDER.  05  ORDER-NO  PIC 9(6).").record_names
    ('ORDER',)
    """
    chosen, found = preprocess(text, source, reference_format, copy_roots)
    builder = TreeBuilder(_record_name(source))
    for count, (entry, period) in enumerate(_entries(found), 1):
        if count > MAX_ITEMS:
            raise failure(TOO_MANY_ITEMS, f"more than {MAX_ITEMS:,} entries", entry[0].at)
        if entry[0].upper not in _HEADINGS:
            _read_entry(Cursor(entry, period), builder)
    records = builder.finish()
    if not records:
        raise failure(EMPTY, "there is no data description entry", Position(source, 0, 0))
    return Copybook(source, chosen, records)


def merge_copybooks(*copybooks: Copybook) -> Copybook:
    """One copybook with the records of all. Raises ``CopybookError`` LRC028 (none) or LRC033 (duplicate names)."""
    if not copybooks:
        raise failure(EMPTY, "there are no copybooks to merge", Position("copybooks", 0, 0))
    seen: set[str] = set()
    for record in (record for copybook in copybooks for record in copybook.records):
        if record.name in seen:
            raise failure(DUPLICATE_RECORD, f"there are two records {record.name}", record.at)
        seen.add(record.name)
    return Copybook(
        source=" + ".join(copybook.source for copybook in copybooks),
        reference_format=copybooks[0].reference_format,
        records=tuple(record for copybook in copybooks for record in copybook.records),
    )


def _record_name(source: str) -> str:
    return _NOT_A_WORD.sub("-", PurePath(source).stem.upper()).strip("-") or "RECORD"


def _entries(found: Sequence[Token]) -> Iterator[tuple[Sequence[Token], Position]]:
    start = 0
    for index, token in enumerate(found):
        if token.kind is Kind.PERIOD:
            if index > start:
                yield found[start:index], token.at
            start = index + 1
    if start < len(found):
        raise failure(MISSING_PERIOD, "the last entry has no period", found[-1].at)


def _read_entry(cursor: Cursor, builder: TreeBuilder) -> None:
    at = cursor.at
    level = _level(cursor, at)
    if level == 88:
        builder.add_condition(Condition(cursor.name(), read_values(cursor), at.line), at)
    elif level == 66:
        builder.add_rename(_rename(cursor, at))
    else:
        entry = Entry(level, FILLER if begins_unnamed(cursor) else cursor.name(), at)
        read_clauses(cursor, entry)
        builder.add(entry)
    require(not cursor, f"{shown(cursor.peek())} is not expected here", cursor.at)


def _level(cursor: Cursor, at: Position) -> int:
    word = cursor.take().text
    if not (word.isascii() and word.isdigit()):
        raise failure(NOT_AN_ENTRY, f"expected a level number, not {shown(word)}", at)
    if len(word) > 2 or int(word) not in (*range(1, 50), 66, 77, 88):
        raise failure(BAD_LEVEL, f"{shown(word)} is not a level number", at)
    return int(word)


def _rename(cursor: Cursor, at: Position) -> Rename:
    name = cursor.name()
    cursor.expect("RENAMES")
    first = cursor.qualified()
    last = cursor.qualified() if cursor.accept("THRU", "THROUGH") else first
    return Rename(name, first, last, at)
