"""Whole batches: rows and rejects are the records read; each reject says where and why."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from shared.batch.types import SqlType, TargetColumn
from shared.codec import DateForm, FieldSpec, Kind, Null, Sign
from shared.errors import PoisonError
from shared.transform.plan import Plan, PlanColumn, Rule, RuleKind
from shared.transform.sql_columns import python_values
from shared.transform.transformer import Outcome, Transformer

NAME = FieldSpec("NAME", Kind.TEXT, 0, 4, null_when=(Null.HIGH_VALUES,))
AMOUNT = FieldSpec("AMOUNT", Kind.PACKED, 4, 3, digits=5, scale=2, sign=Sign.TRAILING)
DAY = FieldSpec("DAY", Kind.DISPLAY, 7, 8, digits=8, null_when=(Null.ZEROS,))
COUNT = FieldSpec("COUNT", Kind.BINARY, 15, 2, digits=4, sign=Sign.TRAILING)

PLAN = Plan.fixed(
    17,
    (
        PlanColumn(NAME, TargetColumn("NAME", SqlType.VARCHAR, 4)),
        PlanColumn(AMOUNT, TargetColumn("AMOUNT", SqlType.DECIMAL, 5, 2)),
        PlanColumn(DAY, TargetColumn("DAY", SqlType.DATE, 10), DateForm.YYYYMMDD),
        PlanColumn(COUNT, TargetColumn("N", SqlType.SMALLINT)),
    ),
    (
        Rule(RuleKind.REQUIRED, "NAME"),
        Rule(RuleKind.RANGE, "AMOUNT", minimum=-100),
        Rule(RuleKind.IN_LIST, "COUNT", values=(1, 2, 3)),
        Rule(RuleKind.RANGE, "COUNT", maximum=3),
    ),
    ("AMOUNT", "COUNT"),
    "LRECL.STG",
)


def record(name: str = "ADA", amount: str = "00150C", day: str = "20240229", count: int = 1) -> bytes:
    text = name.ljust(4).encode("cp037") + bytes.fromhex(amount) + day.encode("cp037")
    return text + count.to_bytes(2, "big", signed=True)


def run(*records: bytes, offset: int = 0, first: int = 1) -> Outcome:
    return Transformer(PLAN).run(b"".join(records), offset, first)


def rows(found: Outcome) -> list[tuple[Any, ...]]:
    return list(zip(*(python_values(column) for column in found.tables[0].columns), strict=True))


def test_good_records_become_rows() -> None:
    found = run(record(), record("É", "12345D".replace("12345", "00100"), "00000000", 3), offset=340)
    assert rows(found) == [("ADA", Decimal("1.50"), "2024-02-29", 1), ("É", Decimal("-1.00"), None, 3)]
    assert found.tables[0].offsets.tolist() == [340, 357]
    assert not found.rejects


@pytest.mark.parametrize(
    ("bad", "field", "code", "field_offset", "hexed"),
    [
        (record(amount="0A150C"), "AMOUNT", "LRD001", 4, "0A150C"),
        (record(amount="001505"), "AMOUNT", "LRD002", 6, "001505"),
        (record(amount="00101D"), "AMOUNT", "LRV002", 4, "00101D"),
        (record(day="2024?229"), "DAY", "LRD003", 11, "6F"),
        (record(day="20230229"), "DAY", "LRV004", 7, "F2F0F2F3F0F2F2F9"),
        (record(name=""), "NAME", "LRV001", 0, "40404040"),
        (record(name="\x9f" * 4), "NAME", "LRV001", 0, "FFFFFFFF"),
        (record(count=4), "COUNT", "LRV003", 15, "0004"),
        (record(count=10_000), "COUNT", "LRD006", 15, "10000"),
    ],
)
def test_a_reject_says_where_what_and_why(bad: bytes, field: str, code: str, field_offset: int, hexed: str) -> None:
    found = run(record(), bad, record(), offset=1_700, first=101)
    (reject,) = found.rejects
    assert (reject.field, reject.code, reject.field_offset) == (field, code, field_offset)
    assert (reject.offset, reject.record_no, reject.raw_hex) == (1_717, 102, bad.hex())
    assert reject.faults == 1
    assert hexed in reject.message
    assert found.tables[0].offsets.tolist() == [1_700, 1_734]


def test_the_first_faulty_field_stands_for_all_and_fields_are_counted() -> None:
    (reject,) = run(record(amount="FFFFFF", day="99999999", count=9)).rejects
    assert (reject.field, reject.code, reject.faults) == ("AMOUNT", "LRD001", 3)


def test_of_two_rules_the_jobs_first_one_speaks() -> None:
    (reject,) = run(record(count=4)).rejects
    assert (reject.code, reject.faults) == ("LRV003", 1)


def test_a_field_that_did_not_decode_is_not_held_to_rules() -> None:
    (reject,) = run(record(count=-10_000)).rejects
    assert (reject.code, reject.faults) == ("LRD006", 1)


def test_totals_split_accepted_rejected_unreadable() -> None:
    found = run(record(), record(count=4), record(amount="0000AA"), record(amount="00050D", count=2))
    amount, count = found.totals
    assert (amount.name, amount.scale, amount.valid, amount.rejected, amount.unreadable) == ("AMOUNT", 2, 100, 150, 1)
    assert (count.name, count.valid, count.rejected, count.unreadable) == ("COUNT", 3, 5, 0)


@pytest.mark.parametrize("records", [[], [record(count=9)] * 3])
def test_batches_without_rows(records: list[bytes]) -> None:
    found = run(*records)
    assert len(found.tables[0]) == 0
    assert len(found.rejects) == len(records)
    assert rows(found) == []


def test_part_of_a_record_is_poison() -> None:
    with pytest.raises(PoisonError) as caught:
        run(record()[:-1])
    assert caught.value.code == "LRP020"


def test_a_memoryview_will_do_and_may_be_overwritten_afterwards() -> None:
    data = bytearray(record() * 3)
    found = Transformer(PLAN).run(memoryview(data), 0, 1)
    expected = rows(found)
    data[:] = bytes(len(data))
    assert rows(found) == expected


def test_a_batch_is_its_parts() -> None:
    records = [record(), record(count=9), record("BOB"), record(amount="FFFFFF"), record(day="00000000")]
    whole = run(*records)
    parts = [run(one, offset=17 * place, first=1 + place) for place, one in enumerate(records)]
    assert rows(whole) == [row for part in parts for row in rows(part)]
    assert whole.rejects == [reject for part in parts for reject in part.rejects]
    assert whole.totals[0].valid == sum(part.totals[0].valid for part in parts)


def test_a_plan_travels_as_json() -> None:
    again = Plan.from_dict(json.loads(json.dumps(PLAN.to_dict())))
    assert again == PLAN
    assert type(again.records[0].columns[0].spec.kind) is Kind
    assert type(again.records[0].columns[2].date_form) is DateForm


def test_wide_numbers_keep_all_digits() -> None:
    spec = FieldSpec("WIDE", Kind.PACKED, 0, 16, digits=31, scale=3, sign=Sign.TRAILING)
    plan = Plan.fixed(
        16,
        (PlanColumn(spec, TargetColumn("WIDE", SqlType.DECIMAL, 31, 3)),),
        (Rule(RuleKind.RANGE, "WIDE", maximum=10**30),),
        ("WIDE",),
        "S.T",
    )
    digits = "1" * 30 + "2"
    good, bad = bytes.fromhex("0" + "9" * 30 + "C"), bytes.fromhex(digits + "C")
    found = Transformer(plan).run(good * 20 + bad, 0, 1)
    assert rows(found) == [(Decimal("9" * 27 + ".999"),)] * 20
    assert (found.totals[0].valid, found.totals[0].rejected) == (20 * int("9" * 30), int(digits))
    assert found.rejects[0].message.startswith(f"{digits[:28]}.{digits[28:]} is outside the range ")


def test_rows_are_dropped_where_rejects_are() -> None:
    counts = np.random.default_rng(1).integers(1, 6, 500).tolist()
    found = run(*(record(count=count) for count in counts))
    assert [row[3] for row in rows(found)] == [count for count in counts if count <= 3]
    assert [reject.record_no - 1 for reject in found.rejects] == [
        place for place, count in enumerate(counts) if count > 3
    ]
