"""Random files of several types and lengths: the same rows, rejects and totals as record by record."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.records.open_records import OpenRecords
from shared.transform.plan import Plan
from shared.transform.sql_columns import python_values
from shared.transform.transformer import Outcome, Transformer
from tests.unit.transform.reference import Expected, Input, expect, input_of, plan_of

SEEDS = st.integers(0, 2**32)


def run(plan: Plan, made: Input, first: int, start: int, stop: int) -> Outcome:
    """The batch of the records [start, stop), with those in front that later ones may belong to."""
    hierarchy = OpenRecords(plan.types)
    for offset, record in zip(made.offsets[:start], made.records[:start], strict=True):
        hierarchy.add(offset, record)
    before = hierarchy.current()
    placed = [*before, *zip(made.offsets[start:stop], made.records[start:stop], strict=True)]
    return Transformer(plan).run(
        b"".join(record for _, record in placed), placed[0][0] if placed else 0, first,
        offsets=np.array([offset for offset, _ in placed], np.uint64),
        lengths=np.array([len(record) for _, record in placed], np.uint32), open_records=len(before),
    )  # fmt: skip


def as_expected(plan: Plan, found: Outcome) -> Expected:
    rows: dict[str, list[Any]] = {}
    for record, table in zip(plan.loaded, found.tables, strict=True):
        columns = [list(python_values(column)) for column in table.columns]
        rows[record.staging_table] = list(zip(table.offsets.tolist(), *columns, strict=True))
    rejects = [
        (one.offset, one.record_no, one.field, one.field_offset, one.code, one.raw_hex, one.faults)
        for one in found.rejects
    ]
    totals = {total.name: [total.valid, total.rejected, total.unreadable] for total in found.totals}
    return Expected(rows, rejects, totals, found.skipped)


@given(SEEDS, st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_batches_are_what_records_are_one_by_one(seed: int, count: int) -> None:
    dice = random.Random(seed)
    plan = plan_of(dice)
    made = input_of(dice, plan, count)
    start = dice.randint(0, count)
    stop = dice.randint(start, count)
    found = as_expected(plan, run(plan, made, 11, start, stop))
    assert found == expect(plan, made, 11, start, stop)
    assert sum(map(len, found.rows.values())) + len(found.rejects) + found.skipped == stop - start


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_where_a_file_is_cut_into_batches_does_not_matter(seed: int) -> None:
    dice = random.Random(seed)
    plan = plan_of(dice)
    made = input_of(dice, plan, 30)
    cut = dice.randint(0, 30)
    whole = as_expected(plan, run(plan, made, 1, 0, 30))
    first, second = as_expected(plan, run(plan, made, 1, 0, cut)), as_expected(plan, run(plan, made, 1 + cut, cut, 30))
    assert {name: first.rows[name] + second.rows[name] for name in whole.rows} == whole.rows
    assert first.rejects + second.rejects == whole.rejects
    assert first.skipped + second.skipped == whole.skipped
    for name, sums in whole.totals.items():
        assert [one + other for one, other in zip(first.totals[name], second.totals[name], strict=True)] == sums


@pytest.mark.parametrize("seed", range(3))
def test_plans_of_several_types_travel_as_json(seed: int) -> None:
    plan = plan_of(random.Random(seed))
    assert Plan.from_dict(plan.to_dict()) == plan
