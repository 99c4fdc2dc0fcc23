"""Records of a hierarchical file put together again: children in lists below their parents, a root at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.records.conditions import RecordType
from shared.rows.nested import Row

CLASH: Final = "_RECORDS"
"""Behind the name of a list of children where the parent has an item of that name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record's place among the types and its row; None where the record was rejected."""

    place: int
    row: Row | None


def roots(types: Sequence[RecordType], keys: Sequence[Sequence[str]], records: Iterable[Found]) -> Iterator[Found]:
    """Each record without a record above it, with all below it.

    The children of a type stand in a list in their parent's row, also where there are none: ``keys`` are the names of
    these lists, for each type those of all types (see ``child_keys``). A record belongs to the last one of its parent's
    type; where that was rejected, it stands alone like a root.
    """
    places = {one.name: place for place, one in enumerate(types)}
    parents = [None if one.parent is None else places[one.parent] for one in types]
    below = [[place for place, parent in enumerate(parents) if parent == at] for at in range(len(types))]
    last: dict[int, Row | None] = {}
    root: Found | None = None
    for found in records:
        for gone in _all_below(found.place, below):
            last.pop(gone, None)
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
    """For each type, whose rows have ``items``, the names of lists of records of each type: the type's own name (``_``
    for ``-``), with ``CLASH`` behind it where an item is called so.
    """
    names = [one.name.replace("-", "_") for one in types]
    return [[name + CLASH if name in own else name for name in names] for own in items]


def _all_below(place: int, below: Sequence[Sequence[int]]) -> Iterator[int]:
    for child in below[place]:
        yield child
        yield from _all_below(child, below)
