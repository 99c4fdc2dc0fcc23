"""``Shaper``: batches of records of one shape, one after the other."""

from __future__ import annotations

import numpy as np

from shared.codec.columns import Bytes, Ints
from shared.codec.copying import copy_spans, row_starts
from shared.shaping.counters import CounterReader, Counters
from shared.shaping.faults import TOO_LONG, bad_records
from shared.shaping.findings import Finding, Findings
from shared.shaping.moving import Kept, Moved, Mover
from shared.shaping.plan import compile_parts
from shared.shaping.shape import Shape
from shared.shaping.shaped import Shaped
from shared.shaping.walk import Walk

EBCDIC_SPACE = 0x40


class Shaper:
    """Lays out batches of records of one shape; keeps nothing between batches.

    ``filler`` is the byte that stands where a record has none. A batch takes n × shape.length bytes, however short
    its records are: with large tables that bounds how many records a batch may have.
    """

    __slots__ = ("_filler", "_parts", "_readers", "shape")

    def __init__(self, shape: Shape, *, filler: int = EBCDIC_SPACE) -> None:
        self.shape = shape
        self._filler = filler
        self._parts = compile_parts(shape)
        self._readers = [CounterReader(field) for field in shape.counters]

    def run(self, data: bytes | memoryview, starts: Ints, lengths: Ints) -> Shaped:
        """The records that start at ``starts`` and have ``lengths`` bytes, both (n,) int64, without RDWs.

        The result may be a view of ``data``. Raises InputError LRD941 when a record lies outside of the data.
        """
        flat = np.frombuffer(data, np.uint8) if len(data) else np.zeros(0, np.uint8)
        _check(flat, starts, lengths)
        findings = Findings(flat, starts, lengths)
        shaped = self._moved if self.shape.moving else self._kept
        result = shaped(flat, starts, lengths, findings)
        if self.shape.strict_length:
            _check_surplus(result, starts, lengths, findings)
        return result

    def _moved(self, flat: Bytes, starts: Ints, lengths: Ints, findings: Findings) -> Shaped:
        records = self._blank(len(starts))
        mover = Moved(flat, starts, starts + lengths, records)
        walk = self._walk(flat, starts, mover.ends, findings, mover)
        mover.finish(walk.at)
        reach = mover.reach if (mover.reach < self.shape.length).any() else None
        return Shaped(self.shape, records, walk.counts, reach, walk.at - starts, findings)

    def _kept(self, flat: Bytes, starts: Ints, lengths: Ints, findings: Findings) -> Shaped:
        records = self._view(flat, starts, lengths)
        widths = np.minimum(lengths, self.shape.length)
        if records is None:
            records = self._blank(len(starts))
            copy_spans(flat, starts, records.reshape(-1), row_starts(records), widths)
        walk = self._walk(flat, starts, starts + lengths, findings, Kept())
        reach = widths if (widths < self.shape.length).any() else None
        return Shaped(self.shape, records, walk.counts, reach, walk.at - starts, findings)

    def _walk(self, flat: Bytes, starts: Ints, ends: Ints, findings: Findings, mover: Mover) -> Walk:
        walk = Walk(self.shape, Counters(self._readers, flat, len(starts)), findings, mover, starts, ends)
        walk.run(self._parts)
        return walk

    def _view(self, flat: Bytes, starts: Ints, lengths: Ints) -> Bytes | None:
        """The matrix without a copy, when full records follow each other without anything between them."""
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
        raise bad_records(f"record {row} ({place}) lies outside of data of {len(flat)} bytes", row=row)


def _check_surplus(shaped: Shaped, starts: Ints, lengths: Ints, findings: Findings) -> None:
    rows = np.flatnonzero(lengths > shaped.used)
    if len(rows):
        used = shaped.used[rows]
        findings.add(Finding(TOO_LONG, rows, starts[rows] + used, None, used))
