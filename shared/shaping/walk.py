"""All records of a batch through the tables of their shape, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Ints
from shared.shaping.counters import READ, UNREADABLE, Counters
from shared.shaping.faults import COUNT_OUT_OF_RANGE, NO_COUNT
from shared.shaping.findings import Finding, Findings
from shared.shaping.moving import Mover
from shared.shaping.plan import Block, Part, Stretch
from shared.shaping.rows import ALL, Rows, chosen, narrowed
from shared.shaping.shape import Shape, Table


class Walk:
    """One pass; ``at`` (n,) ends up behind the last item of each record, ``counts`` as in ``Shaped``."""

    __slots__ = ("_counters", "_ends", "_findings", "_mover", "_shape", "at", "counts")

    def __init__(
        self, shape: Shape, counters: Counters, findings: Findings, mover: Mover, starts: Ints, ends: Ints
    ) -> None:
        self._shape, self._counters, self._findings, self._mover = shape, counters, findings, mover
        self.at, self._ends = starts.copy(), ends
        count = len(starts)
        self.counts: list[Ints] = [
            np.zeros((count, shape.occurrences_around(index)), np.int64) for index in range(len(shape.tables))
        ]

    def run(self, parts: Sequence[Part]) -> None:
        """Walk the parts of whole records."""
        self._walk(parts, ALL, 0, 0)

    def _walk(self, parts: Sequence[Part], rows: Rows, place: int, occurrence: int) -> None:
        """``place`` is the offset in the maximum layout, ``occurrence`` counts those of the table around, from 0."""
        for part in parts:
            if isinstance(part, Stretch):
                self._pass(part, rows)
                place += part.width
            else:
                self._enter(part, rows, place, occurrence)
                place += self._shape.tables[part.table].size

    def _pass(self, stretch: Stretch, rows: Rows) -> None:
        for counter, distance in stretch.counters:
            self._counters.read(counter, rows, self.at[rows] + distance, self._ends[rows])
        self.at[rows] += stretch.width

    def _enter(self, block: Block, rows: Rows, place: int, occurrence: int) -> None:
        table = self._shape.tables[block.table]
        counts = self._counts(block.table, rows)
        self.counts[block.table][rows, occurrence] = counts
        behind = self.at[rows] + table.size
        if block.parts:
            for number in range(int(counts.max(initial=0))):
                inner = occurrence * table.maximum + number
                self._walk(block.parts, narrowed(rows, counts > number), place + number * table.stride, inner)
        else:
            self.at[rows] += counts * table.stride
        self._mover.leave(rows, self.at, behind, place + table.size)

    def _counts(self, index: int, rows: Rows) -> Ints:
        """The occurrences of a table: none where its counter is missing or at fault."""
        table, counters = self._shape.tables[index], self._counters
        if table.counter is None:
            return np.full(len(self.at[rows]), table.maximum, np.int64)
        values, states = counters.values[table.counter][rows], counters.states[table.counter][rows]
        read = states == READ
        outside = read & ((values < table.minimum) | (values > table.maximum))
        self._report(NO_COUNT, table, table.counter, chosen(rows, states == UNREADABLE))
        self._report(COUNT_OUT_OF_RANGE, table, table.counter, chosen(rows, outside))
        counts: Ints = np.where(read & ~outside, values, 0)
        return counts

    def _report(self, code: str, table: Table, counter: int, faulty: NDArray[np.intp]) -> None:
        if len(faulty):
            places, values = self._counters.places[counter][faulty], self._counters.values[counter][faulty]
            of = (table, self._shape.counters[counter])
            self._findings.add(Finding(code, faulty, places, of, values))
            self._mover.stop(faulty, self.at)
