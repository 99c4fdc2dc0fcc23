"""How much faster than the naive loop the codec decodes: ``python -m tests.benchmarks.decode [--json]``.

200-byte records of 20 fields, batches of 5,000, one process, text trimmed. Beside bare decoding it times the
transformer (decoding, rules, rows, rejects, totals) and a pool child's whole work on a message. The contestants
alternate in one process, and seconds are its own CPU time: what else the machine does falls on all, or on none.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from services.processor.child import process
from shared.codec import Column, Decoder, FieldSpec, Kind, Sign, encode
from shared.transform.transformer import Transformer
from tests.benchmarks.validating import as_job, plan, raw_message
from tests.benchmarks.verdicts import Figures, Verdict

RECORD_LENGTH = 200
BATCH = 5_000
TARGET = 30.0
RSS_TARGET = 100.0

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


def naive_plan(specs: list[FieldSpec]) -> list[tuple[Any, ...]]:
    """(offset, end, function, scale) of each field."""
    numbers = {Kind.PACKED: naive_packed, Kind.BINARY: naive_binary}
    plan: list[tuple[Any, ...]] = []
    for spec in specs:
        function = numbers.get(spec.kind, naive_zoned if spec.signed else naive_display)
        plan.append((spec.offset, spec.end, None if spec.kind is Kind.TEXT else function, spec.scale))
    return plan


def naive(data: bytes, plan: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
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
            assert column.lengths is not None
            pairs = zip(column.values, column.lengths, strict=True)
            found: list[Any] = [bytes(text[:length]).decode() for text, length in pairs]
        else:
            found = [Decimal(int(value)).scaleb(-spec.scale) for value in column.values]
        assert found == [row[place] for row in rows], spec


def rate(action: Callable[[int], object], batches: int) -> float:
    """Records per second of CPU over ``batches`` calls, each of which is given its number."""
    start = time.thread_time()
    for number in range(batches):
        action(number)
    return BATCH * batches / (time.thread_time() - start)


def contestants() -> dict[str, Callable[[int], object]]:
    """The naive loop; the codec; the codec with rules, rows, rejects and totals; all that a pool child does."""
    specs = layout()
    records = [sample(specs, BATCH, seed) for seed in range(4)]
    check(specs, records[0])
    job = plan(specs, RECORD_LENGTH)
    decoder, transformer, slow_plan = Decoder(specs, RECORD_LENGTH), Transformer(job), naive_plan(specs)
    data, batches = records[0].tobytes(), [as_job(batch, specs) for batch in records]
    messages = [raw_message(job, batch) for batch in batches]
    return {
        "naive": lambda _number: naive(data, slow_plan),
        "codec": lambda number: decoder.decode(records[number % 4]),
        "validate": lambda number: transformer.run(batches[number % 4], 0, 1),
        "process": lambda number: process(messages[number % 4], "bench"),
    }


def run(rounds: int, batches: int) -> Figures:
    """Records per second of each contestant, in alternating rounds, and how often faster than the naive loop."""
    racing = contestants()
    rates: dict[str, list[float]] = {name: [] for name in racing}
    for _ in range(rounds):
        for name, action in racing.items():
            rates[name].append(rate(action, 1 if name == "naive" else batches))
    figures: Figures = {f"{name}_records_per_second": round(statistics.median(each)) for name, each in rates.items()}
    for name, prefix in (("codec", ""), ("validate", "validate_"), ("process", "process_")):
        ratios = [quick / plain for quick, plain in zip(rates[name], rates["naive"], strict=True)]
        figures[f"{prefix}ratio"] = round(statistics.median(ratios), 1)
        figures[f"{prefix}ratio_lowest"] = round(min(ratios), 1)
    figures["ratio_target"] = TARGET
    figures["process_micros_per_record"] = round(1e6 / figures["process_records_per_second"], 2)
    figures["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return figures


def verdicts(found: Figures) -> list[Verdict]:
    """The decoding rows of the table of targets; the naive loop only decodes, in each of them."""
    speed, memory = f"≥ {TARGET:g} × naive loop", f"≤ {RSS_TARGET:g} MB"
    rates = {name: f"{found[f'{name}_records_per_second']:,} records/s" for name in ("codec", "validate", "process")}
    child = f"{found['process_ratio']} × ({rates['process']}, {found['process_micros_per_record']} µs each)"
    validate = f"{found['validate_ratio']} × ({rates['validate']})"
    peak = found["peak_rss_mb"]
    return [
        Verdict("decode", speed, f"{found['ratio']} × ({rates['codec']})", found["ratio"] >= TARGET),
        Verdict("decode + validate + rows", speed, validate, found["validate_ratio"] >= TARGET),
        Verdict("… + Arrow + message (pool child)", "", child),
        Verdict("decode + validate, peak RSS", memory, f"{peak} MB", peak <= RSS_TARGET),
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
            print(f"{name:28} {value:>14,}")
    return 0 if result["ratio"] >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
