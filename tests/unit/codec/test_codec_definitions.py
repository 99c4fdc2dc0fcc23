"""Invalid definitions, batches and values are refused with a code."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from shared.codec import REMEDIES, Column, Decoder, FieldSpec, FloatForm, Kind, Null, Sign, Trim, encode, explain
from shared.codec.fields import MAX_DIGITS
from shared.errors import InputError, JobError, LreclError
from tests.unit.codec import oracle

REFUSED = [
    ("LRD901", {"kind": Kind.TEXT, "code_page": "cp9999"}),
    ("LRD901", {"kind": Kind.TEXT, "code_page": "cp\x00037"}),
    ("LRD902", {"kind": Kind.TEXT, "offset": -1}),
    ("LRD902", {"kind": Kind.TEXT, "length": 0}),
    ("LRD904", {"kind": Kind.DISPLAY, "digits": 0}),
    ("LRD904", {"kind": Kind.DISPLAY, "digits": 32, "length": 32}),
    ("LRD904", {"kind": Kind.DISPLAY, "digits": 4, "scale": 32}),
    ("LRD904", {"kind": Kind.DISPLAY, "digits": 4, "scale": -28}),
    ("LRD905", {"kind": Kind.DISPLAY, "digits": 5}),
    ("LRD905", {"kind": Kind.DISPLAY, "digits": 4, "sign": Sign.LEADING_SEPARATE}),
    ("LRD905", {"kind": Kind.PACKED, "digits": 8}),
    ("LRD905", {"kind": Kind.PACKED, "digits": 6, "signless": True}),
    ("LRD905", {"kind": Kind.BINARY, "digits": 4, "length": 17}),
    ("LRD906", {"kind": Kind.TEXT, "sign": Sign.TRAILING}),
    ("LRD906", {"kind": Kind.PACKED, "digits": 7, "sign": Sign.TRAILING_SEPARATE}),
    ("LRD906", {"kind": Kind.PACKED, "digits": 7, "little_endian": True}),
    ("LRD906", {"kind": Kind.DISPLAY, "digits": 4, "native_binary": True}),
    ("LRD906", {"kind": Kind.BINARY, "digits": 4, "signless": True}),
    ("LRD906", {"kind": Kind.PACKED, "digits": 8, "signless": True, "sign": Sign.TRAILING}),
    ("LRD906", {"kind": Kind.RAW, "null_when": (Null.ZEROS,)}),
]


@pytest.mark.parametrize(("code", "parts"), REFUSED)
def test_fields_that_do_not_fit_together(code: str, parts: dict) -> None:
    with pytest.raises(JobError) as caught:
        FieldSpec(**({"name": "F", "offset": 0, "length": 4} | parts))
    assert caught.value.code == code
    assert caught.value.remedy == REMEDIES[code]


FULL = FieldSpec(
    "AMOUNT", Kind.DISPLAY, 7, 6, 5, 2, Sign.LEADING_SEPARATE, code_page="cp1047", strict_sign=True,
    trim=Trim.BOTH, null_when=(Null.SPACES, Null.LOW_VALUES),
)  # fmt: skip


@pytest.mark.parametrize("spec", [FULL, FieldSpec("T", Kind.TEXT, 0, 1)])
def test_a_field_comes_back_from_its_dictionary(spec: FieldSpec) -> None:
    assert FieldSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_words_and_keys_of_the_first_version_stay() -> None:
    """Compiled jobs are kept in the database, and messages can come from services of another release."""
    spec = FieldSpec("N", Kind.LONG, 0, 40, 38, code_page="latin-1", long_encoding=Kind.TEXT_NUMBER)
    data = {"name": "N", "kind": "long", "offset": 0, "length": 40, "digits": 38, "code_page": "latin-1"}
    assert spec.to_dict() == data | {"stored": "written"}
    assert FieldSpec.from_dict(spec.to_dict()) == spec
    text = FieldSpec("F", Kind.FLOAT, 0, 4, float_form=FloatForm.TEXT)
    assert text.to_dict()["float_form"] == "written"


@pytest.mark.parametrize("change", [{"kind": "complex"}, {"colour": 1}, {"sign": "up"}, {"length": None}])
def test_other_dictionaries_are_refused(change: dict) -> None:
    data = {key: value for key, value in (FULL.to_dict() | change).items() if value is not None}
    with pytest.raises(JobError, match="LRD909"):
        FieldSpec.from_dict(data)


DECIMALS = [
    (FieldSpec("D", Kind.DISPLAY, 0, 5, 5, 2), (5, 2), False),
    (FieldSpec("D", Kind.DISPLAY, 0, 3, 3, 5), (5, 5), False),
    (FieldSpec("D", Kind.DISPLAY, 0, 3, 3, -2), (5, 0), False),
    (FieldSpec("D", Kind.PACKED, 0, 10, 19), (19, 0), True),
    (FieldSpec("D", Kind.BINARY, 0, 2, 4, native_binary=True), (5, 0), False),
    (FieldSpec("D", Kind.BINARY, 0, 8, 18, 2, Sign.TRAILING, native_binary=True), (19, 2), True),
    (FieldSpec("D", Kind.BINARY, 0, 8, 18, native_binary=True), (20, 0), True),
    (FieldSpec("D", Kind.BINARY, 0, 16, 18, native_binary=True), (MAX_DIGITS, 0), True),
]


@pytest.mark.parametrize(("spec", "decimal", "wide"), DECIMALS)
def test_the_decimal_type_of_a_field(spec: FieldSpec, decimal: tuple[int, int], wide: bool) -> None:
    assert spec.decimal == decimal
    assert spec.wide is wide


def test_fields_must_end_within_the_record() -> None:
    with pytest.raises(JobError, match="LRD903"):
        Decoder([FieldSpec("T", Kind.TEXT, 1, 4)], 4)


@pytest.mark.parametrize(
    "records",
    [np.zeros((2, 5), np.uint8), np.zeros(8, np.uint8), np.zeros((2, 4), np.int8), np.zeros((4, 2), np.uint8).T,
     np.zeros((2, 8), np.uint8)[:, ::2]],
)  # fmt: skip
def test_arrays_that_are_not_batches_are_refused(records: np.ndarray) -> None:
    with pytest.raises(InputError, match="LRD908"):
        Decoder([FieldSpec("T", Kind.TEXT, 0, 4)], 4).decode(records)


ONE_OF_EACH = [
    FieldSpec("T", Kind.TEXT, 0, 4),
    FieldSpec("R", Kind.RAW, 0, 4),
    FieldSpec("D", Kind.DISPLAY, 0, 4, 4, sign=Sign.TRAILING, null_when=(Null.SPACES, Null.ZEROS)),
    FieldSpec("U", Kind.DISPLAY, 0, 4, 4),
    FieldSpec("P", Kind.PACKED, 0, 4, 7, sign=Sign.TRAILING),
    FieldSpec("B", Kind.BINARY, 0, 4, 9, sign=Sign.TRAILING),
]
WIDE_ONES = [
    FieldSpec("D", Kind.DISPLAY, 0, 31, 31),
    FieldSpec("P", Kind.PACKED, 0, 16, 31),
    FieldSpec("B", Kind.BINARY, 0, 16, 31),
]


@pytest.mark.parametrize("specs", [ONE_OF_EACH, WIDE_ONES])
def test_an_empty_batch_gives_empty_columns(specs: list[FieldSpec]) -> None:
    length = max(spec.end for spec in specs)
    for spec, column in zip(specs, Decoder(specs, length).decode(np.zeros((0, length), np.uint8)), strict=True):
        assert len(column) == 0
        assert column.valid is None
        assert column.null is None
        assert encode(column, spec).shape == (0, spec.length)


def test_nothing_to_explain() -> None:
    with pytest.raises(InputError, match="LRD910"):
        explain(FieldSpec("U", Kind.DISPLAY, 0, 1, 1), b"\xf1")


OVERFLOWS = [
    (FieldSpec("D", Kind.DISPLAY, 0, 2, 2), 100),
    (FieldSpec("D", Kind.DISPLAY, 0, 2, 2), -1),
    (FieldSpec("P", Kind.PACKED, 0, 2, 2, sign=Sign.TRAILING), -100),
    (FieldSpec("B", Kind.BINARY, 0, 2, 4, sign=Sign.TRAILING), 10_000),
    (FieldSpec("B", Kind.BINARY, 0, 1, 4, sign=Sign.TRAILING), 128),
    (FieldSpec("B", Kind.BINARY, 0, 2, 4, sign=Sign.TRAILING, native_binary=True), -32_769),
    (FieldSpec("B", Kind.BINARY, 0, 2, 4, native_binary=True), 65_536),
]


@pytest.mark.parametrize(("spec", "value"), OVERFLOWS)
def test_numbers_that_do_not_fit_are_refused(spec: FieldSpec, value: int) -> None:
    with pytest.raises(InputError) as caught:
        encode(np.array([0, value]), spec)
    assert caught.value.code == "LRD911"
    assert caught.value.context["row"] == 1


def test_the_most_negative_binary_can_be_encoded() -> None:
    spec = FieldSpec("B", Kind.BINARY, 0, 2, 4, sign=Sign.TRAILING, native_binary=True)
    assert encode(np.array([-32_768]), spec).tobytes() == b"\x80\x00"


@pytest.mark.parametrize(
    "column", [Column(np.array([1]), valid=np.array([False])), Column(np.array([1]), null=np.array([True]))]
)
def test_rows_without_a_value_are_not_encoded(column: Column) -> None:
    with pytest.raises(InputError, match="LRD913"):
        encode(column, FieldSpec("D", Kind.DISPLAY, 0, 2, 2))


def test_every_code_has_a_remedy_of_one_line() -> None:
    assert all(re.fullmatch(r"LRD\d{3}", code) and "\n" not in text for code, text in REMEDIES.items())
    assert issubclass(JobError, LreclError)


def test_records_shorter_than_a_word() -> None:
    specs = [FieldSpec("A", Kind.DISPLAY, 0, 1, 1), FieldSpec("B", Kind.PACKED, 1, 2, 3, sign=Sign.TRAILING)]
    columns = Decoder(specs, 3).decode(oracle.batch([b"\xf7\x12\x3d"], 0, 3))
    assert [oracle.integers(column) for column in columns] == [[7], [-123]]
