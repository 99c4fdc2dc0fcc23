"""Batches of several types and of varying length, case by case."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shared.batch.types import SqlType, TargetColumn
from shared.codec import FieldSpec, FloatForm, Invalid, Kind, Null, Sign
from shared.errors import PoisonError
from shared.records.conditions import Condition, RecordType
from shared.shaping import CounterField, Shape, Table
from shared.transform.plan import Inherited, Plan, PlanColumn, RecordPlan, Rule, RuleKind, SummedField
from shared.transform.sql_columns import python_values
from shared.transform.transformer import Outcome, Transformer


def kind_is(letter: str) -> tuple[Condition, ...]:
    return (Condition("KIND", 0, frozenset({letter.encode("cp037")}), 0x40),)


def text(name: str, offset: int, length: int) -> PlanColumn:
    return PlanColumn(FieldSpec(name, Kind.TEXT, offset, length), TargetColumn(name, SqlType.VARCHAR, length))


def number(name: str, offset: int, length: int, **more: Any) -> PlanColumn:
    spec = FieldSpec(name, Kind.DISPLAY, offset, length, length, **more)
    return PlanColumn(spec, TargetColumn(name, SqlType.INTEGER))


HEAD = RecordPlan(
    RecordType("HEAD", kind_is("H")), Shape(4, 4, shifting=False),
    (number("NO", 1, 2), text("FLAG", 3, 1)), (Rule(RuleKind.REQUIRED, "FLAG"),), (SummedField("HEAD.NO", "NO"),),
    "S.HEAD",
)  # fmt: skip
LINE = RecordPlan(
    RecordType("LINE", kind_is("L"), "HEAD"), Shape(4, 4, shifting=False), (number("SUM", 1, 3),), (),
    (SummedField("LINE.SUM", "SUM"),), "S.LINE", (Inherited("HEAD", number("NO", 1, 2)),),
)  # fmt: skip
SKIPPED = RecordPlan(RecordType("NOTE", kind_is("N")), Shape(4, 4, shifting=False), (), (), (), "")
PLAN = Plan(4, (HEAD, LINE, SKIPPED))


def run(plan: Plan, *records: str, **more: Any) -> Outcome:
    return Transformer(plan).run("".join(records).encode("cp037"), 1_000, 1, **more)


def rows(found: Outcome) -> list[list[tuple[Any, ...]]]:
    return [list(zip(*map(python_values, table.columns), strict=True)) for table in found.tables]


def test_each_type_goes_into_its_own_table_and_all_are_counted() -> None:
    found = run(PLAN, "H01X", "L100", "Nabc", "L200", "H02X", "Zabc", "L300")
    assert rows(found) == [[(1, "X"), (2, "X")], [(1, 100), (1, 200), (2, 300)]]
    assert [table.offsets.tolist() for table in found.tables] == [[1000, 1016], [1004, 1012, 1024]]
    assert [(one.offset, one.record_no, one.code) for one in found.rejects] == [(1020, 6, "LRV005")]
    assert (found.valid, found.skipped) == (5, 1)
    assert [(one.name, one.valid) for one in found.totals] == [("HEAD.NO", 3), ("LINE.SUM", 600)]


def test_unmatched_records_are_skipped_where_the_job_says_so() -> None:
    found = run(replace(PLAN, skip_unmatched=True), "Zabc", "H01X")
    assert (found.rejects, found.skipped, found.valid) == ([], 1, 1)


def test_rejects_come_in_record_order_whatever_their_type() -> None:
    found = run(PLAN, "L*00", "H01 ", "Zabc", "L*00", "H*0X")
    assert [one.record_no for one in found.rejects] == [1, 2, 3, 4, 5]
    assert [one.code for one in found.rejects] == ["LRV006", "LRV001", "LRV005", "LRD003", "LRD003"]
    assert found.rejects[0].faults == 2, "its own field, too"


def test_a_child_without_parent_says_which() -> None:
    (reject,) = run(PLAN, "L100").rejects
    assert (reject.code, reject.field, reject.message) == ("LRV006", "", "no HEAD record before it")


def test_children_of_a_parent_whose_field_cannot_be_read_say_where_it_is() -> None:
    found = run(PLAN, "H01X", "H*0X", "L100", "L200")
    assert [one.code for one in found.rejects] == ["LRD003", "LRV007", "LRV007"]
    assert found.rejects[1].field == "NO"
    assert found.rejects[1].message.startswith("NO of the HEAD record at offset 1004, byte 1: X'5C' ")
    assert found.rejects[1].message.endswith("(LRD003)")
    assert found.totals[1].rejected == 300


def test_children_of_a_parent_rejected_for_another_field_are_loaded() -> None:
    found = run(PLAN, "H01 ", "L100")
    assert rows(found) == [[], [(1, 100)]]
    assert [one.code for one in found.rejects] == ["LRV001"]


def test_a_parent_without_table_is_read_for_its_children_and_counted_as_skipped() -> None:
    found = run(replace(PLAN, records=(replace(HEAD, staging_table=""), LINE)), "H01 ", "L100")
    assert rows(found) == [[(1, 100)]]
    assert (found.skipped, found.rejects) == (1, [])


def test_a_parent_is_needed_though_nothing_is_inherited() -> None:
    plan = Plan(4, (replace(HEAD, staging_table=""), replace(LINE, inherited=())))
    assert [one.record_no for one in run(plan, "L100", "H01X", "L100").rejects] == [1]


def test_an_inherited_key_must_have_a_value() -> None:
    column = number("NO", 1, 2, null_when=(Null.SPACES,))
    key = replace(column, target=replace(column.target, nullable=False))
    plan = Plan(
        4, (replace(HEAD, columns=(column,), rules=(), totals=()), replace(LINE, inherited=(Inherited("HEAD", key),)))
    )
    (reject,) = run(plan, "H  X", "L100", "H01X", "L100").rejects
    assert (reject.record_no, reject.field, reject.code) == (2, "NO", "LRV001")
    may_be_null = replace(plan, records=(plan.records[0], replace(LINE, inherited=(Inherited("HEAD", column),))))
    assert rows(run(may_be_null, "H  X", "L100"))[1] == [(None, 100)]


def test_records_before_the_batch_are_parents_and_nothing_else() -> None:
    figures = np.array([1000, 1004, 1008], np.uint64), np.array([4, 4, 4], np.uint32)
    found = run(PLAN, "H07 ", "L100", "L*00", offsets=figures[0], lengths=figures[1], open_records=1)
    assert rows(found) == [[], [(7, 100)]]
    assert [(one.record_no, one.offset) for one in found.rejects] == [(2, 1008)]
    assert [(one.valid, one.rejected, one.unreadable) for one in found.totals] == [(0, 0, 0), (100, 0, 1)]
    assert found.skipped == 0


@pytest.mark.parametrize(
    ("offsets", "lengths", "before"),
    [
        ([0], None, 0),
        (None, [4], 0),
        (None, None, 1),
        ([0, 4], [4], 0),
        ([0], [3], 0),
        ([0, 3], [3, 1], 0),
        ([0], [4], 2),
    ],
)
def test_parts_that_do_not_fit_are_poison(offsets: Any, lengths: Any, before: int) -> None:
    arrays = [None if one is None else np.array(one, np.uint64) for one in (offsets, lengths)]
    with pytest.raises(PoisonError) as caught:
        run(PLAN, "H01X", offsets=arrays[0], lengths=arrays[1], open_records=before)
    assert caught.value.code == "LRP021"


def test_varying_records_need_their_lengths() -> None:
    with pytest.raises(PoisonError) as caught:
        run(replace(PLAN, record_length=None), "H01X")
    assert caught.value.code == "LRP021"


COUNTER = FieldSpec("N", Kind.DISPLAY, 0, 1, 1)
ITEMS = [replace(number(f"Q{place}", place, 1), occurrence=((0, place),)) for place in (1, 2, 3)]


def table(*, shifting: bool, length: int | None) -> Plan:
    shape = Shape(6, 3 if shifting else 6, shifting, (Table(1, 1, 0, 3, 0, None, "Q"),), (CounterField(COUNTER),))
    rules = (Rule(RuleKind.REQUIRED, "Q2"), Rule(RuleKind.RANGE, "Q2", minimum=1), Rule(RuleKind.REQUIRED, "TAIL"))
    columns = (PlanColumn(COUNTER, TargetColumn("N", SqlType.SMALLINT)), *ITEMS, text("TAIL", 4, 2))
    return Plan(length, (RecordPlan(RecordType(""), shape, columns, rules, (SummedField("Q2", "Q2"),), "S.T"),))


def varying(plan: Plan, *records: str) -> Outcome:
    lengths = [len(record) for record in records]
    offsets = [4 + sum(lengths[:place]) + 4 * place for place in range(len(records))]
    return run(plan, *records, offsets=np.array(offsets, np.uint64), lengths=np.array(lengths, np.uint32))


def test_a_table_that_moves_what_is_behind_it() -> None:
    found = varying(table(shifting=True, length=None), "312 AB", "0AB", "19AB", "20", "9AB", "?", "2 7AB", "17A")
    assert rows(found) == [[(0, None, None, None, "AB"), (1, 9, None, None, "AB"), (1, 7, None, None, "A")]]
    told = [(one.record_no, one.field, one.field_offset, one.code) for one in found.rejects]
    assert told == [
        (1, "Q3", 3, "LRD004"),
        (4, "Q2", 2, "LRV001"),
        (5, "N", 0, "LRD041"),
        (6, "N", 0, "LRD040"),
        (7, "Q1", 1, "LRD004"),
    ]
    assert found.rejects[1].message == "the field is required and empty, the record ends before it"
    assert found.rejects[1].faults == 2, "TAIL is missing as well"
    assert found.rejects[2].raw_hex == "f9c1c2"
    assert [(one.valid, one.rejected, one.unreadable) for one in found.totals] == [(0, 9, 2)]


def test_the_offset_told_is_that_in_the_record() -> None:
    plan = table(shifting=True, length=None)
    (reject,) = varying(plan, "15  ").rejects
    assert (reject.field, reject.field_offset) == ("TAIL", 2)


def test_elements_beyond_the_counter_of_fixed_records_are_not_judged() -> None:
    found = run(table(shifting=False, length=6), "1500AB", "0xxxAB", "250xAB")
    assert rows(found) == [[(1, 5, None, None, "AB"), (0, None, None, None, "AB")]]
    assert [(one.field, one.field_offset, one.code) for one in found.rejects] == [("Q2", 2, "LRV002")]
    assert found.totals[0].valid == 0


def test_numbers_that_the_record_cuts_off_are_rejected_and_texts_are_not() -> None:
    columns = (text("NAME", 0, 3), number("SUM", 3, 3))
    plan = Plan(None, (RecordPlan(RecordType(""), Shape(6, 6, shifting=False), columns, (), (), "S.T"),))
    found = varying(plan, "ADA123", "ADA12", "ADA", "AD", "")
    assert rows(found) == [[("ADA", 123), ("ADA", None), ("AD", None), (None, None)]]
    (reject,) = found.rejects
    assert (reject.code, reject.field, reject.field_offset) == ("LRV008", "SUM", 3)
    assert reject.message == "the record ends after 2 of the field's 3 bytes (X'F1F2')"


def test_invalid_values_may_be_null_and_show_their_bytes() -> None:
    spec = FieldSpec("RATE", Kind.FLOAT, 0, 8, float_form=FloatForm.IEEE, invalid=Invalid.NULL)
    rate = PlanColumn(spec, TargetColumn("RATE", SqlType.DOUBLE))
    raw = PlanColumn(
        FieldSpec("RATE RAW", Kind.RAW, 0, 8), TargetColumn("RATE_RAW", SqlType.VARCHAR, 16), shows_raw=True
    )
    plan = Plan.fixed(8, (rate, raw), (), (), "S.T")
    nan = struct.pack(">d", float("nan"))
    found = Transformer(plan).run(struct.pack(">d", 2.5) + nan, 0, 1)
    assert rows(found) == [[(2.5, None), (None, nan.hex().upper())]]
    assert found.rejects == []
    required = Plan.fixed(8, (rate, raw), (Rule(RuleKind.REQUIRED, "RATE"),), (), "S.T")
    assert [one.code for one in Transformer(required).run(nan, 0, 1).rejects] == ["LRV001"]


def test_bytes_shown_of_nothing_are_a_plan_that_cannot_be() -> None:
    raw = PlanColumn(FieldSpec("A RAW", Kind.RAW, 0, 2), TargetColumn("A_RAW", SqlType.VARCHAR, 4), shows_raw=True)
    with pytest.raises(PoisonError) as caught:
        Transformer(Plan.fixed(2, (raw,), (), (), "S.T"))
    assert caught.value.code == "LRP022"


def test_bytes_of_a_parents_field_can_be_inherited_alone() -> None:
    value = number("NO", 1, 2, invalid=Invalid.NULL)
    raw = PlanColumn(FieldSpec("NO RAW", Kind.RAW, 1, 2), TargetColumn("NO_RAW", SqlType.VARCHAR, 4), shows_raw=True)
    head = replace(HEAD, columns=(value, raw), rules=(), totals=(), staging_table="")
    plan = Plan(4, (head, replace(LINE, inherited=(Inherited("HEAD", raw),))))
    assert rows(run(plan, "H*0X", "L100", "H01X", "L200")) == [[("5CF0", 100), (None, 200)]]


def test_wide_and_signed_values_are_inherited_as_they_are() -> None:
    spec = FieldSpec("WIDE", Kind.PACKED, 1, 16, 31, 3, Sign.TRAILING)
    column = PlanColumn(spec, TargetColumn("WIDE", SqlType.DECIMAL, 31, 3))
    head = RecordPlan(RecordType("HEAD", kind_is("H")), Shape(17, 17, shifting=False), (), (), (), "")
    plan = Plan(None, (head, replace(LINE, inherited=(Inherited("HEAD", column),), totals=())))
    data = "H".encode("cp037") + bytes.fromhex("1" * 31 + "D") + "L100".encode("cp037")
    found = Transformer(plan).run(data, 0, 1, offsets=np.array([0, 17]), lengths=np.array([17, 4]))
    ((value, amount),) = rows(found)[0]
    assert (str(value), amount) == (f"-{'1' * 28}.111", 100)
