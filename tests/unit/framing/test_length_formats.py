"""Lengths from fields, expressions and maps; custom headers; FB; the registry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InputError
from shared.framing.expression import parse_expression
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.header import HeaderFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.numbers import LengthField
from shared.framing.record_bounds import BoundedFraming
from shared.framing.registry import fixed_length, framing_from_dict
from shared.framing.variable import VariableFraming
from tests.unit.framing.writers import cut, frame, payloads, refusal

LENGTH = LengthField(0, 2)


@pytest.mark.parametrize(
    ("kind", "raw", "number"),
    [
        ("binary", "0102", 258),
        ("binary_little", "0102", 513),
        ("display", "f1f2f3", 123),
        ("display", "f1c2f3", None),
        ("display", "313233", None),
        ("display_ascii", "313233", 123),
        ("display_ascii", "f1f2f3", None),
        ("packed", "123c", 123),
        ("packed", "123f", 123),
        ("packed", "123d", None),
        ("packed", "1a3c", None),
    ],
)
def test_numbers(kind: str, raw: str, number: int | None) -> None:
    data = b"x" + bytes.fromhex(raw)
    assert LengthField(0, len(data) - 1, kind).number(data, 1) == number


_NUMBERS = st.integers(0, 999).map(str)
_EXPRESSIONS = st.recursive(
    _NUMBERS | st.sampled_from(["A", "B"]),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=12,
)


@given(_EXPRESSIONS, st.integers(0, 99), st.integers(0, 99))
def test_expressions_are_arithmetic(text: str, a: int, b: int) -> None:
    expected = eval(text, {"A": a, "B": b})  # noqa: S307  # the text is made of numbers and operators above
    assert parse_expression(text).value({"A": a, "B": b}) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2+3*4", 14),
        ("(2+3)*4", 20),
        ("10-3-2", 5),
        ("7/2*2", 6),
        ("-7/2", -3),
        ("- 2 + 5", 3),
        ("REC-LEN - 4", 96),
        ("REC-LEN*2+N", 207),
        (" N ", 7),
    ],
)
def test_precedence_division_and_names(text: str, value: int) -> None:
    assert parse_expression(text).value({"REC-LEN": 100, "N": 7}) == value


@pytest.mark.parametrize(
    "text",
    ["", "1+", "(1", "1)", "1 2", "a b", "1..2", "2**3", "__import__('os')", "a.b", "a[0]", "1e5", "x:=1", "lambda"
     ": 1", "9" * 19, "+1", "()", "(" * 30 + "1" + ")" * 30, "1+" * 300 + "1", "-" * 30 + "1", "é"],
)  # fmt: skip
def test_expressions_that_are_none(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_expression(text)
    assert caught.value.code == "LRF035"


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        parse_expression(text)
    except InputError as error:
        assert error.code == "LRF035"  # noqa: PT017  # either outcome is right, nothing else is


def test_a_length_in_the_middle_and_an_adjustment() -> None:
    framing = LengthFieldFraming({"LEN": LengthField(1, 2, "display")}, adjustment=1)
    assert frame(framing, b"a\xf0\xf3xb\xf0\xf4xx") == [b"a\xf0\xf3x", b"b\xf0\xf4xx"]


@pytest.mark.parametrize(
    ("framing", "text", "code"),
    [
        (LengthFieldFraming({"L": LENGTH}), b"\0\3x\0\1", "LRF032"),
        (LengthFieldFraming({"L": LENGTH}), b"\0\3x\0\0", "LRF032"),
        (LengthFieldFraming({"L": LENGTH}, adjustment=-9), b"\0\x0cx\0\3", "LRF032"),
        (LengthFieldFraming({"L": LENGTH}), b"\0\3x\xff\xff", "LRF022"),
        (LengthFieldFraming({"L": LENGTH}), b"\0\3x\0", "LRF022"),
        (LengthFieldFraming({"L": LengthField(0, 1, "display")}), b"\xf3xx@@@", "LRF031"),
        (LengthFieldFraming({"L": LengthField(0, 1)}, "6 / (L - 2)"), b"\x03xxxxx\x02xx", "LRF032"),
        (LengthFieldFraming({"K": LengthField(0, 1)}, lengths={b"A": 3}), b"AxxBxx", "LRF033"),
        (LengthFieldFraming({"L": LengthField(0, 4)}), b"\0\0\0\4\x7f\0\0\0" + bytes(99), "LRF029"),
    ],
)
def test_lengths_that_cannot_be(framing: LengthFieldFraming, text: bytes, code: str) -> None:
    error = refusal(framing, text)
    assert error.code == code
    assert error.context["offset"] in (3, 4, 6)


@pytest.mark.parametrize(
    "options",
    [
        {"fields": {}},
        {"fields": {"A": LENGTH, "B": LENGTH}},
        {"fields": {"A": LENGTH}, "expression": "A + C"},
        {"fields": {"A": LENGTH}, "expression": "A", "lengths": {b"ab": 1}},
        {"fields": {"A": LENGTH}, "lengths": {b"a": 1}},
    ],
)
def test_length_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        LengthFieldFraming(**options)
    assert caught.value.code == "LRF040"


@pytest.mark.parametrize("options", [(0, 0), (-1, 2), (0, 19), (0, 2, "float")])
def test_length_fields_that_cannot_be(options: tuple[Any, ...]) -> None:
    with pytest.raises(InputError) as caught:
        LengthField(*options)
    assert caught.value.code == "LRF040"


HEADER = HeaderFraming(5, LengthField(3, 2, "binary_little"), marker=b"\x01")


@pytest.mark.parametrize(
    ("header", "code"),
    [("0200000100", "LRF030"), ("0100000000", "LRF020"), ("0100000900", "LRF022"), ("010000", "LRF022")],
)
def test_headers_that_cannot_be(header: str, code: str) -> None:
    error = refusal(HEADER, bytes.fromhex("010000 0100 c1" + header))
    assert (error.code, error.context["offset"]) == (code, 6)


def test_unmarked_records_are_skipped_and_counted() -> None:
    framing = framing_from_dict(HEADER.to_dict() | {"skip_unmarked": True})
    text = bytes.fromhex("010000 0100 c1 000000 0200 0000 010000 0200 c2c3 010000 0100 c4")
    batches = cut(framing, text, batch_records=2)
    assert payloads(batches) == [b"\xc1", b"\xc2\xc3", b"\xc4"]
    assert [(one.first_record_no, one.records, one.skipped) for one in batches] == [(1, 1, 1), (2, 2, 0)]


def test_a_header_must_hold_its_length() -> None:
    for wrong in ((2, LengthField(1, 2)), (2, LengthField(0, 2), False, 0, b"abc")):
        with pytest.raises(InputError) as caught:
            HeaderFraming(*wrong)
        assert caught.value.code == "LRF040"


@pytest.mark.parametrize(
    "options", [(0,), (3, 4), (3, 0), (3, None, 0), (3, 6, 2)], ids=["no length", "part", "none", "no records", "both"]
)
def test_blocks_that_cannot_be(options: tuple[Any, ...]) -> None:
    with pytest.raises(InputError) as caught:
        FixedBlockedFraming(*options).fixed  # noqa: B018  # a record length of 0 shows only there
    assert caught.value.code == "LRF040"


def test_fb_checks_the_size_as_f_does() -> None:
    with pytest.raises(InputError) as caught:
        FixedBlockedFraming(80, 800).check_size("a", 81)
    assert caught.value.code == "LRF001"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "LRF009"),
        ({"format": "U"}, "LRF009"),
        ({"format": "F"}, "LRF040"),
        ({"format": "F", "record_length": "x"}, "LRF040"),
        ({"format": "HEADER"}, "LRF040"),
        ({"format": "LENGTH_FIELD", "fields": {"A": {"offset": 0}}}, "LRF040"),
        ({"format": "LENGTH_FIELD", "fields": {"A": LENGTH.to_dict()}, "lengths": {"zz": 1}}, "LRF040"),
        ({"format": "V", "minimum_record_length": -1}, "LRF040"),
        ({"format": "V", "minimum_record_length": 5, "maximum_record_length": 4}, "LRF040"),
    ],
)
def test_descriptions_that_are_none(data: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        framing_from_dict(data)
    assert caught.value.code == code


def test_which_files_split_by_arithmetic() -> None:
    assert fixed_length(FixedFraming(80)) == 80
    assert fixed_length(BoundedFraming(FixedBlockedFraming(80), record_end_offset=3)) == 80
    assert fixed_length(VariableFraming()) is None
