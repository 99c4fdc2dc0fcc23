"""Batches of a job's records as nested rows; what does not decode is rejected as when the file is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import accumulate

import numpy as np

from shared.batch.rejects import Reject
from shared.framing.batch import Batch
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.records.ancestry import Ancestry, Placed
from shared.records.conditions import type_of
from shared.rows.hierarchy import Found, child_keys, roots
from shared.rows.job import row_makers
from shared.rows.nested import Look, Row
from shared.transform.decoding import shaper_of
from shared.transform.plan import Plan
from shared.transform.transformer import Outcome, Transformer

Report = Callable[[list[Reject]], None]
"""Takes the rejects of one batch."""


class OpenBatches:
    """Batches through a transformer, each with the records before it that may be parents."""

    def __init__(self, plan: Plan) -> None:
        self._transformer = Transformer(plan)
        self._ancestry = Ancestry(plan.types)

    def run(self, batch: Batch) -> Outcome:
        """The batch behind all those before."""
        before = self._ancestry.records() if self._ancestry.needed else []
        offsets = np.array([*(one[0] for one in before), *batch.offsets], np.int64)
        lengths = np.array([*(len(one[1]) for one in before), *batch.lengths], np.int64)
        data = b"".join((*(one[1] for one in before), batch.data))
        outcome = self._transformer.run(
            data, batch.offset, batch.first_record_no, offsets=offsets, lengths=lengths, open_records=len(before)
        )
        if self._ancestry.needed:
            for placed in records_of(batch):
                self._ancestry.note(*placed)
        return outcome


def records_of(batch: Batch) -> Iterator[Placed]:
    """Each record's offset in the input, and its bytes."""
    stops = accumulate(batch.lengths)
    for offset, length, stop in zip(batch.offsets, batch.lengths, stops, strict=True):
        yield offset, batch.data[stop - length : stop]


class NestedReader:
    """Rows of a job's file. Its rules are not asked: they are for the tables, and here is what the records hold."""

    def __init__(self, source: JobSource, compiled: CompiledJob, look: Look) -> None:
        plan = Plan.from_dict(compiled.plan)
        self.types = plan.types
        self._plan = replace(plan, records=tuple(replace(one, rules=(), totals=()) for one in plan.records))
        self._makers = [maker for _, maker in row_makers(source, look)]
        self._shapers = [shaper_of(plan, record) for record in plan.records]

    def records(self, batches: Iterable[Batch], report: Report) -> Iterator[Found]:
        """Each record of a known type in the order of the input; rejects go to ``report``."""
        transformer = OpenBatches(self._plan)
        for batch in batches:
            outcome = transformer.run(batch)
            report(outcome.rejects)
            bad = {reject.offset for reject in outcome.rejects}
            yield from self._found(batch, bad)

    def objects(self, batches: Iterable[Batch], report: Report) -> Iterator[Found]:
        """As ``records``, but records that belong to others stand below them; one root is held at a time."""
        found = self.records(batches, report)
        if not any(one.parent for one in self.types):
            return (one for one in found if one.row is not None)
        return roots(self.types, child_keys(self.types, [maker.items for maker in self._makers]), found)

    def _found(self, batch: Batch, bad: set[int]) -> Iterator[Found]:
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
                yield Found(place, None if offset in bad else row)
