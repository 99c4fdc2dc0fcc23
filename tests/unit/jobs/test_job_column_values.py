"""The values that columns can have: digits, lengths in each unit, and whether one may be NULL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.batch.types import RECORD_OFFSET, RUN_ID, SqlType, TargetColumn
from shared.codec import FieldSpec, Invalid, Kind, Null, Sign
from shared.jobs.column_values import ColumnValues, ValueKind, in_utf16, loaded_values, own_values
from shared.shaping import Shape
from shared.transform.plan import Plan, PlanColumn
from tests.support.definitions import payments, typed

NUMBER, TEXT = ValueKind.NUMBER, ValueKind.TEXT


def of(spec: FieldSpec, target: TargetColumn, length: int | None = 100, **more: object) -> ColumnValues:
    """The values of a column of records of one type that have ``length`` bytes."""
    column = replace(PlanColumn(spec, target), **more)
    plan = Plan.fixed(length or 100, [column])
    (values,) = loaded_values(replace(plan, record_length=length), "")
    return values


def packed(digits: int, scale: int = 0) -> FieldSpec:
    return FieldSpec("F", Kind.PACKED, 0, digits // 2 + 1, digits, scale, Sign.TRAILING)


def text(length: int, code_page: str = "cp037") -> FieldSpec:
    return FieldSpec("F", Kind.TEXT, 0, length, code_page=code_page)


@pytest.mark.parametrize(
    ("spec", "kind", "whole", "fraction"),
    [
        (packed(7), SqlType.INTEGER, 7, 0),
        (packed(9, 2), SqlType.DECIMAL, 7, 2),
        (packed(3, 5), SqlType.DECIMAL, 0, 5),
        (packed(3, -2), SqlType.DECIMAL, 5, 0),
        (FieldSpec("F", Kind.BINARY, 0, 2, 4, native_binary=True), SqlType.INTEGER, 5, 0),
    ],
)
def test_numbers_have_the_digits_of_their_pictures(spec: FieldSpec, kind: SqlType, whole: int, fraction: int) -> None:
    assert of(spec, TargetColumn("F", kind)) == ColumnValues("F", NUMBER, whole=whole, fraction=fraction)


@pytest.mark.parametrize(
    ("spec", "length", "utf16", "octets"),
    [
        (text(10), 10, 10, 20),
        (text(10, "ascii"), 10, 10, 10),
        (text(10, "cp1140"), 10, 10, 30),
        (text(10, "utf-8"), 10, 10, 10),
        (text(40, "utf-8"), 10, 20, 40),
        (text(10, "utf-16"), 5, 5, 15),
        (text(10, "cp930"), 10, 10, 30),
        (FieldSpec("F", Kind.RAW, 0, 5), 10, 10, 10),
        (FieldSpec("F", Kind.LONG, 0, 17, 33, sign=Sign.TRAILING, long_encoding=Kind.PACKED), 34, 34, 34),
    ],
)
def test_text_has_a_length_in_each_unit(spec: FieldSpec, length: int, utf16: int, octets: int) -> None:
    wanted = ColumnValues("F", TEXT, characters=length, utf16=utf16, octets=octets)
    assert of(spec, TargetColumn("F", SqlType.VARCHAR, length)) == wanted


@pytest.mark.parametrize(
    ("spec", "target", "wanted"),
    [
        (text(40, "utf-8"), TargetColumn("F", SqlType.VARCHAR, 10), TargetColumn("F", SqlType.VARCHAR, 20)),
        (text(40, "utf-8"), TargetColumn("F", SqlType.CHAR, 10), TargetColumn("F", SqlType.CHAR, 20)),
        (text(800, "utf-8"), TargetColumn("F", SqlType.CHAR, 200), TargetColumn("F", SqlType.VARCHAR, 400)),
        (text(10), TargetColumn("F", SqlType.VARCHAR, 10), TargetColumn("F", SqlType.VARCHAR, 10)),
        (packed(7), TargetColumn("F", SqlType.INTEGER), TargetColumn("F", SqlType.INTEGER)),
    ],
)
def test_columns_of_a_database_that_counts_utf16(spec: FieldSpec, target: TargetColumn, wanted: TargetColumn) -> None:
    """10 characters of UTF-8, such as emoji, may be 20 units."""
    plan = Plan.fixed(1_000, [PlanColumn(spec, target)])
    assert in_utf16(plan, "", [target]) == [wanted]


@pytest.mark.parametrize(("kind", "found"), [(SqlType.DATE, ValueKind.DATE), (SqlType.DOUBLE, ValueKind.FLOAT)])
def test_dates_and_floats_are_as_they_are(kind: SqlType, found: ValueKind) -> None:
    spec = text(8) if kind is SqlType.DATE else FieldSpec("F", Kind.FLOAT, 0, 8)
    assert of(spec, TargetColumn("F", kind)) == ColumnValues("F", found)


class TestNull:
    TARGET = TargetColumn("F", SqlType.VARCHAR, 10)

    def test_a_field_that_each_record_has_is_never_null(self) -> None:
        assert not of(text(10), self.TARGET, 10).nullable

    @pytest.mark.parametrize("change", [{"null_when": (Null.SPACES,)}, {"invalid": Invalid.NULL}])
    def test_the_job_may_ask_for_null(self, change: dict[str, object]) -> None:
        spec = replace(text(10), **change)
        assert of(spec, self.TARGET).nullable
        assert not of(spec, replace(self.TARGET, nullable=False)).nullable, "a required field rejects its record"

    @pytest.mark.parametrize("length", [9, None])
    def test_a_record_may_end_before_the_field(self, length: int | None) -> None:
        assert of(text(10), self.TARGET, length).nullable

    def test_a_column_of_raw_bytes_is_null_where_the_value_decodes(self) -> None:
        assert of(FieldSpec("F", Kind.RAW, 0, 5), self.TARGET, shows_raw=True).nullable

    def test_what_stands_in_or_after_a_table_of_varying_size_may_be_missing(self, tmp_path: Path) -> None:
        plan = Plan.from_dict(typed(tmp_path).plan)
        assert {values.name: values.nullable for values in loaded_values(plan, "LINES")} == {
            "CUST": False, "KIND": True, "ITEM": False, "NOTES": True, "NOTE_1": True, "NOTE_2": True, "NOTE_3": True,
            "LINE_NAME": True,
        }  # fmt: skip

    def test_a_table_in_the_shape_is_enough(self, tmp_path: Path) -> None:
        record = Plan.fixed(100, [PlanColumn(text(10), self.TARGET)]).records[0]
        tables = Plan.from_dict(typed(tmp_path).plan).records[1].shape
        plan = Plan(100, (replace(record, shape=replace(tables, length=100)),))
        assert loaded_values(plan, "")[0].nullable
        assert not loaded_values(replace(plan, records=(replace(record, shape=Shape(100, 100, False)),)), "")[
            0
        ].nullable

    def test_an_empty_value_of_a_delimited_row_may_be_null(self, tmp_path: Path) -> None:
        sections = "input: {record_format: DELIMITED, encoding: ascii}\n"
        copybook = "       01  PAYMENT.\n           05  PAY-ID PIC 9(06).\n           05  PAY-KIND PIC X(02).\n"
        definition = (
            "job: payments\ncopybook: {path: payment.cpy}\ntarget: {staging_table: S, final_table: T, key: [PAY_ID]}\n"
        )
        plan = Plan.from_dict(payments(tmp_path, sections + definition, copybook)[1].plan)
        assert [values.nullable for values in loaded_values(plan, "PAYMENT")] == [False, True]


def test_values_come_in_the_order_of_the_columns(tmp_path: Path) -> None:
    """Inherited ones first, with the digits of the field that they come from."""
    plan = Plan.from_dict(typed(tmp_path).plan)
    for record in plan.loaded:
        names = [target.name for target in record.targets]
        assert [values.name for values in loaded_values(plan, record.type.name)] == names
    assert loaded_values(plan, "LINES")[0] == ColumnValues("CUST", NUMBER, whole=5)


def test_columns_of_lrecls_own_are_never_null() -> None:
    assert own_values(RUN_ID) == ColumnValues("RUN_ID", TEXT, characters=32, utf16=32, octets=32)
    assert own_values(RECORD_OFFSET) == ColumnValues("RECORD_OFFSET", NUMBER, whole=18)
