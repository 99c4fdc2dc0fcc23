"""The result does not depend on who worked at it, nor on how many: the same final table, seed by seed."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.faults.conftest import Input, Site

pytestmark = [pytest.mark.broker, pytest.mark.database]

RECORDS, BATCH = 3_000, 150
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def inputs(site: Site) -> dict[int, Input]:
    """A file for each seed, and what the usual two children and two threads made of it."""
    return {seed: site.input(f"seed-{seed}", RECORDS, BATCH, seed=seed) for seed in SEEDS}


@pytest.mark.parametrize(
    ("children", "threads"),
    [(8, 4), *(pytest.param(*few, marks=pytest.mark.slow) for few in ((1, 1), (1, 4), (8, 1)))],
)
def test_any_number_of_workers_makes_the_same_table(
    site: Site, inputs: dict[int, Input], children: int, threads: int
) -> None:
    with ExitStack() as undo:
        undo.enter_context(site.altered("processor", LRECL_POOL_SIZE=children))
        undo.enter_context(site.altered("writer", LRECL_WRITER_THREADS=threads))
        for seed, given in inputs.items():
            run_id = site.start(f"workers-{children}-{threads}-{seed}", given)
            report = site.assert_whole(run_id, given)
            assert report["duplicates"] == 0
