"""``generate``: a file of sample records for a job, with its control file and the list of its bad records.

The same job, seed and counts give the same bytes: each chunk of 5,000 records has its own random generator, seeded with
(seed, chunk number). Bad records are at even distances. Each has exactly one faulty field, never a key or control total
field, and has zero in every control total field. So the control totals of the file are both the sums over all its
records and the sums over the accepted ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np

from shared.codec import Decoder
from shared.codec.columns import Bytes
from shared.errors import RequestError
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.sample.files import BadRecord, SampleFiles, side_file
from shared.sample.recipe import Recipe, make_recipe
from shared.sample.spoiling import Spoil
from shared.scaled_decimals import to_text
from shared.transform.loading import exact_sum
from shared.transform.plan import Plan

_CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True)
class Sample:
    """``bytes``: the size of the file; ``bad``: the number of bad records; ``kinds``: their numbers by kind."""

    path: Path
    records: int
    bytes: int
    bad: int
    kinds: dict[str, int]


def generate(
    source: JobSource,
    compiled: CompiledJob,
    records: int,
    bad_ratio: float,
    seed: int,
    out: Path,
    progress: Callable[[int], None] | None = None,
) -> Sample:
    """Write ``records`` records to ``out``, of which ⌊records × bad_ratio⌋ are bad, in constant memory.

    The other files are the control file, when the job has one ({"records": N, "totals": {"FIELD": "decimal"}}), and
    ``<out>.bad.jsonl`` with record_no (1-based), offset, field, kind and reject code of each bad record. All files get
    their names when they are complete, the data file last. Bytes outside of fields are spaces. When fields of the plan
    share bytes (REDEFINES), the first of them is filled, and none of them is made bad. ``progress`` is called with the
    number of records so far.

    Raises RequestError LRQ080 for counts, ratios and seeds out of range, and JobError LRJ060 to LRJ062 when the job's
    ``sample`` section does not fit its fields and rules, or when no field can be made bad.
    """
    spread = Spread(records, _count_bad(records, bad_ratio, seed))
    recipe = make_recipe(source, compiled, records, with_bad=spread.bad > 0)
    totals = _Totals(source, compiled)
    kinds: Counter[str] = Counter()
    with SampleFiles(out, side_file(source, out)) as files:
        for chunk, first in enumerate(range(0, records, _CHUNK)):
            count = min(_CHUNK, records - first)
            made = recipe.records(np.random.default_rng((seed, chunk)), first, count)
            bad = _spoil(recipe, made, first, spread)
            totals.add(made)
            kinds.update(record.kind for record in bad)
            files.write(made, bad)
            if progress:
                progress(first + count)
        files.finish({"records": records, "totals": totals.as_decimals()})
    return Sample(out, records, records * compiled.plan["record_length"], spread.bad, dict(kinds))


@dataclass(frozen=True, slots=True)
class Spread:
    """``bad`` records at even distances among ``records``, each in the middle of its part of the file."""

    records: int
    bad: int

    def between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Number and position, both 0-based, of the bad records among the records [start, end)."""
        for turn in range(self._before(start), self._before(end)):
            yield turn, (2 * turn + 1) * self.records // (2 * self.bad)

    def _before(self, place: int) -> int:
        """The number of bad records before ``place``."""
        count = -((self.records - 2 * self.bad * place) // (2 * self.records))
        return min(max(count, 0), self.bad)


class _Totals:
    """Control totals of the records in the file, which are decoded again and summed exactly."""

    def __init__(self, source: JobSource, compiled: CompiledJob) -> None:
        plan = Plan.from_dict(compiled.plan)
        (record,) = plan.records
        names = source.job.control.totals
        self._specs = [column.spec for column in record.columns if column.spec.name in names]
        self._decoder = Decoder(self._specs, plan.record_length or record.shape.length)
        self._sums = dict.fromkeys(names, 0)

    def add(self, records: Bytes) -> None:
        """Add the control fields of these records; null counts as zero."""
        for spec, column in zip(self._specs, self._decoder.decode(records), strict=True):
            self._sums[spec.name] += exact_sum(column.values)

    def as_decimals(self) -> dict[str, str]:
        """The sums by field, as exact decimals."""
        scales = {spec.name: spec.scale for spec in self._specs}
        return {name: to_text(value, scales[name]) for name, value in self._sums.items()}


def _count_bad(records: int, bad_ratio: float, seed: int) -> int:
    if records < 0 or seed < 0 or not 0 <= bad_ratio <= 1:
        raise RequestError(
            "LRQ080",
            f"{records} records with bad ratio {bad_ratio} and seed {seed} cannot be made",
            remedy="Use 0 or more records, a seed of 0 or more, and a ratio from 0 to 1.",
        )
    return int(records * Decimal(str(bad_ratio)))  # exact, because the float 0.29 is less than 0.29


def _spoil(recipe: Recipe, records: Bytes, first: int, spread: Spread) -> list[BadRecord]:
    """Make the bad records of a chunk that begins with record ``first`` (0-based), and return the list of them."""
    length = records.shape[1]
    rows: dict[Spoil, list[int]] = {}
    bad = []
    for turn, place in spread.between(first, first + len(records)):
        spoil = recipe.spoil(turn)
        rows.setdefault(spoil, []).append(place - first)
        bad.append(BadRecord(place + 1, place * length, spoil.spec.name, spoil.kind.value, spoil.code))
    for spoil, places in rows.items():
        recipe.clear_totals(records, places)
        spoil.apply(records, places)
    return bad
