"""A VB file whose records hold a table that a counter counts, decoded from its bytes: in a loop, and by lrecl.

Records: a key, a name, a date, a packed counter, 1 to 10 items of 30 bytes with 5 fields, a trailing amount and a code.
Both ways go from BDW and RDW to the values of every field that is there; lrecl's columns know which are not.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, BinaryIO, Final

import numpy as np

from shared.codec import Column, Decoder, FieldSpec, Kind, Sign
from shared.codec.columns import Mask
from shared.framing.descriptor import Descriptor
from shared.framing.protocol import Batch
from shared.framing.variable import VariableFraming
from shared.shaping import CounterField, Shape, Shaper, Table
from tests.benchmarks import naive
from tests.benchmarks.layouts import Builder, sample

MOST: Final = 10
STRIDE: Final = 30
FRAMING: Final = VariableFraming(bdw=Descriptor())
BATCH_BYTES: Final = 1024 * 1024
_BLOCK_BYTES: Final = 27_998
_WIDTH: Final = 4

Decoded = tuple[list[Column], list[Mask | None]]


def _head() -> list[FieldSpec]:
    fields = Builder()
    fields.text(10, 20)
    fields.add(Kind.DISPLAY, 8, 8)
    return fields.specs


def _item() -> list[FieldSpec]:
    fields = Builder()
    fields.text(12)
    fields.add(Kind.DISPLAY, 5, 5)
    fields.packed(9)
    fields.add(Kind.BINARY, 4, 9, Sign.TRAILING)
    fields.text(4)
    return fields.specs


def _tail() -> list[FieldSpec]:
    fields = Builder()
    fields.packed(11)
    fields.text(2)
    return fields.specs


HEAD, ITEM, TAIL = _head(), _item(), _tail()
COUNTER: Final = FieldSpec("COUNT", Kind.PACKED, HEAD[-1].end, 2, 3)
FIRST: Final = COUNTER.end
LENGTH: Final = FIRST + MOST * STRIDE + TAIL[-1].end
SHAPE: Final = Shape(
    LENGTH,
    LENGTH - (MOST - 1) * STRIDE,
    shifting=True,
    tables=(Table(FIRST, STRIDE, 1, MOST, 0, None, "ITEM"),),
    counters=(CounterField(COUNTER),),
)


def _placed(specs: list[FieldSpec], at: int, name: str) -> list[FieldSpec]:
    return [replace(spec, name=f"{name}-{spec.name}", offset=at + spec.offset) for spec in specs]


SPECS: Final = [
    *HEAD,
    COUNTER,
    *(spec for number in range(MOST) for spec in _placed(ITEM, FIRST + number * STRIDE, f"ITEM{number + 1}")),
    *_placed(TAIL, FIRST + MOST * STRIDE, "TAIL"),
]
OCCURRENCES: Final = [
    ((0, (spec.offset - FIRST) // STRIDE + 1),) if spec.name.startswith("ITEM") else () for spec in SPECS
]


@lru_cache(maxsize=1)
def _parts(count: int = 997) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Heads, items and tails of random values."""
    widths = ((HEAD, COUNTER.offset), (ITEM, STRIDE), (TAIL, TAIL[-1].end))
    heads, items, tails = ([row.tobytes() for row in sample(specs, count, 3, width)] for specs, width in widths)
    return heads, items, tails


def records(count: int, seed: int) -> Iterator[bytes]:
    """Records of 1 to 10 items."""
    dice = random.Random(seed)
    heads, items, tails = _parts()
    for _ in range(count):
        number = dice.randint(1, MOST)
        packed = bytes([number // 10, number % 10 << 4 | 0xC])
        table = b"".join(items[dice.randrange(len(items))] for _ in range(number))
        yield heads[dice.randrange(len(heads))] + packed + table + tails[dice.randrange(len(tails))]


def file(count: int, seed: int) -> bytes:
    """The records with RDWs in blocks with BDWs."""
    blocks: list[bytes] = []
    body: list[bytes] = []
    size = _WIDTH
    for record in records(count, seed):
        if size + _WIDTH + len(record) > _BLOCK_BYTES:
            blocks.append(_word(size) + b"".join(body))
            body, size = [], _WIDTH
        body.append(_word(_WIDTH + len(record)) + record)
        size += len(body[-1])
    return b"".join([*blocks, _word(size) + b"".join(body)])


def _word(length: int) -> bytes:
    return length.to_bytes(2, "big") + b"\0\0"


def naive_rows(data: bytes) -> list[tuple[Any, ...]]:
    """Block by block, record by record, item by item: tuples with a list of items in them."""
    head, item, tail = naive.plan(HEAD), naive.plan(ITEM), naive.plan(TAIL)
    rows, at = [], 0
    while at < len(data):
        block_end = at + int.from_bytes(data[at : at + 2], "big")
        at += _WIDTH
        while at < block_end:
            end = at + int.from_bytes(data[at : at + 2], "big")
            record = data[at + _WIDTH : end]
            row = [function(record[start:stop], scale) for start, stop, function, scale in head]
            count = int(naive.packed(record[COUNTER.offset : COUNTER.end], 0))
            place, items = FIRST, []
            for _ in range(count):
                part = record[place : place + STRIDE]
                items.append(tuple(function(part[start:stop], scale) for start, stop, function, scale in item))
                place += STRIDE
            rest = record[place:]
            row += [items, *(function(rest[start:stop], scale) for start, stop, function, scale in tail)]
            rows.append(tuple(row))
            at = end
    return rows


class Reader:
    """lrecl's way: framing, shaping, decoding, batch by batch."""

    def __init__(self) -> None:
        self._shaper, self._decoder = Shaper(SHAPE), Decoder(SPECS, LENGTH)

    def read(self, stream: BinaryIO, size: int, batch_records: int) -> Iterator[Decoded]:
        """The columns of each batch, and which rows lack each of them."""
        for batch in FRAMING.cut(stream, 0, size, batch_records, 1, BATCH_BYTES):
            yield self._decoded(batch)

    def _decoded(self, batch: Batch) -> Decoded:
        lengths = np.frombuffer(batch.lengths, np.uint32).astype(np.int64)
        shaped = self._shaper.run(batch.data, np.cumsum(lengths) - lengths, lengths)
        assert not shaped.bad.any()
        columns = self._decoder.decode(shaped.records)
        pairs = zip(SPECS, OCCURRENCES, strict=True)
        return columns, [shaped.missing(spec.offset, spec.length, occurrence) for spec, occurrence in pairs]

    def count(self, data: bytes, batch_records: int) -> int:
        """Read the whole file, a batch at a time; how many records it has."""
        return sum(len(columns[0]) for columns, _ in self.read(io.BytesIO(data), len(data), batch_records))


def check(data: bytes) -> None:
    """Both ways must give the same before they are timed."""
    rows = naive_rows(data)
    done = 0
    for columns, missing in Reader().read(io.BytesIO(data), len(data), 1_000):
        for row in range(len(columns[0])):
            kept = [
                _plain(spec, column, row)
                for spec, column, absent in zip(SPECS, columns, missing, strict=True)
                if absent is None or not absent[row]
            ]
            head, items, tail = rows[done][: len(HEAD)], rows[done][len(HEAD)], rows[done][len(HEAD) + 1 :]
            assert kept == [*head, len(items), *(value for one in items for value in one), *tail]
            done += 1
    assert done == len(rows)


def _plain(spec: FieldSpec, column: Column, row: int) -> Any:
    assert column.valid is None or column.valid[row]
    if column.lengths is not None:
        return bytes(column.values[row, : column.lengths[row]]).decode()
    return Decimal(int(column.values[row])).scaleb(-spec.scale)
