"""A job's batches as nested objects or as rows of its tables. Records are rejected as when the file is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import accumulate

import numpy as np

from shared.batch.rejects import Reject
from shared.framing.protocol import Batch
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.records.conditions import type_of
from shared.records.open_records import OpenRecords, PlacedRecord
from shared.rows.elements import row_makers
from shared.rows.hierarchy import TypedRow, child_keys, roots
from shared.rows.nested import Look, Row
from shared.transform.decoding import shaper_of
from shared.transform.plan import Plan
from shared.transform.sql_columns import Value, python_values
from shared.transform.transformer import Outcome, Transformer

Report = Callable[[list[Reject]], None]
"""Called with the rejects of each batch."""


class BatchTransformer:
    """Transforms batches one after the other, each with the earlier records that can be parents of its records."""

    def __init__(self, plan: Plan) -> None:
        self._transformer = Transformer(plan)
        self._hierarchy = OpenRecords(plan.types)

    def run(self, batch: Batch) -> Outcome:
        """The outcome of the next batch."""
        before = self._hierarchy.current() if self._hierarchy.has_parents else []
        whole = batch.preceded_by(before)
        offsets, lengths, data = np.array(whole.offsets, np.int64), np.array(whole.lengths, np.int64), whole.data
        outcome = self._transformer.run(
            data, batch.offset, batch.first_record_no, offsets=offsets, lengths=lengths, open_records=len(before)
        )
        if self._hierarchy.has_parents:
            for placed in records_of(batch):
                self._hierarchy.add(*placed)
        return outcome


def records_of(batch: Batch) -> Iterator[PlacedRecord]:
    """Each record's offset in the input, and its bytes."""
    stops = accumulate(batch.lengths)
    for offset, length, stop in zip(batch.offsets, batch.lengths, stops, strict=True):
        yield offset, batch.data[stop - length : stop]


def flat_rows(
    compiled: CompiledJob, batches: Iterable[Batch], report: Report
) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The rows of all tables in the order of the records, each with the name of its record type."""
    plan = Plan.from_dict(compiled.plan)
    names = [record.type.name for record in plan.loaded]
    transformer = BatchTransformer(plan)
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


class NestedReader:
    """Nested objects of a job's records. Rules are not applied, because they are for the tables."""

    def __init__(self, source: JobSource, compiled: CompiledJob, look: Look) -> None:
        plan = Plan.from_dict(compiled.plan)
        self.types = plan.types
        self._plan = replace(plan, records=tuple(replace(one, rules=(), totals=()) for one in plan.records))
        self._makers = [maker for _, maker in row_makers(source, look)]
        self._shapers = [shaper_of(plan, record) for record in plan.records]

    def records(self, batches: Iterable[Batch], report: Report) -> Iterator[TypedRow]:
        """Each record of a known type, in the order of the input."""
        transformer = BatchTransformer(self._plan)
        for batch in batches:
            outcome = transformer.run(batch)
            report(outcome.rejects)
            bad = {reject.offset for reject in outcome.rejects}
            yield from self._rows(batch, bad)

    def objects(self, batches: Iterable[Batch], report: Report) -> Iterator[TypedRow]:
        """Like ``records``, but child records are below their parents. Only one root is in memory at a time."""
        records = self.records(batches, report)
        if not any(one.parent for one in self.types):
            return (one for one in records if one.row is not None)
        return roots(self.types, child_keys(self.types, [maker.items for maker in self._makers]), records)

    def _rows(self, batch: Batch, bad: set[int]) -> Iterator[TypedRow]:
        lengths = np.array(batch.lengths, np.int64)
        starts = np.cumsum(lengths) - lengths
        places = [type_of(self.types, record) for _, record in records_of(batch)]
        rows: list[Iterator[Row]] = []
        for kind, (maker, shaper) in enumerate(zip(self._makers, self._shapers, strict=True)):
            mine = np.array([at for at, place in enumerate(places) if place == kind], np.intp)
            rows.append(iter(maker.rows(shaper.run(batch.data, starts[mine], lengths[mine]))))
        for place, offset in zip(places, batch.offsets, strict=True):
            if place is not None:
                row = next(rows[place])
                yield TypedRow(place, None if offset in bad else row)
