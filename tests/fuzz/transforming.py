"""Mutated records through a plan: every record is a row or a reject, and the answer can be sent."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from shared.batch.arrow import to_ipc
from shared.batch.rejects import decode_rejects, encode_rejects
from shared.codec import DateForm, FieldSpec, Kind
from shared.codec.fields import MAX_DIGITS
from shared.errors import LreclError
from shared.jobs.column_types import target_column
from shared.jobs.model import FieldOptions
from shared.records.conditions import RecordType
from shared.transform.plan import Plan, PlanColumn, RecordPlan, Rule, RuleKind, SummedField
from shared.transform.transformer import Transformer
from tests.fuzz.layouts import Layout, layout_of
from tests.fuzz.records import LAYOUTS, RECORDS, mutated

_GAP: Final = 4


class Case(NamedTuple):
    """A plan and records for it."""

    plan: Plan
    records: list[bytes]


def plan_of(layout: Layout, dice: random.Random) -> Plan:
    """Every field a column, some of them dates, some with rules, some summed."""
    columns = [
        _column(spec, around, dice) for spec, around in zip(layout.specs, layout.around, strict=True) if _fits(spec)
    ]
    rules = [Rule(RuleKind.REQUIRED, one.spec.name) for one in columns if dice.random() < 0.1]
    numbers = [one.spec.name for one in columns if one.spec.is_number]
    rules += [Rule(RuleKind.RANGE, name, minimum=-5, maximum=10**9) for name in numbers if dice.random() < 0.2]
    totals = [SummedField(name, name) for name in numbers if dice.random() < 0.3]
    record = RecordPlan(RecordType(""), layout.shape, tuple(columns), tuple(rules), tuple(totals), "S.T")
    return Plan(None, (record,))


def _fits(spec: FieldSpec) -> bool:
    """Whether a column of the database can hold the field; a job with another would not compile."""
    return not spec.is_number or spec.decimal[0] <= MAX_DIGITS


def _column(spec: FieldSpec, around: tuple[tuple[int, int], ...], dice: random.Random) -> PlanColumn:
    if spec.kind is Kind.TEXT and dice.random() < 0.2:
        form = dice.choice(tuple(DateForm))
        return PlanColumn(
            spec, target_column(spec, FieldOptions(type="date", format=form.value), nullable=True), form, around
        )
    return PlanColumn(spec, target_column(spec, FieldOptions(), nullable=True), occurrence=around)


class Transforming:
    """The target; a unit is a record."""

    units = RECORDS
    refusals: tuple[type[LreclError], ...] = ()

    def __init__(self, _folder: Path) -> None:
        pass

    def make(self, dice: random.Random) -> Case:
        layout = layout_of(dice.randrange(LAYOUTS))
        records = [layout.record(dice) for _ in range(RECORDS)]
        spoilt = dice.choice((0.1, 1))
        return Case(plan_of(layout, dice), [mutated(one, dice) if dice.random() < spoilt else one for one in records])

    def hold(self, case: Case) -> Counter[str]:
        lengths = np.array([len(record) for record in case.records], np.uint32)
        offsets = np.cumsum(lengths + _GAP, dtype=np.uint64) - lengths
        plan = Plan.from_dict(case.plan.to_dict())
        assert plan == case.plan
        found = Transformer(plan).run(b"".join(case.records), 0, 1, offsets=offsets, lengths=lengths)
        assert found.valid + len(found.rejects) + found.skipped == len(case.records)
        rejected = [reject.offset for reject in found.rejects]
        loaded = found.tables[0].offsets.tolist()
        assert sorted([*loaded, *rejected]) == offsets.tolist()
        for reject in found.rejects:
            assert bytes.fromhex(reject.raw_hex) == case.records[reject.record_no - 1]
            assert reject.field_offset >= 0
            assert reject.code[:4] in ("LRD0", "LRV0")
        assert decode_rejects(encode_rejects(found.rejects)) == found.rejects
        to_ipc(found.tables[0])
        return Counter({"rows": found.valid, "rejects": len(found.rejects)})
