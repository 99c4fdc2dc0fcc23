"""Building the tree of items by level numbers, with the clauses that items inherit from their groups."""

from __future__ import annotations

from shared.copybook.ast import Condition, Item, Rename, SignPosition, Usage
from shared.copybook.clauses import require
from shared.copybook.entry import Entry
from shared.copybook.errors import (
    BAD_LEVEL,
    BAD_OCCURS,
    NO_PICTURE,
    PICTURE_ON_GROUP,
    USAGE_CONFLICT,
    Position,
    failure,
)
from shared.copybook.picture import Category, Picture
from shared.copybook.storage import WITHOUT_PICTURE, category_of, conflict

_STANDALONE = 77


class TreeBuilder:
    """Builds records from entries in the order of the text."""

    def __init__(self, implicit_name: str) -> None:
        self._implicit_name = implicit_name
        self._open: list[Entry] = []
        self._records: list[Item] = []

    def add(self, entry: Entry) -> None:
        """Add a data item. Raises ``CopybookError`` LRC012, LRC016 or LRC019–LRC022 for it or items that it closes."""
        depth = 1 if entry.level == _STANDALONE else entry.level
        while self._open and _depth(self._open[-1]) >= depth:
            self._close()
        if not self._open and depth > 1:
            self._open.append(Entry(1, self._implicit_name, entry.at, implicit=True))
        if self._open:
            _check_parent(self._open[-1], entry)
        elif entry.occurs:
            raise failure(BAD_OCCURS, f"level {entry.level:02} {entry.name} cannot be a table", entry.at)
        self._open.append(entry)

    def add_condition(self, condition: Condition, at: Position) -> None:
        """Add a level 88 to the item before it."""
        if not self._open:
            raise failure(BAD_LEVEL, f"condition {condition.name} has no item before it", at)
        if self._open[-1].renames:
            raise failure(BAD_LEVEL, f"condition {condition.name} cannot follow a level 66", at)
        self._open[-1].conditions.append(condition)

    def add_rename(self, rename: Rename) -> None:
        """Add a level 66 to the record before it."""
        if not self._open:
            raise failure(BAD_LEVEL, f"66 {rename.name} has no record before it", rename.at)
        while len(self._open) > 1:
            self._close()
        self._open[0].renames.append(rename)

    def finish(self) -> tuple[Item, ...]:
        """Close all open items and return the records."""
        while self._open:
            self._close()
        return tuple(self._records)

    def _close(self) -> None:
        entry = self._open.pop()
        item = _finished(entry, self._open)
        (self._open[-1].children if self._open else self._records).append(item)


def _depth(entry: Entry) -> int:
    return 1 if entry.level == _STANDALONE else entry.level


def _check_parent(parent: Entry, entry: Entry) -> None:
    if parent.level == _STANDALONE:
        raise failure(BAD_LEVEL, f"level 77 {parent.name} cannot have {entry.name} below it", entry.at)
    if parent.picture is not None:
        raise failure(PICTURE_ON_GROUP, f"{parent.name} has a picture, but {entry.name} is below it", entry.at)
    if parent.renames:
        raise failure(BAD_LEVEL, f"{entry.name} comes after a level 66, which ends a record", entry.at)


def _finished(entry: Entry, groups: list[Entry]) -> Item:
    usage = _usage(entry, groups)
    sign = entry.sign or next((group.sign for group in reversed(groups) if group.sign), None)
    synchronized = entry.synchronized or any(group.synchronized for group in groups)
    if not entry.children:
        _check_elementary(entry, usage)
    signed = bool(entry.picture and (entry.picture.signed or (_is_zoned(entry.picture, usage) and entry.sign)))
    return Item(
        level=entry.level,
        name=entry.name,
        at=entry.at,
        picture=entry.picture,
        usage=usage,
        sign=_sign(entry.picture, usage, sign, signed),
        signed=signed or (not entry.children and usage in (Usage.COMP_1, Usage.COMP_2)),
        occurs=entry.occurs,
        redefines=entry.redefines,
        synchronized=synchronized,
        justified=entry.justified,
        blank_when_zero=entry.blank_when_zero,
        value=entry.value,
        conditions=tuple(entry.conditions),
        renames=tuple(entry.renames),
        children=tuple(entry.children),
        implicit=entry.implicit,
    )


def _usage(entry: Entry, groups: list[Entry]) -> Usage:
    """The usage of the item or its nearest group. DISPLAY pictures of N and G are NATIONAL and DISPLAY-1."""
    usage = entry.usage or next((group.usage for group in reversed(groups) if group.usage), Usage.DISPLAY)
    if usage is Usage.DISPLAY and entry.picture:
        by_picture = {Category.NATIONAL: Usage.NATIONAL, Category.DBCS: Usage.DISPLAY_1}
        return by_picture.get(entry.picture.category, usage)
    return usage


def _check_elementary(entry: Entry, usage: Usage) -> None:
    if entry.picture is None and usage not in WITHOUT_PICTURE:
        raise failure(NO_PICTURE, f"{entry.name} has neither a picture nor items below it", entry.at)
    if reason := conflict(entry.picture, usage):
        raise failure(USAGE_CONFLICT, f"{entry.name}: {reason}", entry.at)
    category = category_of(entry.picture, usage)
    numeric = category in (Category.NUMERIC, Category.NUMERIC_EDITED)
    require(not entry.blank_when_zero or numeric, f"{entry.name}: BLANK WHEN ZERO needs a number", entry.at)


def _is_zoned(picture: Picture | None, usage: Usage) -> bool:
    return (
        bool(picture) and usage in (Usage.DISPLAY, Usage.NATIONAL) and category_of(picture, usage) is Category.NUMERIC
    )


def _sign(picture: Picture | None, usage: Usage, clause: SignPosition | None, signed: bool) -> SignPosition:
    """The position of the sign: trailing, unless there is a SIGN clause.

    The item's own SIGN clause makes an unsigned picture signed. IBM refuses that, but files with such a sign exist.
    """
    if picture is None or not signed:
        return SignPosition.NONE
    if _is_zoned(picture, usage):
        return clause or SignPosition.TRAILING
    overpunched = picture.category is Category.NUMERIC_EDITED and picture.text.startswith("S")
    return SignPosition.TRAILING if overpunched else SignPosition.NONE
