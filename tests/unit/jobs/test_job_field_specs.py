"""What each type of the copybook becomes for the codec, and which column it gets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.batch.types import SqlType
from shared.codec import Decoder, FieldSpec, FloatForm, Invalid, Kind, Null, Sign
from shared.copybook import elementary, lay_out, parse_copybook
from shared.errors import JobError
from shared.jobs.column_types import target_column
from shared.jobs.field_specs import field_spec
from shared.jobs.model import FieldOptions


def spec_of(clauses: str, code_page: str = "cp037", options: FieldOptions | None = None, **stated: Any) -> FieldSpec:
    layout = lay_out(parse_copybook(f"       01  R.\n           05  F {clauses}.\n"))
    (element,) = elementary(layout)
    return field_spec(element, "F", code_page, options or FieldOptions(**stated))


def column_of(spec: FieldSpec, options: FieldOptions | None = None) -> tuple[SqlType, int]:
    column = target_column(spec, options or FieldOptions(), nullable=True)
    return column.sql_type, column.length


TYPES = [
    ("COMP-1", Kind.FLOAT, 4, (SqlType.DOUBLE, 0)),
    ("COMP-2", Kind.FLOAT, 8, (SqlType.DOUBLE, 0)),
    ("PIC +9(3).99E+99", Kind.TEXT, 11, (SqlType.VARCHAR, 11)),
    ("PIC ZZ9.99-", Kind.TEXT, 7, (SqlType.VARCHAR, 7)),
    ("PIC XX/XX", Kind.TEXT, 5, (SqlType.VARCHAR, 5)),
    ("POINTER", Kind.RAW, 4, (SqlType.VARCHAR, 8)),
    ("INDEX", Kind.RAW, 4, (SqlType.VARCHAR, 8)),
    ("PIC S9(20) COMP", Kind.BINARY, 9, (SqlType.DECIMAL, 20)),
    ("PIC S9(37)V9 COMP-3", Kind.LONG, 20, (SqlType.VARCHAR, 40)),
    ("PIC 9(32)", Kind.LONG, 32, (SqlType.VARCHAR, 32)),
    ("PIC 9(37) COMP", Kind.LONG, 16, (SqlType.VARCHAR, 37)),
    ("PIC N(5)", Kind.TEXT, 10, (SqlType.VARCHAR, 5)),
    ("PIC G(5) DISPLAY-1", Kind.TEXT, 10, (SqlType.VARCHAR, 5)),
]


@pytest.mark.parametrize(("clauses", "kind", "length", "column"), TYPES)
def test_types(clauses: str, kind: Kind, length: int, column: tuple[SqlType, int]) -> None:
    spec = spec_of(clauses, "cp939")
    assert (spec.kind, spec.length, column_of(spec)) == (kind, length, column)


def test_usages_beyond_the_standard() -> None:
    little, unsigned = spec_of("PIC 9(4) COMP-9"), spec_of("PIC 9(5) COMP-6")
    assert (little.kind, little.little_endian, little.length) == (Kind.BINARY, True, 2)
    assert (unsigned.kind, unsigned.signless, unsigned.length) == (Kind.PACKED, True, 3)
    assert [spec_of("PIC S9(4) COMP-5").value_digits, spec_of("PIC S9(4) COMP").value_digits] == [5, 4]
    assert spec_of("PIC S9(4) COMP", binary="native").value_digits == 5


@pytest.mark.parametrize(
    ("clauses", "code_page", "expected"),
    [
        ("PIC X(4)", "cp939", "cp939"),
        ("PIC N(4)", "cp939", "utf-16-be"),
        ("PIC N(4)", "cp037", "utf-16-be"),
        ("PIC G(4) DISPLAY-1", "cp939", "cp300"),
        ("PIC G(4) DISPLAY-1", "933", "cp834"),
        ("PIC N(4) DISPLAY-1", "cp300", "cp300"),
    ],
)
def test_code_pages(clauses: str, code_page: str, expected: str) -> None:
    assert spec_of(clauses, code_page).code_page == expected


def test_codes_of_two_characters_need_the_whole_width() -> None:
    assert column_of(spec_of("PIC G(5) DISPLAY-1", "cp1399")) == (SqlType.VARCHAR, 10)


def test_double_bytes_need_a_page_that_has_them() -> None:
    with pytest.raises(JobError, match="LRJ030") as caught:
        spec_of("PIC G(4) DISPLAY-1", "cp037")
    assert "cp939" in caught.value.remedy


def test_an_edited_number_becomes_one_where_the_job_asks() -> None:
    options = FieldOptions(type="decimal")
    spec = spec_of("PIC $$,$$9.99CR BLANK WHEN ZERO", options=options)
    assert (spec.kind, spec.picture, spec.digits, spec.scale) == (Kind.EDITED, "$$,$$9.99CR", 6, 2)
    assert (spec.sign, spec.blank_when_zero) == (Sign.TRAILING, True)
    assert column_of(spec, options) == (SqlType.DECIMAL, 6)


def test_digits_that_are_blank_when_zero_are_a_number() -> None:
    spec = spec_of("PIC 9(3)V99 BLANK WHEN ZERO", code_page="latin-1")
    (column,) = Decoder([spec], 5).decode(np.frombuffer(b"00150     ", np.uint8).reshape(2, 5))
    assert (column.values.tolist(), column.valid, column_of(spec)) == ([150, 0], None, (SqlType.DECIMAL, 5))


@pytest.mark.parametrize("clauses", ["PIC 9(4)", "PIC S9(4) SIGN LEADING BLANK WHEN ZERO"])
def test_other_digits_are_display(clauses: str) -> None:
    assert spec_of(clauses).kind is Kind.DISPLAY


def test_policies_reach_the_fields_they_are_for() -> None:
    ieee = {"float_form": "ieee", "strict_sign": True}
    assert spec_of("COMP-2", **ieee).float_form is FloatForm.IEEE
    assert spec_of("COMP-2").float_form is FloatForm.IBM
    packed = spec_of("PIC S9(5) COMP-3", **ieee)
    assert spec_of("PIC 9(4)", invalid="null").invalid is Invalid.NULL
    assert (packed.strict_sign, packed.float_form) == (True, FloatForm.IBM)


@pytest.mark.parametrize("kind", ["decimal", "varchar", "bigint"])
def test_a_float_is_a_double_or_nothing(kind: str) -> None:
    with pytest.raises(JobError, match="LRJ031"):
        column_of(spec_of("COMP-1"), FieldOptions(type=kind))


@pytest.mark.parametrize("kind", ["decimal", "bigint", "double"])
def test_no_number_type_holds_more_than_31_digits(kind: str) -> None:
    with pytest.raises(JobError, match="LRJ032"):
        column_of(spec_of("PIC S9(32) COMP-3"), FieldOptions(type=kind))


def test_a_long_number_may_have_no_zeros_for_null_but_the_jobs_word_does_not_hurt() -> None:
    assert spec_of("PIC S9(32) COMP-3", null_when=["zeros", "spaces"]).null_when == (Null.SPACES,)
