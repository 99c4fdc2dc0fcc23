"""``Shaper``: lays out batches of records of one shape."""

from __future__ import annotations

import numpy as np

from shared.codec.columns import Bytes, Ints
from shared.codec.copying import copy_spans, row_starts
from shared.shaping.counters import CounterReader, Counters
from shared.shaping.faults import ShapeFault, ShapeFaults
from shared.shaping.shape import TOO_LONG, Shape, bad_records
from shared.shaping.shaped_batch import ShapedBatch
from shared.shaping.shifting import FixedTables, Shifting, ShiftingTables
from shared.shaping.walk import Walk, compile_parts

EBCDIC_SPACE = 0x40


class Shaper:
    """Lays out batches of records of one shape. Keeps no state between batches.

    ``filler`` is the byte at places that a record lacks. A batch needs n × shape.length bytes, however short its
    records are, so large tables limit the number of records in a batch.
    """

    __slots__ = ("_filler", "_parts", "_readers", "shape")

    def __init__(self, shape: Shape, *, filler: int = EBCDIC_SPACE) -> None:
        self.shape = shape
        self._filler = filler
        self._parts = compile_parts(shape)
        self._readers = [CounterReader(field) for field in shape.counters]

    def run(self, data: bytes | memoryview, starts: Ints, lengths: Ints) -> ShapedBatch:
        """The records at ``starts`` of ``lengths`` bytes, both (n,) int64 and without RDWs, as a matrix.

        The result can be a view of ``data``. Raises InputError LRD941 when a record is not within the data.
        """
        flat = np.frombuffer(data, np.uint8) if len(data) else np.zeros(0, np.uint8)
        _check(flat, starts, lengths)
        faults = ShapeFaults(flat, starts, lengths)
        shape = self._shifting_tables if self.shape.moving else self._fixed_tables
        shaped = shape(flat, starts, lengths, faults)
        if self.shape.strict_length:
            _check_surplus(shaped, starts, lengths, faults)
        return shaped

    def _shifting_tables(self, flat: Bytes, starts: Ints, lengths: Ints, faults: ShapeFaults) -> ShapedBatch:
        records = self._blank(len(starts))
        shifting = ShiftingTables(flat, starts, starts + lengths, records)
        walk = self._walk(flat, starts, shifting.ends, faults, shifting)
        shifting.finish(walk.at)
        reach = shifting.reach if (shifting.reach < self.shape.length).any() else None
        return ShapedBatch(self.shape, records, walk.counts, reach, walk.at - starts, faults)

    def _fixed_tables(self, flat: Bytes, starts: Ints, lengths: Ints, faults: ShapeFaults) -> ShapedBatch:
        records = self._view(flat, starts, lengths)
        widths = np.minimum(lengths, self.shape.length)
        if records is None:
            records = self._blank(len(starts))
            copy_spans(flat, starts, records.reshape(-1), row_starts(records), widths)
        walk = self._walk(flat, starts, starts + lengths, faults, FixedTables())
        reach = widths if (widths < self.shape.length).any() else None
        return ShapedBatch(self.shape, records, walk.counts, reach, walk.at - starts, faults)

    def _walk(self, flat: Bytes, starts: Ints, ends: Ints, faults: ShapeFaults, shifting: Shifting) -> Walk:
        walk = Walk(self.shape, Counters(self._readers, flat, len(starts)), faults, shifting, starts, ends)
        walk.run(self._parts)
        return walk

    def _view(self, flat: Bytes, starts: Ints, lengths: Ints) -> Bytes | None:
        """The matrix without a copy, when the records are full and adjacent; else None."""
        length, count = self.shape.length, len(starts)
        if not count or (lengths != length).any() or (np.diff(starts) != length).any():
            return None
        first = int(starts[0])
        return flat[first : first + count * length].reshape(count, length)

    def _blank(self, count: int) -> Bytes:
        return np.full((count, self.shape.length), self._filler, np.uint8)


def _check(flat: Bytes, starts: Ints, lengths: Ints) -> None:
    if starts.shape != lengths.shape or starts.ndim != 1:
        raise bad_records(f"{starts.shape} starts and {lengths.shape} lengths")
    outside = (starts < 0) | (lengths < 0) | (starts + lengths > len(flat))
    if outside.any():
        row = int(np.argmax(outside))
        place = f"offset {int(starts[row])}, {int(lengths[row])} bytes"
        raise bad_records(f"record {row} ({place}) is not within the {len(flat)} bytes of data", row=row)


def _check_surplus(shaped: ShapedBatch, starts: Ints, lengths: Ints, faults: ShapeFaults) -> None:
    rows = np.flatnonzero(lengths > shaped.used)
    if len(rows):
        used = shaped.used[rows]
        faults.add(ShapeFault(TOO_LONG, rows, starts[rows] + used, None, used))
