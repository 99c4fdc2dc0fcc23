"""What the walk through the tables does to the bytes of the records."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from shared.codec.columns import Bytes, Ints
from shared.codec.copying import copy_spans, row_starts
from shared.shaping.rows import ALL, Rows


class Mover(Protocol):
    """How records lie: ``at`` is where the walk stands in each, ``ends`` where they end, as offsets in the data."""

    def leave(self, rows: Rows, at: Ints, behind: Ints, place: int) -> None:
        """A table ends. ``behind``: where it would end if full, like the rows; ``place``: its end in the matrix."""

    def stop(self, rows: Rows, at: Ints) -> None:
        """What comes next in these records cannot be found."""


class Kept:
    """Tables keep their maximum size: the walk only counts, and goes on behind the full table."""

    __slots__ = ()

    def leave(self, rows: Rows, at: Ints, behind: Ints, _place: int) -> None:
        at[rows] = behind

    def stop(self, rows: Rows, at: Ints) -> None:
        """Everything is at its place, whatever the counters say."""


class Moved:
    """Tables that are not full let the rest move up: it is copied back to its place in the matrix.

    Bytes are copied as late as possible, at a gap, so that stretches and tables that follow each other in both go
    together. ``reach`` (n,) is how much of the matrix each record has: less than all when it ended too soon.
    """

    __slots__ = ("_data", "_from", "_rows", "_target", "_to", "ends", "reach")

    def __init__(self, data: Bytes, starts: Ints, ends: Ints, records: Bytes) -> None:
        count, length = records.shape
        self._data, self._target, self.ends = data, records.reshape(-1), ends.copy()
        self._from = starts.copy()
        self._rows = row_starts(records)
        self._to = self._rows.copy()
        self.reach: Ints = np.full(count, length, np.int64)

    def leave(self, rows: Rows, at: Ints, _behind: Ints, place: int) -> None:
        self._copy(rows, at)
        self._from[rows] = at[rows]
        self._to[rows] = self._rows[rows] + place

    def stop(self, rows: Rows, at: Ints) -> None:
        """As if the record ended here: what lies behind is not read at places where it may not be."""
        self.ends[rows] = np.minimum(self.ends[rows], at[rows])

    def finish(self, at: Ints) -> None:
        """Copy what is left."""
        self._copy(ALL, at)

    def _copy(self, rows: Rows, at: Ints) -> None:
        first, place = self._from[rows], self._to[rows]
        widths, there = at[rows] - first, np.maximum(self.ends[rows] - first, 0)
        short = there < widths
        if short.any():
            widths = np.minimum(widths, there)
            ended = np.where(short, place + widths - self._rows[rows], self.reach[rows])
            self.reach[rows] = np.minimum(self.reach[rows], ended)
        copy_spans(self._data, first, self._target, place, widths)
