"""Jobs for delimited files: which value is which item, how it is read, and what rows cannot give."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.errors import InputError, LreclError
from shared.jobs.compile import CompiledJob
from shared.transform.plan import Plan
from tests.support.definitions import COPYBOOK, DEFINITION, payments
from tests.unit.rows.jobs import TestJob

PERSON = """\
       01  PERSON.
           05  K              PIC 9(4) COMP.
           05  FULL-NAME      PIC X(6).
           05  FILLER         PIC X(2).
           05  PAY            PIC S9(5)V99 COMP-3.
           05  BORN           PIC X(10).
           05  SCORES OCCURS 2.
               10  SCORE      PIC 9V9.
               10  NOTE       PIC N(2) USAGE NATIONAL.
           05  BORN-PARTS     PIC S9(38) SIGN LEADING SEPARATE.
           05  RATE           COMP-2.
           05  COUNTED        PIC ZZ9.9.
           05  COUNTED-AGAIN  REDEFINES COUNTED PIC X(3).
"""
ASCII = {"record_format": "DELIMITED", "encoding": "ascii", "code_page": "utf-8"}
FIELDS = {"BORN": {"type": "date", "format": "YYYY-MM-DD"}, "COUNTED": {"edited": "number"}}


def people(**given: Any) -> TestJob:
    return TestJob(PERSON, input=ASCII | given, fields=FIELDS)


GOOD = '7,"Zoë, B",whatever,-12.5,1906-12-09,1.5,漢字,,,-9,1.5e3,12.5\n8,,,,,,,,,,,\n'.encode()
ROWS = [
    {
        "K": 7,
        "FULL_NAME": "Zoë, B",
        "PAY": Decimal("-12.50"),
        "BORN": "1906-12-09",
        "SCORE_1": Decimal("1.5"),
        "NOTE_1": "漢字",
        "SCORE_2": None,
        "NOTE_2": "",
        "BORN_PARTS": "-9",
        "RATE": 1500.0,
        "COUNTED": Decimal("12.5"),
    },
    dict.fromkeys(
        ("PAY", "BORN", "SCORE_1", "SCORE_2", "BORN_PARTS", "RATE", "COUNTED"),
    )
    | {"K": 8, "FULL_NAME": "", "NOTE_1": "", "NOTE_2": ""},
]


def test_values_are_the_items_in_their_order_whatever_their_usage() -> None:
    with people() as job:
        found = job.flat(GOOD)
        assert [{name: value for name, value in row.items() if name != "_type"} for row in found] == ROWS
        assert not job.rejects


def test_columns_are_as_wide_as_the_pictures_in_characters() -> None:
    with people() as job:
        columns = {column["name"]: column for column in job.compiled.tables[0].columns}
    assert {name: columns[name]["length"] for name in ("FULL_NAME", "NOTE_1")} == {"FULL_NAME": 6, "NOTE_1": 2}
    assert (columns["K"]["sql_type"], columns["RATE"]["sql_type"]) == ("SMALLINT", "DOUBLE")
    assert (columns["PAY"]["length"], columns["PAY"]["scale"]) == (7, 2)
    assert columns["COUNTED"]["sql_type"] == "DECIMAL"


def test_the_plan_travels() -> None:
    with people(delimiter=";", header=True) as job:
        plan = Plan.from_dict(json.loads(json.dumps(job.compiled.plan)))
        assert plan.to_dict() == job.compiled.plan
    assert plan.rows is not None
    assert [cell.name for cell in plan.rows.cells][:3] == ["K", "FULL-NAME", "FILLER"]
    assert len(plan.rows.cells) == 12
    assert "header" not in plan.rows.framing


@pytest.mark.parametrize(
    ("row", "code", "field", "offset"),
    [
        ('1,"a",x,1.234,,,,,,,,', "LRD014", "PAY", 8),
        ("1,a,x,ten,,,,,,,,", "LRD013", "PAY", 6),
        ("-1,a,x,,,,,,,,,", "LRD014", "K", 0),
        ("1,abcdefg,x,,,,,,,,,", "LRV010", "FULL-NAME", 2),
        ("1,a,longer filler,,1906-13-09,,,,,,,", "LRV004", "BORN", 19),
        ("1,a,x", "LRV009", "", 0),
        (",a,x,,,,,,,,,", "LRV001", "K", 0),
        ("1,a,x,,,,,,,,1e999,", "LRD013", "RATE", 13),
    ],
)
def test_rejects_say_what_and_where_and_keep_the_row(row: str, code: str, field: str, offset: int) -> None:
    with people() as job:
        assert len(job.flat(f"{row}\n".encode() + GOOD)) == 2
        (reject,) = job.rejects
    assert (reject.code, reject.field, reject.field_offset) == (code, field, offset)
    assert bytes.fromhex(reject.raw_hex) == row.encode()
    assert (reject.record_no, reject.offset) == (1, 0)


def test_what_does_not_decode_may_be_null_beside_its_bytes() -> None:
    with TestJob(PERSON, input=ASCII, fields={"PAY": {"invalid": "raw"}, "SCORES": {"invalid": "null"}}) as job:
        (row,) = job.flat(b"1,a,,x1,,99,,,,,,\n")
        assert (row["PAY"], bytes.fromhex(row["PAY_RAW"]).strip(), row["SCORE_1"]) == (None, b"x1", None)
        assert not job.rejects


@pytest.mark.parametrize("given", [{}, {"delimiter": ";", "decimal_point": ",", "header": True}, {"escape": "\\"}])
def test_rows_come_back_from_flat_and_from_nested_ones(given: dict[str, Any]) -> None:
    with people() as job:
        flat, nested = job.flat(GOOD), job.nested(GOOD)
    with people(**given) as job:
        data = job.encoded(flat)
        assert job.flat(data) == flat
        assert job.encoded(nested) == data
        assert job.nested(data) == nested
        assert nested[0]["SCORES"][0] == {"SCORE": Decimal("1.5"), "NOTE": "漢字"}
        assert ("-12,50" in data.decode()) == (given.get("decimal_point") == ",")


HEADER = b"k,Full name,?,PAY,BORN,score(1),note_1,SCORE 2,NOTE(2),Born-Parts,rate,counted\n"


def test_a_header_names_the_items_in_their_order() -> None:
    with people(header=True) as job:
        assert len(job.flat(HEADER + GOOD)) == len(job.flat(b"\xef\xbb\xbf" + HEADER + GOOD)) == 2
        with pytest.raises(InputError) as caught:
            job.flat(HEADER.replace(b"PAY,BORN", b"BORN,PAY") + GOOD)
        assert caught.value.code == "LRF047"
        assert "data: the header line calls value 4 BORN, but the copybook calls it PAY" in caught.value.message
        with pytest.raises(InputError) as caught:
            job.flat(GOOD)
        assert caught.value.code == "LRF047"
    with people(header=True, header_records=1) as job:
        assert len(job.flat(b"People of today\n" + HEADER + GOOD)) == 2


def test_the_reading_that_redefines_says_has_the_value() -> None:
    fields = {"BORN": {"skip": True}}
    records = {"P": {"redefines": ["COUNTED-AGAIN"], "fields": fields, "target": {
        "staging_table": "S", "final_table": "F", "key": ["K"]}}}  # fmt: skip
    with TestJob(PERSON, input=ASCII, records=records) as job:
        (row,) = job.flat(b"1,a,,1,no date at all,,,,,,,abc\n")
        assert row["COUNTED_AGAIN"] == "abc"
        assert "COUNTED" not in row


TABLE = COPYBOOK + "           05  PAY-PART PIC X(02) OCCURS 0 TO 3 DEPENDING ON PAY-COUNT.\n"
POINTER = COPYBOOK + "           05  PAY-NEXT POINTER.\n"
TYPES = "records: {A: {when: {PAY-KIND: A}, target: {staging_table: S, final_table: F, key: [PAY_ID]}}}\n"
PLAIN = "job: payments\ncopybook: {path: payment.cpy}\n"
TARGET = PLAIN + "target: {staging_table: S, final_table: F, key: [PAY_ID]}\n"


@pytest.mark.parametrize(
    ("code", "given", "definition", "copybook", "key"),
    [
        ("LRJ088", {"encoding": "ebcdic"}, TARGET, COPYBOOK, "input.record_format"),
        ("LRJ088", {"code_page": "cp500"}, TARGET, COPYBOOK, "input.code_page"),
        ("LRJ088", {"code_page": "utf-16"}, TARGET, COPYBOOK, "input.code_page"),
        ("LRJ088", {}, TARGET, TABLE, "copybook"),
        ("LRJ088", {}, PLAIN + TYPES, COPYBOOK, "records"),
        ("LRJ088", {}, TARGET + "decoding: {trim: none}\n", COPYBOOK, "decoding.trim"),
        ("LRJ088", {}, TARGET + "fields: {PAY-KIND: {code_page: cp500}}\n", COPYBOOK, "fields.PAY-KIND"),
        ("LRJ088", {}, TARGET + "fields: {PAY-YEAR: {column: Y}}\n", COPYBOOK, "fields.PAY-YEAR"),
        ("LRJ030", {}, TARGET, POINTER, "fields.PAY-NEXT"),
        ("LRJ007", {"record_format": "TEXT", "header": True}, TARGET, COPYBOOK, "input.header"),
        ("LRJ007", {"decimal_point": "x"}, TARGET, COPYBOOK, "input.decimal_point"),
    ],
)
def test_what_rows_cannot_give_is_refused(
    tmp_path: Path, code: str, given: dict[str, Any], definition: str, copybook: str, key: str
) -> None:
    options = {"record_format": "DELIMITED", "encoding": "ascii"} | given
    with pytest.raises(LreclError) as caught:
        payments(tmp_path, yaml.safe_dump({"input": options}) + definition, copybook)
    assert (caught.value.code, caught.value.context["key"]) == (code, key), caught.value


def test_the_definition_of_fixed_records_does_for_rows_too(tmp_path: Path) -> None:
    options = yaml.safe_dump({"input": {"record_format": "DELIMITED", "encoding": "ascii"}})
    job: CompiledJob = payments(tmp_path, options + DEFINITION)[1]
    assert job.framing == {"format": "DELIMITED", "delimiter": ",", "quote": '"', "escape": ""}
    plan = Plan.from_dict(job.plan)
    assert plan.record_length is None
    assert [column.spec.kind.value for column in plan.records[0].columns] == [
        "written",
        "text",
        "written",
        "text",
        "written",
    ]
