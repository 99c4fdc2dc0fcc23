"""How much faster than the naive loop the codec decodes: ``python -m tests.benchmarks.decode [--json]``.

200-byte records of 20 fields, batches of 5,000, one process, text trimmed. The two ways alternate in one process,
so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from decimal import Decimal

import numpy as np

from shared.codec import Column, Decoder, FieldSpec, Kind, Sign, encode

RECORD_LENGTH = 200
BATCH = 5_000
TARGET = 30.0

TEXT_LENGTHS = (30, 20, 20, 15, 10, 8, 3, 2)
DISPLAY_DIGITS = (10, 8, 5)
ZONED_DIGITS = (9, 7)
PACKED_DIGITS = (7, 9, 11, 15)
BINARY = ((4, 2), (9, 4), (18, 8))


def layout() -> list[FieldSpec]:
    """The 20 fields, one after the other; the rest of the record is filler."""
    specs: list[FieldSpec] = []

    def add(kind: Kind, length: int, digits: int = 0, sign: Sign = Sign.NONE, scale: int = 0) -> None:
        offset = specs[-1].end if specs else 0
        specs.append(FieldSpec(f"F{len(specs) + 1:02d}", kind, offset, length, digits, scale, sign))

    for length in TEXT_LENGTHS:
        add(Kind.TEXT, length)
    for digits in DISPLAY_DIGITS:
        add(Kind.DISPLAY, digits, digits)
    for digits in ZONED_DIGITS:
        add(Kind.DISPLAY, digits, digits, Sign.TRAILING, 2)
    for digits in PACKED_DIGITS:
        add(Kind.PACKED, digits // 2 + 1, digits, Sign.TRAILING, 2)
    for digits, length in BINARY:
        add(Kind.BINARY, length, digits, Sign.TRAILING)
    return specs


def sample(specs: list[FieldSpec], count: int, seed: int = 7) -> np.ndarray:
    """(count, RECORD_LENGTH) records of random values; texts fill a random part of their field."""
    random = np.random.default_rng(seed)
    records = np.full((count, RECORD_LENGTH), 0x40, np.uint8)
    for spec in specs:
        if spec.kind is Kind.TEXT:
            letters = random.integers(ord("A"), ord("Z") + 1, (count, spec.length)).astype(np.uint8)
            lengths = random.integers(0, spec.length + 1, count).astype(np.int32)
            values = Column(letters, lengths)
        else:
            low = -(10**spec.digits) + 1 if spec.signed else 0
            values = Column(random.integers(low, 10**spec.digits, count))
        records[:, spec.offset : spec.end] = encode(values, spec)
    return records


def naive_text(raw: bytes) -> str:
    return raw.decode("cp037").rstrip()


def naive_display(raw: bytes, scale: int) -> Decimal:
    return Decimal(int(raw.decode("cp037"))).scaleb(-scale)


def naive_zoned(raw: bytes, scale: int) -> Decimal:
    value = 0
    for byte in raw:
        value = value * 10 + (byte & 0x0F)
    return Decimal(-value if raw[-1] >> 4 in (0xB, 0xD) else value).scaleb(-scale)


def naive_packed(raw: bytes, scale: int) -> Decimal:
    value = 0
    for byte in raw[:-1]:
        value = value * 100 + (byte >> 4) * 10 + (byte & 0x0F)
    value = value * 10 + (raw[-1] >> 4)
    return Decimal(-value if raw[-1] & 0x0F in (0xB, 0xD) else value).scaleb(-scale)


def naive_binary(raw: bytes, _scale: int) -> int:
    return int.from_bytes(raw, "big", signed=True)


def naive_plan(specs: list[FieldSpec]) -> list[tuple]:
    """(offset, end, function, scale) of each field."""
    numbers = {Kind.PACKED: naive_packed, Kind.BINARY: naive_binary}
    plan: list[tuple] = []
    for spec in specs:
        function = numbers.get(spec.kind, naive_zoned if spec.signed else naive_display)
        plan.append((spec.offset, spec.end, None if spec.kind is Kind.TEXT else function, spec.scale))
    return plan


def naive(data: bytes, plan: list[tuple]) -> list[tuple]:
    """What a loop over records and fields gives: tuples of str, Decimal and int."""
    rows = []
    for start in range(0, len(data), RECORD_LENGTH):
        record = data[start : start + RECORD_LENGTH]
        row = []
        for offset, end, function, scale in plan:
            raw = record[offset:end]
            row.append(naive_text(raw) if function is None else function(raw, scale))
        rows.append(tuple(row))
    return rows


def check(specs: list[FieldSpec], records: np.ndarray) -> None:
    """Both ways must give the same before they are timed."""
    rows = naive(records.tobytes(), naive_plan(specs))
    for place, (spec, column) in enumerate(zip(specs, Decoder(specs, RECORD_LENGTH).decode(records), strict=True)):
        if spec.kind is Kind.TEXT:
            pairs = zip(column.values, column.lengths, strict=True)
            found: list = [bytes(text[:length]).decode() for text, length in pairs]
        else:
            found = [Decimal(int(value)).scaleb(-spec.scale) for value in column.values]
        assert found == [row[place] for row in rows], spec


def run(rounds: int, batches: int) -> dict[str, float]:
    """Records per second of both ways: medians of alternating rounds."""
    specs = layout()
    records = [sample(specs, BATCH, seed) for seed in range(4)]
    check(specs, records[0])
    decoder, plan, data = Decoder(specs, RECORD_LENGTH), naive_plan(specs), records[0].tobytes()
    fast, slow = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        naive(data, plan)
        slow.append(BATCH / (time.perf_counter() - start))
        start = time.perf_counter()
        for number in range(batches):
            decoder.decode(records[number % len(records)])
        fast.append(BATCH * batches / (time.perf_counter() - start))
    ratios = [quick / plain for quick, plain in zip(fast, slow, strict=True)]
    return {
        "naive_records_per_second": round(statistics.median(slow)),
        "codec_records_per_second": round(statistics.median(fast)),
        "ratio": round(statistics.median(ratios), 1),
        "ratio_lowest": round(min(ratios), 1),
        "ratio_target": TARGET,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


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
            print(f"{name:28} {value:>14,}")
    return 0 if result["ratio"] >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
