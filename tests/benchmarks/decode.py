"""How much faster than the naive loop the codec decodes: ``python -m tests.benchmarks.decode [--json]``.

Four layouts: the mixed one of 20 fields, a text-heavy one, one of packed decimals (each 200-byte records in batches of
5,000), and a VB file with OCCURS DEPENDING ON, where both sides start at the file's bytes. Beside bare decoding of the
mixed layout it times the transformer (decoding, rules, rows, rejects, totals) and a pool child's whole work on a
message. The contestants alternate in one process, and seconds are its own CPU time: what else the machine does falls
on all, or on none. Then each layout is read from files of growing size, in processes of their own, for their memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from services.processor.child import process
from shared.codec import Decoder, FieldSpec, Kind
from shared.transform.transformer import Transformer
from tests.benchmarks import layouts, naive, variable
from tests.benchmarks.layouts import RECORD_LENGTH, sample
from tests.benchmarks.streaming import BATCH, FIXED
from tests.benchmarks.validating import as_job, plan, raw_message
from tests.benchmarks.verdicts import Figures, Verdict, table

FIXED_TARGET, VARIABLE_TARGET = 30.0, 15.0
RSS_TARGET = 100.0
NAMES = {
    "mixed": "20 mixed fields",
    "texts": "text-heavy",
    "packed": "COMP-3-heavy",
    "variable": "VB with ODO, from the file's bytes",
}
_VARIABLE_RECORDS = 4 * BATCH


class Contestant(NamedTuple):
    """``action`` is given a number and works on ``records``; ``rival`` is whom it is compared with, none for loops."""

    action: Callable[[int], object]
    records: int
    rival: str | None = None


def check(specs: list[FieldSpec], records: np.ndarray) -> None:
    """Both ways must give the same before they are timed."""
    rows = naive.decode(records.tobytes(), naive.plan(specs), RECORD_LENGTH)
    for place, (spec, column) in enumerate(zip(specs, Decoder(specs, RECORD_LENGTH).decode(records), strict=True)):
        if spec.kind is Kind.TEXT:
            assert column.lengths is not None
            pairs = zip(column.values, column.lengths, strict=True)
            found: list[Any] = [bytes(text[:length]).decode() for text, length in pairs]
        else:
            found = [Decimal(int(value)).scaleb(-spec.scale) for value in column.values]
        assert found == [row[place] for row in rows], spec


def of_layout(name: str) -> dict[str, Contestant]:
    """The naive loop and the codec on a fixed layout."""
    specs = FIXED[name]()
    batches = [sample(specs, BATCH, seed) for seed in range(4)]
    check(specs, batches[0])
    decoder, steps, data = Decoder(specs, RECORD_LENGTH), naive.plan(specs), batches[0].tobytes()
    return {
        f"naive {name}": Contestant(lambda _: naive.decode(data, steps, RECORD_LENGTH), BATCH),
        name: Contestant(lambda number: decoder.decode(batches[number % 4]), BATCH, f"naive {name}"),
    }


def of_file() -> dict[str, Contestant]:
    """Framing, shaping and decoding of a VB file, and the loop that does the same."""
    variable.check(variable.file(400, 1))
    data, reader = variable.file(_VARIABLE_RECORDS, 2), variable.Reader()
    return {
        "naive variable": Contestant(lambda _: variable.naive_rows(data), _VARIABLE_RECORDS),
        "variable": Contestant(lambda _: reader.count(data, BATCH), _VARIABLE_RECORDS, "naive variable"),
    }


def of_job() -> dict[str, Contestant]:
    """The mixed layout with rules, rows, rejects and totals; and all that a pool child does."""
    specs = layouts.mixed()
    job = plan(specs, RECORD_LENGTH)
    transformer = Transformer(job)
    batches = [as_job(sample(specs, BATCH, seed), specs) for seed in range(4)]
    messages = [raw_message(job, batch) for batch in batches]
    return {
        "validate": Contestant(lambda number: transformer.run(batches[number % 4], 0, 1), BATCH, "naive mixed"),
        "process": Contestant(lambda number: process(messages[number % 4], "bench"), BATCH, "naive mixed"),
    }


def rate(contestant: Contestant, times: int) -> float:
    """Records per second of CPU over ``times`` calls."""
    start = time.thread_time()
    for number in range(times):
        contestant.action(number)
    return contestant.records * times / (time.thread_time() - start)


def run(rounds: int, batches: int) -> Figures:
    """Records per second of each contestant, in alternating rounds, and how often faster than its naive loop."""
    racing = {key: one for name in FIXED for key, one in of_layout(name).items()} | of_file() | of_job()
    rates: dict[str, list[float]] = {name: [] for name in racing}
    for _ in range(rounds):
        for name, one in racing.items():
            rates[name].append(rate(one, max(1, batches * BATCH // one.records) if one.rival else 1))
    return {name: _figures(rates[name], rates.get(one.rival or "")) for name, one in racing.items()}


def _figures(rates: list[float], rival: list[float] | None) -> Figures:
    figures: Figures = {"records_per_second": round(statistics.median(rates))}
    if rival:
        ratios = [quick / plain for quick, plain in zip(rates, rival, strict=True)]
        figures |= {"ratio": round(statistics.median(ratios), 1), "ratio_lowest": round(min(ratios), 1)}
    return figures


def memory(sizes: list[int]) -> Figures:
    """Peak RSS in MB of a process that reads a file of each layout, by the file's size in MB."""
    found: Figures = {}
    for name in NAMES:
        commands = {size: [sys.executable, "-m", "tests.benchmarks.streaming", name, str(size)] for size in sizes}
        outputs = {size: subprocess.run(one, stdout=subprocess.PIPE, check=True) for size, one in commands.items()}
        found[name] = {str(size): float(one.stdout) for size, one in outputs.items()}
    return found


def verdicts(found: Figures) -> list[Verdict]:
    """The decoding rows of the table of targets; the naive loops only decode, in each of them."""
    rows = [_speed(found, name, f"decode, {what}") for name, what in NAMES.items()]
    rows.append(_speed(found, "validate", "mixed: decode + validate + rows"))
    child = found["process"]
    micros = 1e6 / child["records_per_second"]
    measured = f"{child['ratio']} × ({child['records_per_second']:,} records/s, {micros:.2f} µs each)"
    rows.append(Verdict("mixed: … + Arrow + message (pool child)", "", measured))
    for name, what in NAMES.items():
        peaks = found["peak_rss_mb"][name]
        measured = ", ".join(f"{peak} MB at {size} MB" for size, peak in peaks.items())
        rows.append(Verdict(f"peak RSS, {what}", f"≤ {RSS_TARGET:g} MB", measured, max(peaks.values()) <= RSS_TARGET))
    return rows


def _speed(found: Figures, name: str, what: str) -> Verdict:
    one: Figures = found[name]
    target = VARIABLE_TARGET if name == "variable" else FIXED_TARGET
    loop = found[f"naive {name}" if name in NAMES else "naive mixed"]["records_per_second"]
    measured = f"{one['ratio']} × ({one['records_per_second']:,} records/s, loop {loop:,})"
    return Verdict(what, f"≥ {target:g} × naive loop", measured, one["ratio"] >= target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batches", type=int, default=60, help="batches a round")
    parser.add_argument("--megabytes", type=int, nargs="+", default=[20, 200], help="file sizes for the memory")
    options = parser.parse_args()
    result = run(options.rounds, options.batches) | {"peak_rss_mb": memory(options.megabytes)}
    print(json.dumps(result) if options.json else table(verdicts(result)))
    return 0 if all(row.met is not False for row in verdicts(result)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
