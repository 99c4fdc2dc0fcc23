"""Offsets: a record's tree laid out in bytes (Language Reference: OCCURS, REDEFINES and SYNCHRONIZED clauses).

Recursion follows level numbers, which grow on the way down: it is 50 deep at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.copybook.ast import FILLER, Item, Occurs
from shared.copybook.errors import BAD_REDEFINES, RECORD_TOO_LONG, TOO_MANY_OCCURRENCES, failure
from shared.copybook.limits import MAX_ELEMENTS, MAX_RECORD
from shared.copybook.storage import alignment, storage_length


@dataclass(slots=True)
class Table:
    """A table while its stride is not yet known; ``owner`` is the placed item that occurs."""

    owner: Placed
    occurs: Occurs
    stride: int = 0


@dataclass(slots=True)
class Placed:
    """An item with its place; ``length`` and ``minimum`` are of one occurrence, in bytes."""

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
    """Storage one item and its redefinitions share: where it begins, also when every table is smallest."""

    offset: int = 0
    minimum_offset: int = 0
    names: set[str] = field(default_factory=set)
    owner: str = ""


def place(record: Item) -> list[Placed]:
    """Place ``record`` and everything below it, in storage order.

    Raises ``CopybookError`` LRC023 (REDEFINES), LRC031 (occurrences) or LRC032 (record length).
    """
    found: list[Placed] = []
    root = Placed(record, (record.name,), 0, (), in_redefinition=False)
    _fill(root, found)
    return found


def _fill(placed: Placed, found: list[Placed]) -> None:
    """Give ``placed`` its length, and place what is below it."""
    found.append(placed)
    if placed.item.is_group:
        _place_children(placed, found)
    else:
        _measure(placed)
    if placed.item.occurs:
        # Slack bytes at the end of each occurrence keep the next one on the same boundary as the first.
        slack = -placed.length % placed.boundary
        placed.length += slack
        placed.minimum += slack
        placed.tables[-1].stride = placed.length
    end = placed.offset + _total(placed)
    if end > MAX_RECORD:
        message = f"{placed.item.name} ends at byte {end:,}, at most {MAX_RECORD:,}"
        raise failure(RECORD_TOO_LONG, message, placed.item.at)


def _measure(placed: Placed) -> None:
    item = placed.item
    placed.length = placed.minimum = storage_length(item.picture, item.usage, item.sign)
    placed.boundary = _boundary(item)


def _boundary(item: Item) -> int:
    digits = item.picture.digits if item.picture else 0
    return alignment(item.usage, digits) if item.synchronized else 1


def _place_children(group: Placed, found: list[Placed]) -> None:
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
    """Slack bytes go before the group whose first elementary item needs them, not into it."""
    while item.children:
        item = item.children[0]
    return _boundary(item)


def _child(group: Placed, item: Item, offset: int) -> Placed:
    redefining = group.in_redefinition or item.redefines is not None
    placed = Placed(item, (*group.path, item.name), offset, group.tables, redefining)
    if item.occurs:
        placed.tables = (*group.tables, Table(placed, item.occurs))
        _check_occurrences(placed)
    return placed


def _check_occurrences(placed: Placed) -> None:
    product = 1
    for table in placed.tables:
        product *= table.occurs.maximum
    if product > MAX_ELEMENTS:
        message = f"{placed.item.name} occurs {product:,} times in all, at most {MAX_ELEMENTS:,}"
        raise failure(TOO_MANY_OCCURRENCES, message, placed.item.at)


def _check_redefinition(item: Item, area: _Area) -> None:
    if item.redefines not in area.names:
        owner = f"the storage before it is {area.owner}'s" if area.owner else "no item stands before it"
        raise failure(BAD_REDEFINES, f"{item.name} cannot redefine {item.redefines}: {owner}", item.at)


def _total(placed: Placed) -> int:
    """Bytes of all occurrences."""
    return placed.length * (placed.item.occurs.maximum if placed.item.occurs else 1)


def _smallest(placed: Placed) -> int:
    """Bytes when every counter is at its minimum."""
    return placed.minimum * (placed.item.occurs.minimum if placed.item.occurs else 1)
