"""A file of sample records for a job, with its control side file and the truth about its bad records.

The same job, seed and counts give the same bytes: each chunk of 5,000 records draws from a generator of its own, seeded
by (seed, chunk number). Bad records stand at even distances. Each has exactly one faulty field, never a key or a
control total field, and carries zero in every control total field: so the control totals of the file are at once the
sums over all its records and the sums over the accepted ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np

from shared.codec.columns import Bytes
from shared.errors import RequestError
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from shared.sample.figures import Spread, Totals
from shared.sample.files import BadRecord, SampleFiles, side_file
from shared.sample.recipe import Recipe, make_recipe
from shared.sample.spoiling import Spoil

_CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What was made: ``bytes`` is the file's size, ``bad`` the number of bad records, ``kinds`` their count by kind."""

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

    Beside it come the control side file, when the job names one ({"records": N, "totals": {"FIELD": "decimal"}}), and
    ``<out>.bad.jsonl``: record_no (1-based), offset, field, kind and reject code of each bad record. All appear under
    their names only when complete, the data file last. Bytes of no field are spaces. Where planned fields share bytes
    (a redefinition), the first is filled and none is spoilt. ``progress`` is told the records made so far.

    Raises RequestError LRQ080 for counts, ratios and seeds out of range; JobError LRJ060 to LRJ062 when the job's
    ``sample`` section does not fit its fields and rules, or leaves nothing to spoil.
    """
    spread = Spread(records, _count_bad(records, bad_ratio, seed))
    recipe = make_recipe(source, compiled, records, with_bad=spread.bad > 0)
    totals = Totals(source, compiled)
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


def _count_bad(records: int, bad_ratio: float, seed: int) -> int:
    if records < 0 or seed < 0 or not 0 <= bad_ratio <= 1:
        raise RequestError(
            "LRQ080",
            f"cannot make {records} records with bad ratio {bad_ratio} from seed {seed}",
            remedy="Records and seed are 0 or more, the ratio is from 0 to 1.",
        )
    return int(records * Decimal(str(bad_ratio)))  # exact: the float 0.29 is a little less than it says


def _spoil(recipe: Recipe, records: Bytes, first: int, spread: Spread) -> list[BadRecord]:
    """Spoil the bad records of a chunk that begins with record ``first`` (0-based), and tell which they are."""
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
