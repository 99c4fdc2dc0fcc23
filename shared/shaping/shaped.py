"""A batch of records as a matrix, and what each record does not have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from shared.codec.columns import Bytes, Ints, Mask
from shared.shaping.findings import Explanation
from shared.shaping.shape import Shape


class Faults(Protocol):
    """Which of n records have a data fault, (n,) bool, and why."""

    bad: Mask

    def explain(self, row: int) -> Explanation: ...


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """n records in the maximum layout.

    records: (n, shape.length) uint8, C-contiguous, read-only when it is a view of the data itself. Bytes that a
             record does not have are the filler.
    counts:  for each table of the shape (n, p) int64, p being how often the table stands in the maximum layout: 1
             outside of other tables, else the product of the maxima of the tables around it, the innermost counting
             fastest. 0 in occurrences that are not there and where the counter is missing or at fault.
    reach:   None when no record ended too soon, else (n,) int64: the offset in the matrix where what it has ends.
    used:    (n,) int64, bytes that the layout takes with these counts, whether they are there or not; no meaning in
             bad rows.
    bad:     (n,) bool: the record has a data fault, see ``explain``. Items behind a counter that is at fault are
             missing when they would move with it.
    """

    shape: Shape
    records: Bytes
    counts: list[Ints]
    reach: Ints | None
    used: Ints
    findings: Faults = field(repr=False)
    _short: dict[tuple[tuple[int, int], ...], Mask | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def bad(self) -> Mask:
        return self.findings.bad

    def missing(self, offset: int, length: int, occurrence: tuple[tuple[int, int], ...] = ()) -> Mask | None:
        """Which rows lack an element, (n,) bool, or None when all have it; not to be written to.

        ``offset`` is that of this very occurrence in the maximum layout. ``occurrence`` has a pair for each of the
        shape's tables around the element: its index and the subscript, from 1. An element is missing when a subscript
        exceeds its count, or when the record ends before the element does.
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

    def explain(self, row: int) -> Explanation:
        """Code, message, field and offset in the record, for a row that is bad; else InputError LRD910."""
        return self.findings.explain(row)

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
