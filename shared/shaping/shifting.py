"""Where the items after a table are in the records, and copying them to their place in the matrix."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from shared.codec.columns import Bytes, Ints
from shared.codec.copying import copy_spans, row_starts
from shared.shaping.counters import ALL, Rows


class Shifting(Protocol):
    """How the walk continues after a table. ``at`` (n,) is the walk's offset in the data, for each record."""

    def leave(self, rows: Rows, at: Ints, full_ends: Ints, place: int) -> None:
        """A table ends. ``full_ends``: where the full table would end in each row; ``place``: its end in the matrix."""

    def stop(self, rows: Rows, at: Ints) -> None:
        """The following items of these records cannot be located."""


class FixedTables:
    """Tables have their maximum size: the walk continues after the full table, and nothing is copied."""

    __slots__ = ()

    def leave(self, rows: Rows, at: Ints, full_ends: Ints, _place: int) -> None:
        at[rows] = full_ends

    def stop(self, rows: Rows, at: Ints) -> None:
        """All items are at their place, whatever the counters contain."""


class ShiftingTables:
    """Items move up after tables that are not full: they are copied to their place in the matrix.

    Bytes are copied as late as possible, at a gap, so that neighbouring stretches and tables are copied together.
    ``ends`` (n,) are the offsets in the data where the records end. ``reach`` (n,) is how much of the matrix each
    record fills: less than all of it when the record is too short.
    """

    __slots__ = ("_data", "_from", "_rows", "_target", "_to", "ends", "reach")

    def __init__(self, data: Bytes, starts: Ints, ends: Ints, records: Bytes) -> None:
        count, length = records.shape
        self._data, self._target, self.ends = data, records.reshape(-1), ends.copy()
        self._from = starts.copy()
        self._rows = row_starts(records)
        self._to = self._rows.copy()
        self.reach: Ints = np.full(count, length, np.int64)

    def leave(self, rows: Rows, at: Ints, _full_ends: Ints, place: int) -> None:
        self._copy(rows, at)
        self._from[rows] = at[rows]
        self._to[rows] = self._rows[rows] + place

    def stop(self, rows: Rows, at: Ints) -> None:
        """Treat the record as if it ended here, because the offsets of the following items are unknown."""
        self.ends[rows] = np.minimum(self.ends[rows], at[rows])

    def finish(self, at: Ints) -> None:
        """Copy the remaining bytes."""
        self._copy(ALL, at)

    def _copy(self, rows: Rows, at: Ints) -> None:
        first, place = self._from[rows], self._to[rows]
        widths, present = at[rows] - first, np.maximum(self.ends[rows] - first, 0)
        short = present < widths
        if short.any():
            widths = np.minimum(widths, present)
            ended = np.where(short, place + widths - self._rows[rows], self.reach[rows])
            self.reach[rows] = np.minimum(self.reach[rows], ended)
        copy_spans(self._data, first, self._target, place, widths)
