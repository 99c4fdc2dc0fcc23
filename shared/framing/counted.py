"""COUNTED: records without descriptors, whose length follows from their OCCURS DEPENDING ON counters.

Enterprise COBOL for z/OS Language Reference, OCCURS DEPENDING ON clause: items after a table that is not full move up,
so that the length of a record depends on its tables. Programs on other systems write such records one after the other;
where a record ends can be told only by going through its tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from shared.framing.cutting import cut_chain
from shared.framing.numbers import LengthField
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, wrong_option
from shared.framing.sized_chain import Flaw
from shared.framing.window import Window

_REMEDY: Final = "The record before does not have the length of its counters, or the copybook is of another file."


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter, at its place in a record whose tables are full. ``counts`` has the count for each text."""

    name: str
    place: LengthField
    counts: Mapping[bytes, int] = field(default_factory=dict)

    def read(self, data: bytes, pos: int) -> int | None:
        """The count in the field at ``data[pos]``; None when the field does not hold a count."""
        raw = data[pos : pos + self.place.length]
        if self.counts:
            return self.counts.get(raw)
        return LengthField(0, self.place.length, self.place.kind).number(raw, 0)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary; texts in hex."""
        return {"name": self.name, **self.place.to_dict(), "counts": {k.hex(): v for k, v in self.counts.items()}}


@dataclass(frozen=True, slots=True)
class Table:
    """A table at its place in a record whose tables are full. ``counter`` and ``parent`` are indices or None.

    ``parent`` is the table that contains this one, and comes before it. ``offset`` is that of the first occurrence
    within the first occurrence of the parent.
    """

    offset: int
    stride: int
    minimum: int
    maximum: int
    counter: int | None
    parent: int | None


@dataclass(frozen=True, slots=True)
class CountedFraming:
    """Framing by counters. ``length`` is that of a record whose tables are full. LRF040 when no table has a counter."""

    length: int
    tables: tuple[Table, ...]
    counters: tuple[Counter, ...]

    def __post_init__(self) -> None:
        if not any(table.counter is not None for table in self.tables):
            raise wrong_option("all records have the same length: no table has a counter", "Use record_format F.")

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages."""
        names = Table.__slots__
        return {
            "format": "COUNTED",
            "length": self.length,
            "tables": [{name: getattr(table, name) for name in names} for table in self.tables],
            "counters": [counter.to_dict() for counter in self.counters],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CountedFraming:
        """The reverse of ``to_dict``; LRF040 for invalid options."""
        counters = (
            Counter(
                one["name"],
                LengthField(one["offset"], one["length"], one["kind"]),
                {bytes.fromhex(raw): count for raw, count in one["counts"].items()},
            )
            for one in data["counters"]
        )
        return cls(data["length"], tuple(Table(**table) for table in data["tables"]), tuple(counters))

    def cut(
        self,
        file: BinaryIO,
        start: int,
        end: int,
        batch_records: int,
        first_record_no: int,
        batch_bytes: int = MAX_BATCH_BYTES,
        block_end: int = 0,
    ) -> Iterator[Batch]:
        """See ``protocol.Framing.cut``. LRF031 and LRF032 for invalid counters."""
        del block_end
        return cut_chain(CountedChain(self), file, start, end, batch_records, first_record_no, batch_bytes)


class CountedChain:
    """Records with counters, one after the other."""

    block_end = 0

    def __init__(self, framing: CountedFraming) -> None:
        self._counters = framing.counters
        self._parts = _parts(framing, None, 0, framing.length)

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``."""
        data, pos = window.data, window.pos
        for _ in range(count):
            stop = self._walk(self._parts, data, pos, {})
            if not isinstance(stop, int) or stop > limit:
                break
            pieces.append(data[pos:stop])
            starts.append(pos)
            pos = stop
        window.pos = pos

    def measure(self, window: Window) -> int | None:
        """See ``cutting.Chain``."""
        stop = self._walk(self._parts, window.data, window.pos, {})
        if isinstance(stop, Flaw):
            raise window.fault(*stop)
        return None if stop is None else stop - window.pos

    def close(self, window: Window) -> None:
        """Nothing to check: every record is complete."""

    def _walk(self, parts: tuple[_Part, ...], data: bytes, pos: int, counts: dict[int, int]) -> int | Flaw | None:
        """The position after the parts; None when a counter has not been read yet."""
        at: int | Flaw | None = pos
        for part in parts:
            if not isinstance(at, int):
                return at
            at = (
                self._read(part, data, at, counts)
                if isinstance(part, _Stretch)
                else self._table(part, data, at, counts)
            )
        return at

    def _read(self, stretch: _Stretch, data: bytes, pos: int, counts: dict[int, int]) -> int | Flaw | None:
        for index, distance in stretch.counters:
            counter = self._counters[index]
            begin = pos + distance
            if begin + counter.place.length > len(data):
                return None
            count = counter.read(data, begin)
            if count is None:
                raw = data[begin : begin + counter.place.length].hex()
                return Flaw("LRF031", f"the counter {counter.name} is X'{raw}', which is not a count", _REMEDY)
            counts[index] = count
        return pos + stretch.width

    def _table(self, block: _Block, data: bytes, pos: int, counts: dict[int, int]) -> int | Flaw | None:
        table = block.table
        count = table.maximum if table.counter is None else counts[table.counter]
        if not table.minimum <= count <= table.maximum:
            name = self._counters[table.counter or 0].name
            what = f"the counter {name} is {count}, but its table has {table.minimum} to {table.maximum} occurrences"
            return Flaw("LRF032", what, _REMEDY)
        if not block.parts:
            return pos + count * table.stride
        at: int | Flaw | None = pos
        for _ in range(count):
            if not isinstance(at, int):
                return at
            at = self._walk(block.parts, data, at, counts)
        return at


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Bytes that every record has. ``counters`` are those in it, each with its distance from the start."""

    width: int
    counters: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """A table. ``parts`` make up one occurrence; there are none when all occurrences have the same length."""

    table: Table
    parts: tuple[_Part, ...]


_Part = _Stretch | _Block


def _parts(framing: CountedFraming, parent: int | None, start: int, end: int) -> tuple[_Part, ...]:
    """The contents of [start, end) of a record whose tables are full, in the order of storage."""
    parts: list[_Part] = []
    inner = [index for index, table in enumerate(framing.tables) if table.parent == parent]
    for index in sorted(inner, key=lambda index: framing.tables[index].offset):
        table = framing.tables[index]
        parts.append(_stretch(framing, start, table.offset))
        has_inner = any(other.parent == index for other in framing.tables)
        below = _parts(framing, index, table.offset, table.offset + table.stride) if has_inner else ()
        parts.append(_Block(table, below))
        start = table.offset + table.stride * table.maximum
    return (*parts, _stretch(framing, start, end))


def _stretch(framing: CountedFraming, start: int, end: int) -> _Stretch:
    offsets = ((index, counter.place.offset) for index, counter in enumerate(framing.counters))
    return _Stretch(end - start, tuple((index, offset - start) for index, offset in offsets if start <= offset < end))
