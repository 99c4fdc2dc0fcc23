"""How much faster than a naive loop OCCURS DEPENDING ON is laid out: ``python -m tests.benchmarks.shaping [--json]``.

Records as in a VB file of one record type: 26 bytes in front, a packed counter, 1 to 10 items of 30 bytes, 6 bytes
behind them: about 200 bytes. All contestants give the same bytes, those of the layout with full tables. The naive loop
goes from item to item as a program does that knows any layout; "slices" is the best that Python can do about this one
layout alone. A second race has a table within the table, where nearly every record is of a shape of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.codec import FieldSpec, Kind
from shared.shaping import CounterField, Shape, Shaper, Table
from tests.benchmarks.verdicts import Figures, Verdict

BATCH = 5_000
TARGET = 15.0
FILLER = b"\x40"
RDW = 4

HEAD, TAIL, STRIDE, MOST = 26, 6, 30, 10
COUNTER = FieldSpec("ITEM-COUNT", Kind.PACKED, HEAD, 2, 3)
FLAT = Shape(
    HEAD + 2 + MOST * STRIDE + TAIL, HEAD + 2 + STRIDE + TAIL, shifting=True,
    tables=(Table(HEAD + 2, STRIDE, 1, MOST, 0, None, "ITEM"),), counters=(CounterField(COUNTER),),
)  # fmt: skip
INNER_COUNTER = FieldSpec("PART-COUNT", Kind.PACKED, HEAD + 2, 2, 3)
INNER_STRIDE, INNER_MOST = 7, 4
NESTED = Shape(
    FLAT.length, HEAD + 2 + 2 + TAIL, shifting=True,
    tables=(
        Table(HEAD + 2, STRIDE, 1, MOST, 0, None, "ITEM"),
        Table(HEAD + 4, INNER_STRIDE, 0, INNER_MOST, 1, 0, "PART"),
    ),
    counters=(CounterField(COUNTER), CounterField(INNER_COUNTER)),
)  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """The records of a batch between their RDWs; starts and lengths twice, for loops and for NumPy."""

    data: bytes
    starts: list[int]
    lengths: list[int]
    start_array: NDArray[np.int64]
    length_array: NDArray[np.int64]


def batch(shape: Shape, seed: int) -> Batch:
    """Records of random counts, the same for a seed."""
    dice = random.Random(seed)
    parts, starts, at = [], [], 0
    for _ in range(BATCH):
        record = nested_record(dice) if len(shape.tables) > 1 else flat_record(dice)
        parts += [(len(record) + RDW).to_bytes(2, "big") + b"\0\0", record]
        starts.append(at + RDW)
        at += RDW + len(record)
    lengths = [len(record) for record in parts[1::2]]
    return Batch(b"".join(parts), starts, lengths, np.array(starts), np.array(lengths))


def packed(number: int) -> bytes:
    return bytes([number // 10, number % 10 << 4 | 0xC])


def flat_record(dice: random.Random) -> bytes:
    count = dice.randint(1, MOST)
    return dice.randbytes(HEAD) + packed(count) + dice.randbytes(count * STRIDE + TAIL)


def nested_record(dice: random.Random) -> bytes:
    counts = [dice.randint(0, INNER_MOST) for _ in range(dice.randint(1, MOST))]
    items = b"".join(packed(count) + dice.randbytes(count * INNER_STRIDE) for count in counts)
    return dice.randbytes(HEAD) + packed(len(counts)) + items + dice.randbytes(TAIL)


def naive_packed(raw: bytes) -> int:
    value = 0
    for byte in raw[:-1]:
        value = value * 100 + (byte >> 4) * 10 + (byte & 0x0F)
    return value * 10 + (raw[-1] >> 4)


def naive_flat(found: Batch) -> list[bytes]:
    """Record by record, item by item."""
    rows = []
    for start, length in zip(found.starts, found.lengths, strict=True):
        record = found.data[start : start + length]
        row = bytearray(FILLER * FLAT.length)
        at = HEAD + 2
        row[:at] = record[:at]
        count = naive_packed(record[HEAD:at])
        for number in range(count):
            place = HEAD + 2 + number * STRIDE
            row[place : place + STRIDE] = record[at : at + STRIDE]
            at += STRIDE
        row[-TAIL:] = record[at : at + TAIL]
        rows.append(bytes(row))
    return rows


def naive_nested(found: Batch) -> list[bytes]:
    """The same with a table in each item."""
    rows = []
    for start, length in zip(found.starts, found.lengths, strict=True):
        record = found.data[start : start + length]
        row = bytearray(FILLER * NESTED.length)
        at = HEAD + 2
        row[:at] = record[:at]
        for number in range(naive_packed(record[HEAD:at])):
            place = HEAD + 2 + number * STRIDE
            row[place : place + 2] = record[at : at + 2]
            count = naive_packed(record[at : at + 2])
            at, place = at + 2, place + 2
            for _ in range(count):
                row[place : place + INNER_STRIDE] = record[at : at + INNER_STRIDE]
                at, place = at + INNER_STRIDE, place + INNER_STRIDE
        row[-TAIL:] = record[at : at + TAIL]
        rows.append(bytes(row))
    return rows


def slices(found: Batch) -> list[bytes]:
    """The one layout, with as few steps as Python allows."""
    rows, data, width = [], found.data, FLAT.length - TAIL
    for start, length in zip(found.starts, found.lengths, strict=True):
        end = start + length - TAIL
        rows.append(data[start:end].ljust(width, FILLER) + data[end : end + TAIL])
    return rows


def contestants() -> dict[str, Callable[[int], object]]:
    """Each is given the number of its batch; all that belong together give the same bytes, or are not timed."""
    flat, nested = [batch(FLAT, seed) for seed in range(4)], [batch(NESTED, seed) for seed in range(4)]
    quick, deep = Shaper(FLAT), Shaper(NESTED)
    expected = b"".join(naive_flat(flat[0]))
    assert b"".join(slices(flat[0])) == expected
    assert shaped(quick, flat[0]).tobytes() == expected
    assert shaped(deep, nested[0]).tobytes() == b"".join(naive_nested(nested[0]))
    return {
        "naive": lambda number: naive_flat(flat[number % 4]),
        "slices": lambda number: slices(flat[number % 4]),
        "shaper": lambda number: shaped(quick, flat[number % 4]),
        "naive_nested": lambda number: naive_nested(nested[number % 4]),
        "shaper_nested": lambda number: shaped(deep, nested[number % 4]),
    }


def shaped(shaper: Shaper, found: Batch) -> NDArray[Any]:
    result = shaper.run(found.data, found.start_array, found.length_array)
    assert not result.bad.any()
    return result.records


def rate(action: Callable[[int], object], batches: int) -> float:
    """Records per second of CPU."""
    start = time.thread_time()
    for number in range(batches):
        action(number)
    return BATCH * batches / (time.thread_time() - start)


def run(rounds: int, batches: int) -> Figures:
    """Records per second of each contestant, in alternating rounds, and how often faster than the naive loops."""
    racing = contestants()
    rates: dict[str, list[float]] = {name: [] for name in racing}
    for _ in range(rounds):
        for name, action in racing.items():
            rates[name].append(rate(action, batches if name.startswith("shaper") else 4))
    figures: Figures = {f"{name}_records_per_second": round(statistics.median(each)) for name, each in rates.items()}
    pairs = (("ratio", "shaper", "naive"), ("ratio_slices", "shaper", "slices"),
             ("ratio_nested", "shaper_nested", "naive_nested"))  # fmt: skip
    for name, one, other in pairs:
        ratios = [quick / plain for quick, plain in zip(rates[one], rates[other], strict=True)]
        figures[name] = round(statistics.median(ratios), 1)
        figures[f"{name}_lowest"] = round(min(ratios), 1)
    figures["ratio_target"] = TARGET
    return figures


def verdicts(found: Figures) -> list[Verdict]:
    """The shaping rows of the table of targets."""
    target = f"≥ {TARGET:g} × naive loop"
    flat = f"{found['ratio']} × ({found['shaper_records_per_second']:,} records/s)"
    nested = f"{found['ratio_nested']} × ({found['shaper_nested_records_per_second']:,} records/s)"
    return [
        Verdict("OCCURS DEPENDING ON, laid out", target, flat, found["ratio"] >= TARGET),
        Verdict("… against slices of this one layout", "", f"{found['ratio_slices']} ×"),
        Verdict("… a table within the table, against its loop", "", nested),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batches", type=int, default=60, help="batches a round")
    options = parser.parse_args()
    result = run(options.rounds, options.batches)
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:36} {value:>14,}")
    return 0 if result["ratio"] >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
