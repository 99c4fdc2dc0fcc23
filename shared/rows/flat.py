"""Batches of a job's records as the rows of its tables, with Python's objects for values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.framing.batch import Batch
from shared.jobs.compile import CompiledJob
from shared.rows.reader import OpenBatches, Report
from shared.transform.plan import Plan
from shared.transform.values import Value, python_values


def flat_rows(
    compiled: CompiledJob, batches: Iterable[Batch], report: Report
) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The rows of all tables in the order of the records, each with its record type; rejects go to ``report``."""
    plan = Plan.from_dict(compiled.plan)
    names = [record.type.name for record in plan.loaded]
    transformer = OpenBatches(plan)
    for batch in batches:
        outcome = transformer.run(batch)
        report(outcome.rejects)
        found: list[tuple[int, str, tuple[Value, ...]]] = []
        for name, table in zip(names, outcome.tables, strict=True):
            values = zip(*(python_values(column) for column in table.columns), strict=True)
            found += [(int(at), name, row) for at, row in zip(table.offsets, values, strict=True)]
        if len(names) > 1:
            found.sort(key=lambda one: one[0])
        yield from ((name, row) for _, name, row in found)
