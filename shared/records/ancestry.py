"""The last record of each type that later ones may belong to: what a batch has to be told about those before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from shared.records.conditions import RecordType, type_of

Placed = tuple[int, bytes]
"""A record's offset in the input, and its bytes."""


class Ancestry:
    """Follows a hierarchical file record by record.

    A record of a type ends the reach of all records of the types below it: behind a new customer, the last order is
    nobody's any more.
    """

    def __init__(self, types: Sequence[RecordType], open_records: Iterable[Placed] = ()) -> None:
        self._types = types
        self._parents = frozenset(one.parent for one in types if one.parent)
        self._below = [_below(types, one.name) for one in types]
        self._open: dict[int, Placed] = {}
        for offset, record in open_records:
            self.note(offset, record)

    @property
    def needed(self) -> bool:
        """Whether any type has a parent; without one there is nothing to follow."""
        return bool(self._parents)

    def note(self, offset: int, record: bytes) -> None:
        """Take note of the next record."""
        place = type_of(self._types, record)
        if place is None or self._types[place].name not in self._parents:
            return
        for below in self._below[place]:
            self._open.pop(below, None)
        self._open[place] = (offset, record)

    def follow(self, offsets: Sequence[int], lengths: Sequence[int], data: bytes) -> None:
        """Take note of records that lie back to back in ``data``."""
        if not self.needed:
            return
        for offset, length, stop in zip(offsets, lengths, accumulate(lengths), strict=True):
            self.note(offset, data[stop - length : stop])

    def records(self) -> list[Placed]:
        """Those that the next record may belong to, in the order of the file."""
        return sorted(self._open.values())


def _below(types: Sequence[RecordType], name: str) -> list[int]:
    """The places of the types whose parent, or parent's parent and so on, is ``name``."""
    parents = {one.name: one.parent for one in types}
    found = []
    for place, one in enumerate(types):
        parent = one.parent
        while parent is not None and parent != name:
            parent = parents.get(parent)
        if parent == name:
            found.append(place)
    return found
