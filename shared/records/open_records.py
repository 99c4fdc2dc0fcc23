"""The open records of a hierarchical file: the last record of each type that later records may belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from shared.records.conditions import RecordType, type_of

PlacedRecord = tuple[int, bytes]
"""A record's offset in the input, and its bytes."""


class OpenRecords:
    """Follows a hierarchical file record by record.

    A record of a type closes the open records of all types below it: a new customer closes the open order.
    """

    def __init__(self, types: Sequence[RecordType], open_records: Iterable[PlacedRecord] = ()) -> None:
        self._types = types
        self._parents = frozenset(one.parent for one in types if one.parent)
        self._below = [_numbers_below(types, one.name) for one in types]
        self._open: dict[int, PlacedRecord] = {}
        for offset, record in open_records:
            self.add(offset, record)

    @property
    def has_parents(self) -> bool:
        """Whether any type has a parent. If not, there are never open records."""
        return bool(self._parents)

    def add(self, offset: int, record: bytes) -> None:
        """Follow the next record."""
        number = type_of(self._types, record)
        if number is None or self._types[number].name not in self._parents:
            return
        for below in self._below[number]:
            self._open.pop(below, None)
        self._open[number] = (offset, record)

    def add_all(self, offsets: Sequence[int], lengths: Sequence[int], data: bytes) -> None:
        """Follow records that are one after the other in ``data``."""
        if not self.has_parents:
            return
        for offset, length, stop in zip(offsets, lengths, accumulate(lengths), strict=True):
            self.add(offset, data[stop - length : stop])

    def current(self) -> list[PlacedRecord]:
        """The records that the next record may belong to, in the order of the file."""
        return sorted(self._open.values())


def _numbers_below(types: Sequence[RecordType], name: str) -> list[int]:
    """The numbers of the types that have ``name`` above them, directly or not."""
    parents = {one.name: one.parent for one in types}
    found = []
    for number, one in enumerate(types):
        parent = one.parent
        while parent is not None and parent != name:
            parent = parents.get(parent)
        if parent == name:
            found.append(number)
    return found
