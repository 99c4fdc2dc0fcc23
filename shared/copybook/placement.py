"""The offsets of a record's items (Language Reference: OCCURS, REDEFINES and SYNCHRONIZED clauses).

The recursion is at most 50 deep, because level numbers increase with each level.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.copybook.ast import FILLER, Item, Occurs
from shared.copybook.errors import BAD_REDEFINES, RECORD_TOO_LONG, TOO_MANY_OCCURRENCES, failure
from shared.copybook.limits import MAX_ELEMENTS, MAX_RECORD
from shared.copybook.storage import alignment, storage_length


@dataclass(slots=True)
class Table:
    """A table. ``owner`` is the item with OCCURS; ``stride`` is 0 until the length of the item is known."""

    owner: PlacedItem
    occurs: Occurs
    stride: int = 0


@dataclass(slots=True)
class PlacedItem:
    """An item with its offset. ``length`` and ``minimum`` are those of one occurrence, in bytes."""

    item: Item
    path: tuple[str, ...]
    offset: int
    tables: tuple[Table, ...]
    in_redefinition: bool
    length: int = 0
    minimum: int = 0
    boundary: int = 1


@dataclass(slots=True)
class _Area:
    """The storage of an item and its redefinitions: its offset with tables of maximum and of minimum size."""

    offset: int = 0
    minimum_offset: int = 0
    names: set[str] = field(default_factory=set)
    owner: str = ""


def place(record: Item) -> list[PlacedItem]:
    """The record and all items below it with their offsets, in storage order.

    Raises ``CopybookError`` LRC023 (REDEFINES), LRC031 (occurrences) or LRC032 (record length).
    """
    found: list[PlacedItem] = []
    root = PlacedItem(record, (record.name,), 0, (), in_redefinition=False)
    _fill(root, found)
    return found


def _fill(placed: PlacedItem, found: list[PlacedItem]) -> None:
    """Set the length of ``placed``, and place the items below it."""
    found.append(placed)
    if placed.item.is_group:
        _place_children(placed, found)
    else:
        _measure(placed)
    if placed.item.occurs:
        # Slack bytes at the end of each occurrence put the next one on the same boundary as the first.
        slack = -placed.length % placed.boundary
        placed.length += slack
        placed.minimum += slack
        placed.tables[-1].stride = placed.length
    end = placed.offset + _total(placed)
    if end > MAX_RECORD:
        message = f"{placed.item.name} ends at byte {end:,}; the maximum is {MAX_RECORD:,}"
        raise failure(RECORD_TOO_LONG, message, placed.item.at)


def _measure(placed: PlacedItem) -> None:
    item = placed.item
    placed.length = placed.minimum = storage_length(item.picture, item.usage, item.sign)
    placed.boundary = _boundary(item)


def _boundary(item: Item) -> int:
    digits = item.picture.digits if item.picture else 0
    return alignment(item.usage, digits) if item.synchronized else 1


def _place_children(group: PlacedItem, found: list[PlacedItem]) -> None:
    cursor, minimum = group.offset, group.offset
    area = _Area()
    for item in group.item.children:
        if item.redefines:
            _check_redefinition(item, area)
        else:
            slack = -cursor % _first_boundary(item)
            area = _Area(cursor + slack, minimum + slack, owner=item.name)
        area.names.update({item.name} - {FILLER})
        child = _child(group, item, area.offset)
        _fill(child, found)
        group.boundary = max(group.boundary, child.boundary)
        cursor = max(cursor, child.offset + _total(child))
        minimum = max(minimum, area.minimum_offset + _smallest(child))
    group.length, group.minimum = cursor - group.offset, minimum - group.offset


def _first_boundary(item: Item) -> int:
    """The boundary of an item's first elementary item: its slack bytes come before the group, not inside it."""
    while item.children:
        item = item.children[0]
    return _boundary(item)


def _child(group: PlacedItem, item: Item, offset: int) -> PlacedItem:
    redefining = group.in_redefinition or item.redefines is not None
    placed = PlacedItem(item, (*group.path, item.name), offset, group.tables, redefining)
    if item.occurs:
        placed.tables = (*group.tables, Table(placed, item.occurs))
        _check_occurrences(placed)
    return placed


def _check_occurrences(placed: PlacedItem) -> None:
    product = 1
    for table in placed.tables:
        product *= table.occurs.maximum
    if product > MAX_ELEMENTS:
        message = f"{placed.item.name} occurs {product:,} times; the maximum is {MAX_ELEMENTS:,}"
        raise failure(TOO_MANY_OCCURRENCES, message, placed.item.at)


def _check_redefinition(item: Item, area: _Area) -> None:
    if item.redefines not in area.names:
        owner = f"the item before it is {area.owner}" if area.owner else "there is no item before it"
        raise failure(BAD_REDEFINES, f"{item.name} cannot redefine {item.redefines}: {owner}", item.at)


def _total(placed: PlacedItem) -> int:
    """The bytes of all occurrences."""
    return placed.length * (placed.item.occurs.maximum if placed.item.occurs else 1)


def _smallest(placed: PlacedItem) -> int:
    """The bytes with all counters at their minimum."""
    return placed.minimum * (placed.item.occurs.minimum if placed.item.occurs else 1)
