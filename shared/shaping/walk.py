"""The walk through all records of a batch at once: stretches that always have their length, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Ints
from shared.shaping.counters import ALL, READ, UNREADABLE, Counters, Rows, narrow, select
from shared.shaping.faults import ShapeFault, ShapeFaults
from shared.shaping.shape import COUNT_OUT_OF_RANGE, NO_COUNT, Shape, Table
from shared.shaping.shifting import Shifting


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes outside the shape's tables. ``counters`` are the counters in it, each with its distance from the start."""

    width: int
    counters: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The table ``table`` of the shape. ``parts`` are those of one occurrence, none when it has no tables inside."""

    table: int
    parts: tuple[Part, ...]


Part: TypeAlias = Stretch | Block


def compile_parts(shape: Shape) -> tuple[Part, ...]:
    """The parts of a record, in storage order."""
    return tuple(_parts(shape, None, 0, shape.length))


def _parts(shape: Shape, parent: int | None, start: int, end: int) -> list[Part]:
    inner = [index for index, table in enumerate(shape.tables) if table.parent == parent]
    parts: list[Part] = []
    for index in sorted(inner, key=lambda index: shape.tables[index].offset):
        table = shape.tables[index]
        parts += _stretch(shape, start, table.offset)
        parts.append(_block(shape, index))
        start = table.end
    return parts + _stretch(shape, start, end)


def _block(shape: Shape, index: int) -> Block:
    table = shape.tables[index]
    if all(other.parent != index for other in shape.tables):
        return Block(index, ())
    return Block(index, tuple(_parts(shape, index, table.offset, table.offset + table.stride)))


def _stretch(shape: Shape, start: int, end: int) -> list[Part]:
    offsets = enumerate(counter.spec.offset for counter in shape.counters)
    counters = tuple((index, offset - start) for index, offset in offsets if start <= offset < end)
    return [Stretch(end - start, counters)] if end > start else []


class Walk:
    """One pass over a batch. It ends with ``at`` (n,) after the last items; ``counts`` are those of ``ShapedBatch``."""

    __slots__ = ("_counters", "_ends", "_faults", "_shape", "_shifting", "at", "counts")

    def __init__(
        self, shape: Shape, counters: Counters, faults: ShapeFaults, shifting: Shifting, starts: Ints, ends: Ints
    ) -> None:
        self._shape, self._counters, self._faults, self._shifting = shape, counters, faults, shifting
        self.at, self._ends = starts.copy(), ends
        count = len(starts)
        self.counts: list[Ints] = [
            np.zeros((count, shape.occurrences_around(index)), np.int64) for index in range(len(shape.tables))
        ]

    def run(self, parts: Sequence[Part]) -> None:
        """Walk all parts of the records."""
        self._walk(parts, ALL, 0, 0)

    def _walk(self, parts: Sequence[Part], rows: Rows, place: int, occurrence: int) -> None:
        """``place`` is the offset in the maximum layout; ``occurrence`` is that of the table around, counted from 0."""
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
        full_ends = self.at[rows] + table.size
        if block.parts:
            for number in range(int(counts.max(initial=0))):
                inner = occurrence * table.maximum + number
                self._walk(block.parts, narrow(rows, counts > number), place + number * table.stride, inner)
        else:
            self.at[rows] += counts * table.stride
        self._shifting.leave(rows, self.at, full_ends, place + table.size)

    def _counts(self, index: int, rows: Rows) -> Ints:
        """The number of occurrences of a table; 0 where its counter is missing or faulty."""
        table, counters = self._shape.tables[index], self._counters
        if table.counter is None:
            return np.full(len(self.at[rows]), table.maximum, np.int64)
        values, states = counters.values[table.counter][rows], counters.states[table.counter][rows]
        read = states == READ
        outside = read & ((values < table.minimum) | (values > table.maximum))
        self._report(NO_COUNT, table, table.counter, select(rows, states == UNREADABLE))
        self._report(COUNT_OUT_OF_RANGE, table, table.counter, select(rows, outside))
        counts: Ints = np.where(read & ~outside, values, 0)
        return counts

    def _report(self, code: str, table: Table, counter: int, faulty: NDArray[np.intp]) -> None:
        if len(faulty):
            places, values = self._counters.places[counter][faulty], self._counters.values[counter][faulty]
            source = (table, self._shape.counters[counter])
            self._faults.add(ShapeFault(code, faulty, places, source, values))
            self._shifting.stop(faulty, self.at)
