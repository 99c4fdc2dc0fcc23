"""How fields are read: the job's word, the group's, the table's and the field's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.batch.types import SqlType
from shared.codec import Controls, FloatForm, Invalid, Kind, Null, Trim
from shared.errors import LreclError
from shared.transform.plan import Plan, PlanColumn
from tests.support.definitions import compiled, payments

COPYBOOK = """\
       01  REC.
           05  ID              PIC 9(04).
           05  GRP.
               10  TXT         PIC X(04).
               10  NUM         PIC S9(03) COMP-3.
               10  TAB         PIC X(02) OCCURS 3.
           05  NATIVE          PIC S9(04) COMP-5.
           05  BIN             PIC S9(04) COMP.
           05  FLT             COMP-1.
           05  PTR             POINTER.
           05  EDT             PIC ZZ9.99.
           05  ALT             REDEFINES EDT.
               10  ALT-A       PIC X(03).
               10  ALT-B       PIC X(03).
               10  ALT-C       REDEFINES ALT-B PIC 9(03).
"""

TARGET = "target: {staging_table: S, final_table: T, key: [ID]}\n"


def columns(root: Path, sections: str) -> dict[str, PlanColumn]:
    definition = f"job: payments\ncopybook: {{path: payment.cpy}}\n{TARGET}{sections}"
    (record,) = Plan.from_dict(payments(root, definition, COPYBOOK)[1].plan).records
    return {column.target.name: column for column in record.columns}


@pytest.mark.parametrize("trim", list(Trim))
def test_trim(tmp_path: Path, trim: Trim) -> None:
    assert columns(tmp_path, f"decoding: {{trim: {trim}}}")["TXT"].spec.trim is trim


def test_what_is_said_nearer_to_the_field_holds(tmp_path: Path) -> None:
    found = columns(
        tmp_path,
        "decoding: {trim: both, null_when: [spaces]}\n"
        "fields:\n  REC: {code_page: cp500}\n  GRP: {trim: none, code_page: cp273}\n"
        "  TAB: {trim: left, null_when: []}\n  TAB(2): {trim: right}\n",
    )
    assert [found[name].spec.trim.value for name in ("TXT", "TAB_1", "TAB_2", "TAB_3", "EDT")] == [
        "none",
        "left",
        "right",
        "left",
        "both",
    ]
    assert [found[name].spec.code_page for name in ("ID", "TXT", "TAB_2")] == ["cp500", "cp273", "cp273"]
    assert [found[name].spec.null_when for name in ("TXT", "TAB_2")] == [(Null.SPACES,), ()]


def test_floats_signs_controls_and_edited_numbers(tmp_path: Path) -> None:
    found = columns(
        tmp_path,
        "decoding: {float_form: ieee, strict_sign: true, padded_digits: true, controls: space, edited: number}",
    )
    assert (found["FLT"].spec.float_form, found["NUM"].spec.float_form) == (FloatForm.IEEE, FloatForm.IBM)
    assert found["NUM"].spec.strict_sign is True
    assert [found[name].spec.padded for name in ("ID", "NUM")] == [True, False]
    assert [found[name].spec.controls for name in ("TXT", "NUM")] == [Controls.SPACE, Controls.KEEP]
    assert (found["EDT"].spec.kind, found["EDT"].target.sql_type) == (Kind.EDITED, SqlType.DECIMAL)


def test_edited_numbers_are_text_where_the_job_wants_it_so(tmp_path: Path) -> None:
    found = columns(tmp_path, "decoding: {edited: number}\nfields: {EDT: {edited: text}}")
    assert (found["EDT"].spec.kind, found["EDT"].target.sql_type) == (Kind.TEXT, SqlType.VARCHAR)


def test_the_machines_own_numbers_have_its_byte_order(tmp_path: Path) -> None:
    found = columns(tmp_path, "decoding: {byte_order: little}")
    little = {name for name, column in found.items() if column.spec.little_endian}
    assert little == {"NATIVE", "FLT"}


def test_a_field_may_have_a_byte_order_of_its_own(tmp_path: Path) -> None:
    found = columns(
        tmp_path, "decoding: {byte_order: little}\nfields: {BIN: {byte_order: little}, FLT: {byte_order: big}}"
    )
    assert {name for name, column in found.items() if column.spec.little_endian} == {"NATIVE", "BIN"}


def test_zeros_mean_nothing_to_bytes_without_a_number(tmp_path: Path) -> None:
    found = columns(tmp_path, "decoding: {null_when: [zeros, low_values]}")
    assert found["PTR"].spec.null_when == (Null.LOW_VALUES,)
    assert found["NUM"].spec.null_when == (Null.ZEROS, Null.LOW_VALUES)


@pytest.mark.parametrize(
    ("word", "invalid", "raw"),
    [("reject", Invalid.REJECT, False), ("null", Invalid.NULL, False), ("raw", Invalid.NULL, True)],
)
def test_values_that_do_not_decode(tmp_path: Path, word: str, invalid: Invalid, raw: bool) -> None:
    found = columns(tmp_path, f'fields: {{NUM: {{invalid: "{word}"}}}}')
    assert found["NUM"].spec.invalid is invalid
    assert ("NUM_RAW" in found) is raw
    assert found["TXT"].spec.invalid is Invalid.REJECT


def test_bytes_that_did_not_decode_are_shown_beside_the_value(tmp_path: Path) -> None:
    found = columns(tmp_path, "decoding: {invalid: raw}\nfields: {NUM: {column: AMOUNT}}")
    value, shown = found["AMOUNT"], found["AMOUNT_RAW"]
    assert (shown.shows_raw, shown.spec.kind) == (True, Kind.RAW)
    assert (shown.spec.offset, shown.spec.length) == (value.spec.offset, value.spec.length)
    assert (shown.target.sql_type, shown.target.length, shown.target.nullable) == (SqlType.VARCHAR, 4, True)
    names = list(found)
    assert names.index("AMOUNT_RAW") == names.index("AMOUNT") + 1


def test_a_group_can_be_left_out_and_an_item_of_it_taken_back(tmp_path: Path) -> None:
    found = columns(tmp_path, "fields: {GRP: {skip: true}, TAB(3): {skip: false}}")
    assert {"TXT", "NUM", "TAB_1", "TAB_2"}.isdisjoint(found)
    assert "TAB_3" in found


def test_a_table_has_one_name_for_all_of_its_columns(tmp_path: Path) -> None:
    found = columns(tmp_path, "fields: {TAB: {column: SLOT}, TAB(2): {column: SECOND}}")
    assert {"SLOT_1", "SECOND", "SLOT_3"} <= set(found)


def test_a_redefining_group_that_is_named_is_loaded_as_a_whole(tmp_path: Path) -> None:
    found = columns(tmp_path, "fields: {ALT: {}}")
    assert {"EDT", "ALT_A", "ALT_B"} <= set(found)
    assert "ALT_C" not in found, "it redefines, and is not named"


def test_without_a_word_all_is_as_ever(tmp_path: Path) -> None:
    found = columns(tmp_path, "")
    assert set(found) == {"ID", "TXT", "NUM", "TAB_1", "TAB_2", "TAB_3", "NATIVE", "BIN", "FLT", "EDT", "PTR"}
    spec = found["TXT"].spec
    assert (spec.trim, spec.null_when, spec.invalid, spec.code_page) == (Trim.RIGHT, (), Invalid.REJECT, "cp037")


def test_several_copybooks_describe_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "payments").mkdir()
    for name, text in (
        ("a", "       01  A.\n           05  X PIC X(5).\n"),
        ("b", "       01  B.\n           05  Y PIC 9.\n"),
    ):
        (tmp_path / "payments" / f"{name}.cpy").write_text(text)
    definition = "job: payments\ncopybook: {paths: [a.cpy, b.cpy]}\nfields: {B: {}}\n" + TARGET.replace("ID", "X")
    (tmp_path / "payments" / "job.yaml").write_text(definition)
    job = compiled(tmp_path, "payments")[1]
    (record,) = Plan.from_dict(job.plan).records
    assert [(column.spec.name, column.spec.offset) for column in record.columns] == [("X", 0), ("Y", 0)]
    assert (job.plan["record_length"], record.type.name) == (5, "A")


@pytest.mark.parametrize(
    ("code", "sections", "key"),
    [
        ("LRJ056", "fields: {GRP: {column: X}}", "fields.GRP"),
        ("LRJ056", "fields: {GRP: {type: varchar}}", "fields.GRP"),
        ("LRJ051", "fields: {TAB(4): {}}", "fields.TAB(4)"),
        ("LRJ007", "decoding: {trim: middle}", "decoding.trim"),
        ("LRJ007", "decoding: {column: X}", "decoding.column"),
        ("LRJ031", "fields: {TXT: {type: double}}", "fields.TXT"),
        ("LRJ032", "fields: {NUM: {type: double}}", "fields.NUM"),
        ("LRD901", "fields: {TXT: {code_page: cp999999}}", "fields.TXT"),
        ("LRJ054", "fields: {TXT: {column: NUM_RAW}, NUM: {invalid: raw}}", "fields.NUM RAW"),
        ("LRD906", "fields: {ID: {code_page: utf-16}}", "fields.ID"),
    ],
)
def test_what_does_not_fit_has_a_code_and_a_place(tmp_path: Path, code: str, sections: str, key: str) -> None:
    with pytest.raises(LreclError) as caught:
        columns(tmp_path, sections)
    context: dict[str, Any] = caught.value.context
    assert (caught.value.code, context["key"]) == (code, key)
    assert context["line"] == 4
