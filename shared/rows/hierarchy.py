"""Records of a hierarchical file as nested objects: children in lists in their parents, one root at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.records.conditions import RecordType
from shared.rows.nested import Row

CLASH: Final = "_RECORDS"
"""Appended to the name of a list of children when the parent has an item with that name."""


@dataclass(frozen=True, slots=True)
class TypedRow:
    """The index of a record's type, and the record's row; None when the record was rejected."""

    place: int
    row: Row | None


def roots(
    types: Sequence[RecordType], keys: Sequence[Sequence[str]], records: Iterable[TypedRow]
) -> Iterator[TypedRow]:
    """Each record without a parent, with all records below it.

    Each row has a list for each child type, which can be empty. ``keys`` are the names of these lists, for each type
    those of all types (see ``child_keys``). A record belongs to the last record of its parent's type. If that was
    rejected, the record becomes a root.
    """
    places = {one.name: place for place, one in enumerate(types)}
    parents = [None if one.parent is None else places[one.parent] for one in types]
    below = [[place for place, parent in enumerate(parents) if parent == at] for at in range(len(types))]
    last: dict[int, Row | None] = {}
    root: TypedRow | None = None
    for found in records:
        for closed in _all_below(found.place, below):
            last.pop(closed, None)
        last[found.place] = found.row
        if found.row is None:
            continue
        parent = parents[found.place]
        above = None if parent is None else last.get(parent)
        if above is not None and parent is not None:
            above[keys[parent][found.place]].append(found.row)
        else:
            if root is not None:
                yield root
            root = found
        found.row.update({keys[found.place][child]: [] for child in below[found.place]})
    if root is not None:
        yield root


def child_keys(types: Sequence[RecordType], items: Sequence[Collection[str]]) -> list[list[str]]:
    """For each type, whose rows have ``items``, the names of the lists of all types.

    The name is the type's own with ``_`` for ``-``, and with ``CLASH`` appended when an item has this name.
    """
    names = [one.name.replace("-", "_") for one in types]
    return [[name + CLASH if name in own else name for name in names] for own in items]


def _all_below(place: int, below: Sequence[Sequence[int]]) -> Iterator[int]:
    for child in below[place]:
        yield child
        yield from _all_below(child, below)
