"""How much faster than a naive loop batches become rows that vary: ``python -m tests.benchmarks.transform [--json]``.

Workloads: records with OCCURS DEPENDING ON (those of ``variable``, a column for each of 56 fields), three types of
records below each other (``hierarchy``), and rows of ten values, without quotes and with some (``rows``). The loops
make tuples of str, Decimal and int; the transformer makes the columns that the driver binds, and would make rejects.
The contestants alternate in one process, in its own CPU time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from shared.batch.types import identifier
from shared.records.conditions import RecordType
from shared.transform.plan import Plan, RecordPlan
from shared.transform.sql_columns import python_values
from shared.transform.transformer import Outcome, Transformer
from tests.benchmarks import hierarchy, rows, variable
from tests.benchmarks.verdicts import Figures, Verdict

BATCH = 5_000
Contestant = Callable[[int], object]


def variable_plan() -> Plan:
    """A column for each field of the layout with all items."""
    columns = []
    for spec, occurrence in zip(variable.SPECS, variable.OCCURRENCES, strict=True):
        column = hierarchy.column(replace(spec, name=identifier(spec.name.replace("-", "_"))))
        columns.append(replace(column, occurrence=occurrence))
    return Plan(None, (RecordPlan(RecordType(""), variable.SHAPE, tuple(columns), (), (), "BENCH.T"),))


def of_tables() -> dict[str, Contestant]:
    """Records with a table that a counter counts."""
    transformer = Transformer(variable_plan())
    batches = []
    for seed in range(4):
        records = list(variable.records(BATCH, seed))
        lengths = np.array([len(record) for record in records], np.uint32)
        batches.append((b"".join(records), np.cumsum(lengths, dtype=np.uint64), lengths))
    files = [variable.file(BATCH, seed) for seed in range(4)]

    def transform(number: int) -> Outcome:
        data, offsets, lengths = batches[number % 4]
        return transformer.run(data, 0, 1, offsets=offsets, lengths=lengths)

    _check_tables(transform(0), variable.naive_rows(files[0]))
    return {"naive_tables": lambda number: variable.naive_rows(files[number % 4]), "tables": transform}


def _check_tables(found: Outcome, expected: list[tuple[Any, ...]]) -> None:
    assert not found.rejects
    head = len(variable.HEAD)
    columns = [list(python_values(column)) for column in found.tables[0].columns]
    for row, one in zip(zip(*columns, strict=True), expected, strict=True):
        items = [value for item in one[head] for value in item]
        nulls = (len(columns) - head - 3 - len(items)) * [None]
        assert list(row) == [*one[:head], len(one[head]), *items, *nulls, *one[head + 1 :]]


def of_types() -> dict[str, Contestant]:
    """Three types of records, two of which inherit."""
    transformer = Transformer(hierarchy.plan())
    batches = [hierarchy.batch(BATCH, seed) for seed in range(4)]

    def transform(number: int) -> Outcome:
        batch = batches[number % 4]
        return transformer.run(batch.data, 0, 1, offsets=batch.offsets, lengths=batch.lengths)

    found = transform(0)
    assert not found.rejects
    tables = [list(zip(*map(python_values, table.columns), strict=True)) for table in found.tables]
    assert tables == list(hierarchy.naive_rows(batches[0]).values())
    return {"naive_types": lambda number: hierarchy.naive_rows(batches[number % 4]), "types": transform}


def rate(action: Contestant, batches: int) -> float:
    """Records per second of CPU."""
    start = time.thread_time()
    for number in range(batches):
        action(number)
    return BATCH * batches / (time.thread_time() - start)


def run(rounds: int, batches: int) -> Figures:
    """Records per second of each contestant, in alternating rounds, and how often faster than the naive loops."""
    racing = of_tables() | of_types() | rows.contestants(BATCH)
    rates: dict[str, list[float]] = {name: [] for name in racing}
    for _ in range(rounds):
        for name, action in racing.items():
            rates[name].append(rate(action, 1 if name.startswith("naive") else batches))
    figures: Figures = {f"{name}_records_per_second": round(statistics.median(each)) for name, each in rates.items()}
    for name in ("tables", "types", "rows", "quoted"):
        ratios = [quick / plain for quick, plain in zip(rates[name], rates[f"naive_{name}"], strict=True)]
        figures[f"{name}_ratio"] = round(statistics.median(ratios), 1)
        figures[f"{name}_ratio_lowest"] = round(min(ratios), 1)
    return figures


def verdicts(found: Figures) -> list[Verdict]:
    """The transformer's rows of the table of targets."""
    races = (
        ("tables", "OCCURS DEPENDING ON to rows"),
        ("types", "three types of records to rows"),
        ("rows", "delimited rows to rows"),
        ("quoted", "delimited rows, a tenth quoted, to rows"),
    )
    return [
        Verdict(what, "", f"{found[f'{name}_ratio']} × naive loop ({found[f'{name}_records_per_second']:,} records/s)")
        for name, what in races
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=20, help="batches a round")
    options = parser.parse_args()
    result = run(options.rounds, options.batches)
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:36} {value:>14,}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
