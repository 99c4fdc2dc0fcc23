"""Several types of records in one file: told apart, related, each with a table of its own."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from shared.errors import LreclError
from shared.jobs.compile import CompiledJob
from shared.records.conditions import type_of
from shared.transform.plan import Plan, RecordPlan
from shared.transform.sql_columns import python_values
from shared.transform.transformer import Transformer
from tests.support.definitions import JOBS, ORDERS, TYPED, compiled, payments, typed


def records(job: CompiledJob) -> dict[str, RecordPlan]:
    return {record.type.name: record for record in Plan.from_dict(job.plan).records}


def names(record: RecordPlan) -> list[str]:
    return [column.target.name for column in record.columns]


def test_types_are_told_by_bytes(tmp_path: Path) -> None:
    job = typed(tmp_path)
    types = Plan.from_dict(job.plan).types
    assert [type_of(types, record) for record in (b"H1", b"L", b"M", b"?", b"")] == [0, 1, 1, 2, 2]
    assert [one.parent for one in types] == [None, "HEADS", None]


def test_redefinitions_that_hold_are_loaded_and_others_are_not(tmp_path: Path) -> None:
    plans = records(typed(tmp_path))
    assert names(plans["HEADS"]) == ["KIND", "CUST", "HEAD_NAME"]
    assert names(plans["LINES"]) == ["KIND", "ITEM", "NOTES", "NOTE_1", "NOTE_2", "NOTE_3", "LINE_NAME"]
    assert [column.occurrence for column in plans["LINES"].columns][3:6] == [((0, 1),), ((0, 2),), ((0, 3),)]
    assert [table.name for table in plans["LINES"].shape.tables] == ["NOTE"]
    assert plans["HEADS"].shape.tables == ()


def test_inherited_columns_come_first_and_may_be_keys(tmp_path: Path) -> None:
    job = typed(tmp_path)
    (inherited,) = records(job)["LINES"].inherited
    assert (inherited.ancestor, inherited.column.spec.name, inherited.column.target.nullable) == (
        "HEADS",
        "CUST",
        False,
    )
    lines = job.tables[1]
    assert (lines.record_type, lines.key) == ("LINES", ["CUST", "ITEM"])
    assert [column.name for column in lines.targets][:2] == ["CUST", "KIND"]


def test_a_type_without_target_has_no_table(tmp_path: Path) -> None:
    job = typed(tmp_path)
    assert records(job)["REST"].staging_table == ""
    assert [table.record_type for table in job.tables] == ["HEADS", "LINES"]


def test_totals_are_named_by_type_and_field(tmp_path: Path) -> None:
    job = typed(tmp_path)
    assert [(one.name, one.table, one.column) for one in job.totals] == [("LINES.ITEM", "LRECL.S_LINES", "ITEM")]
    assert [(total.name, total.field) for total in records(job)["LINES"].totals] == [("LINES.ITEM", "ITEM")]


def test_fields_of_the_whole_job_are_what_types_start_from(tmp_path: Path) -> None:
    shared = "fields:\n  KIND: {skip: true}\n  LINE.NAME: {column: WORD}\nrecords:"
    plans = records(typed(tmp_path, ("records:", shared), ("  REST: {}", "  REST:\n    fields: {KIND: {skip: false}}")))
    assert names(plans["HEADS"]) == ["CUST", "HEAD_NAME"], "that the job speaks of a redefinition loads it nowhere"
    assert names(plans["LINES"])[-1] == "WORD"
    assert names(plans["REST"])[0] == "KIND", "the type's own word goes before the job's"


def test_unmatched_records_can_be_read_over(tmp_path: Path) -> None:
    job = typed(tmp_path, ("  REST: {}\n", "unmatched: skip\n"))
    assert job.plan["skip_unmatched"] is True


def test_types_may_have_01_levels_of_their_own(tmp_path: Path) -> None:
    two = "       01  A.\n           05  K PIC X.\n           05  X PIC 9.\n       01  B.\n           05  K PIC X(3).\n"
    definition = """\
job: payments
copybook: {path: payment.cpy}
records:
  ONE: {when: {K: A}, record: A, target: {staging_table: S_A, final_table: A, key: [K]}}
  TWO: {record: B, target: {staging_table: S_B, final_table: B, key: [K]}}
"""
    job = payments(tmp_path, definition, two)[1]
    assert [(one.shape.length, names(one)) for one in records(job).values()] == [(2, ["K", "X"]), (3, ["K"])]
    assert job.plan["record_length"] == 3, "the longest of them"


def test_the_example_of_a_hierarchy_from_bytes_to_rows() -> None:
    _, job = compiled(JOBS, "orders")
    customer = f"C0000042{'Ada':<30}GB".encode("cp037") + bytes.fromhex("00000100000C")
    order = b"\xd6" + (77).to_bytes(4, "big") + "20240229".encode("cp037") + bytes.fromhex("00000001050C")
    order += f"02{'first':<20}{'second':<20}".encode("cp037")
    item = f"I001{'BOOK':<12}".encode("cp037") + bytes.fromhex("00003C000000350C")
    lengths = np.array([len(customer), len(order), len(item)], np.uint32)
    offsets = (np.cumsum(lengths) - lengths).astype(np.uint64)
    plan = Plan.from_dict(job.plan)
    outcome = Transformer(plan).run(customer + order + item, 0, 1, offsets=offsets, lengths=lengths)
    assert (outcome.rejects, outcome.valid) == ([], 3)
    rows = [next(zip(*(python_values(column) for column in table.columns), strict=True)) for table in outcome.tables]
    assert rows == [
        (42, "Ada", "GB", Decimal("1000.00")),
        (42, 77, "2024-02-29", Decimal("10.50"), "first", "second", None, None),
        (77, "2024-02-29", 1, "BOOK", 3, Decimal("3.50")),
    ]
    assert [(total.name, total.valid) for total in outcome.totals] == [
        ("ORDER.ORD-TOTAL", 1050),
        ("ITEM.ITM-QUANTITY", 3),
    ]


REFUSED = [
    ("LRJ007", "  REST: {}", "  REST: {}\ntarget: {staging_table: A, final_table: B, key: [C]}", "target"),
    ("LRJ007", "  REST: {}", "  REST: {}\nrules: [{field: CUST, required: true}]", "rules"),
    ("LRJ007", "  REST: {}", "  REST: {}\nsample: {CUST: {kind: sequence}}", "sample"),
    ("LRJ007", "  REST: {}", "  RE ST: {}", "records.RE ST"),
    ("LRJ007", "{KIND: H}", "{KIND: NO}", "records.HEADS.when"),
    ("LRJ020", "key: [CUST]", "key: [A-B]", None),
    ("LRJ020", "{CUST: HEADS.CUST}", "{C-1: HEADS.CUST}", "records.LINES.inherit.C-1"),
    ("LRJ033", "{CUST: HEADS.CUST}", "{RUN_ID: HEADS.CUST}", "records.LINES.inherit.RUN_ID"),
    ("LRC029", "redefines: [LINE]", "record: NONE", "records.LINES.record"),
    ("LRC025", "redefines: [LINE]", "redefines: [LINE, LIME]", "records.LINES.redefines.1"),
    ("LRJ051", "{KIND: H}", "{KINDS: H}", "records.HEADS.when.KINDS"),
    ("LRJ072", "{KIND: H}", "{KIND: [H, HH]}", "records.HEADS.when.KIND.1"),
    ("LRJ072", "{KIND: H}", "{KIND: \"X'C1C2'\"}", "records.HEADS.when.KIND.0"),
    ("LRJ072", "{KIND: H}", "{CUST: 123456}", "records.HEADS.when.CUST.0"),
    ("LRJ072", "{KIND: H}", "{CUST: -1}", "records.HEADS.when.CUST.0"),
    ("LRJ042", "{KIND: H}", "{CUST: x}", "records.HEADS.when.CUST.0"),
    ("LRJ073", "{KIND: [L, M]}", "{LINE.NAME: [L, M]}", "records.LINES.when.LINE.NAME"),
    ("LRJ080", "parent: HEADS", "parent: HEAD", "records.LINES.parent"),
    ("LRJ080", "when: {KIND: H}", "parent: LINES\n    when: {KIND: H}", "records.LINES.parent"),
    ("LRJ081", "when: {KIND: H}\n", "rules: []\n", "records.LINES"),
    ("LRJ082", "{CUST: HEADS.CUST}", "{CUST: REST.CUST}", "records.LINES.inherit.CUST"),
    ("LRJ051", "{CUST: HEADS.CUST}", "{CUST: HEADS.CUSTOMER}", "records.LINES.inherit.CUST"),
    ("LRJ054", "{CUST: HEADS.CUST}", "{CUST: HEADS.CUST, ITEM: HEADS.CUST}", "records.LINES.inherit.ITEM"),
    ("LRJ083", "[LINES.ITEM]", "[ITEM]", "control.totals.0"),
    ("LRJ051", "[LINES.ITEM]", "[LINES.ITEMS]", "control.totals.0"),
    ("LRJ052", "[LINES.ITEM]", "[HEADS.HEAD.NAME]", "control.totals.0"),
    ("LRJ052", "[LINES.ITEM]", "[REST.CUST]", "control.totals.0"),
    ("LRJ053", "key: [CUST, ITEM]", "key: [CUST, ITEMS]", "records.LINES.target.key.1"),
    ("LRJ084", "staging_table: S_LINES", "staging_table: S_HEADS", "records.LINES.target.staging_table"),
    ("LRJ084", "final_table: LINES", "final_table: S_HEADS", "records.LINES.target.final_table"),
]


@pytest.mark.parametrize(("code", "old", "new", "key"), REFUSED)
def test_what_does_not_fit_has_a_code_and_a_place(
    tmp_path: Path, code: str, old: str, new: str, key: str | None
) -> None:
    assert TYPED.count(old) == 1 or old == "  REST: {}"
    definition = TYPED.replace(old, new)
    with pytest.raises(LreclError) as caught:
        payments(tmp_path, definition, ORDERS)
    assert caught.value.code == code, caught.value
    if key:
        assert caught.value.context["key"] == key
        line = definition.splitlines()[int(str(caught.value.context["line"])) - 1]
        leaf = key.rpartition(".")[2]
        assert leaf.isdigit() or leaf in ("[key]", "NAME") or leaf in line
