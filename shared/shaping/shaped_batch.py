"""``ShapedBatch``: a batch of records as a matrix, and what each record lacks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shared.codec.columns import Bytes, Ints, Mask
from shared.shaping.faults import Faults, RecordFault
from shared.shaping.shape import Shape


@dataclass(frozen=True, slots=True, eq=False)
class ShapedBatch:
    """n records in the maximum layout.

    records: (n, shape.length) uint8, C-contiguous, read-only when it is a view of the data. Bytes that a record lacks
             are the filler.
    counts:  for each table of the shape (n, p) int64. p is how many times the table is in the maximum layout: 1 outside
             other tables, else the product of the maxima of the tables around it, with the innermost varying fastest.
             0 in occurrences that do not exist and where the counter is missing or faulty.
    reach:   None when no record is too short, else (n,) int64: the offset in the matrix where the record ends.
    used:    (n,) int64, the bytes of the layout with these counts, whether the record has them or not; unspecified for
             bad rows.
    bad:     (n,) bool: the record has a fault, see ``explain``. Items after a faulty counter are missing when their
             offset depends on it.
    """

    shape: Shape
    records: Bytes
    counts: list[Ints]
    reach: Ints | None
    used: Ints
    faults: Faults = field(repr=False)
    _short: dict[tuple[tuple[int, int], ...], Mask | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def bad(self) -> Mask:
        return self.faults.bad

    def missing(self, offset: int, length: int, occurrence: tuple[tuple[int, int], ...] = ()) -> Mask | None:
        """Which rows lack an element, (n,) bool, read-only, or None when all have it.

        ``offset`` is the offset of this occurrence in the maximum layout. ``occurrence`` has a pair for each of the
        shape's tables around the element: its index and the subscript, from 1. An element is missing when a subscript
        exceeds its count, or when the record ends before the end of the element.
        """
        if occurrence not in self._short:
            self._short[occurrence] = self._beyond_counts(occurrence)
        absent = self._short[occurrence]
        if self.reach is None:
            return absent
        ended: Mask = self.reach < offset + length
        if absent is not None:
            ended |= absent
        return ended if ended.any() else None

    def explain(self, row: int) -> RecordFault:
        """The fault of a bad row. Raises InputError LRD910 for other rows."""
        return self.faults.explain(row)

    def _beyond_counts(self, occurrence: tuple[tuple[int, int], ...]) -> Mask | None:
        subscripts = dict(occurrence)
        absent = np.zeros(len(self.records), np.bool_)
        for table, subscript in occurrence:
            place = 0
            for outer in self.shape.around(table)[:-1]:
                place = place * self.shape.tables[outer].maximum + subscripts[outer] - 1
            absent |= self.counts[table][:, place] < subscript
        absent.flags.writeable = False
        return absent if absent.any() else None
