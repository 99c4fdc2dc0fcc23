"""Numbers held as text, against Python's Decimal: valid exactly when the picture can hold them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.codec import Column, Decoder, FieldSpec, FloatForm, Kind, Null, Sign, encode, explain
from shared.errors import InputError, JobError
from tests.unit.codec.oracle import integers, texts

WIDTH = 48


def spec_of(digits: int, scale: int, *, signed: bool = True, comma: bool = False) -> FieldSpec:
    long = max(digits, scale, digits - scale) > 31
    return FieldSpec(
        "N",
        Kind.LONG if long else Kind.TEXT_NUMBER,
        0,
        WIDTH,
        digits=digits,
        scale=scale,
        sign=Sign.TRAILING if signed else Sign.NONE,
        code_page="latin-1",
        decimal_comma=comma,
        long_encoding=Kind.TEXT_NUMBER if long else Kind.DISPLAY,
        null_when=(Null.SPACES,),
    )


def cells(values: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    block = b"".join(value.encode("latin-1").rjust(WIDTH) for value in values)
    return np.frombuffer(block, np.uint8).reshape(len(values), WIDTH)


def expected(text: str, spec: FieldSpec) -> int | None:
    """The scaled integer by Decimal, None when there is none; -1 digits never fit."""
    plain = text.strip(" ")
    if spec.decimal_comma:
        plain = plain.replace(".", "x").replace(",", ".")
    if plain[-1:] in ("+", "-") and plain[:1] not in ("+", "-"):
        plain = plain[-1] + plain[:-1]
    if not plain or set(plain) - set("0123456789.+-") or plain[1:].count("-") + plain[1:].count("+"):
        return None
    try:
        exact = Decimal(plain).as_tuple()
    except ArithmeticError:
        return None
    assert isinstance(exact.exponent, int)
    digits = int("".join(map(str, exact.digits)))
    shift = exact.exponent + spec.scale
    scaled, rest = (digits * 10**shift, 0) if shift >= 0 else divmod(digits, 10**-shift)
    if rest or scaled >= 10**spec.digits or (exact.sign and not spec.signed):
        return None
    return -int(scaled) if exact.sign else int(scaled)


PICTURES = [(9, 2), (4, 0), (18, 18), (20, 3), (31, 0), (3, -2), (3, 5), (1, 1)]
NUMBER = st.from_regex(r"\A {0,2}[+-]?[0-9]{0,12}[.,]?[0-9]{0,8}[+-]? {0,2}\Z")


@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize(("digits", "scale"), PICTURES)
@given(values=st.lists(NUMBER | st.text("0123456789.,+- eE_x\xb2", max_size=12), min_size=1, max_size=8))
@example(values=["0.", ".0", "+", "-", ".", "1-2", "--1", "1 2", "- 1", "+1-", "1.2.3", "00000000000000000000001"])
def test_values_are_those_of_decimal(digits: int, scale: int, comma: bool, values: list[str]) -> None:
    for signed in (True, False):
        spec = spec_of(digits, scale, signed=signed, comma=comma)
        (column,) = Decoder([spec], WIDTH).decode(cells(values))
        found = integers(column)
        for row, value in enumerate(values):
            if value.strip(" "):
                assert found[row] == expected(value, spec), value
            else:
                assert column.null is not None
                assert column.null[row]
        for row in (row for row, value in enumerate(found) if value is None):
            fault = explain(spec, cells(values)[row].tobytes())
            assert fault.code in ("LRD013", "LRD014")
            assert repr(values[row].strip()) in fault.message


@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize(("digits", "scale"), PICTURES)
@given(data=st.data())
def test_numbers_come_back(digits: int, scale: int, comma: bool, data: st.DataObject) -> None:
    spec = spec_of(digits, scale, comma=comma)
    most = 10**digits - 1
    numbers = data.draw(st.lists(st.integers(-most, most), min_size=1, max_size=5))
    parts = [(abs(n) // 10**18 * (-1 if n < 0 else 1), abs(n) % 10**18 * (-1 if n < 0 else 1)) for n in numbers]
    values = np.array(parts if spec.wide else numbers, np.int64)
    written = encode(Column(values), spec)
    assert integers(Decoder([spec], WIDTH).decode(written)[0]) == numbers
    shown = [row.tobytes().decode().strip() for row in written]
    assert all(text == "0" or not text.lstrip("-").startswith("00") for text in shown)


def test_encoded_texts() -> None:
    spec = spec_of(5, 2, comma=True)
    rows = [row.tobytes().decode().strip() for row in encode(np.array([-5, 0, 12345], np.int64), spec)]
    assert rows == ["-0,05", "0,00", "123,45"]


def test_long_numbers_are_exact_text() -> None:
    spec = spec_of(38, 3)
    values = ["-" + "9" * 35 + ".999", "1.5", "0.0001", "9" * 36]
    (column,) = Decoder([spec], WIDTH).decode(cells(values))
    assert texts(column) == ["-" + "9" * 35 + ".999", "1.500", None, None]
    assert explain(spec, cells(values)[3].tobytes()).code == "LRD014"
    good = Column(column.values[:2], column.lengths[:2] if column.lengths is not None else None)
    assert [row.tobytes().decode().strip() for row in encode(good, spec)] == [values[0], "1.500"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5E+3", 1500.0), (" -2 ", -2.0), (".5", 0.5), ("1e400", None), ("nan", None), ("inf", None), ("1_0", None),
     ("1,5", None), ("", None)],
)  # fmt: skip
def test_floats(text: str, value: float | None) -> None:
    spec = FieldSpec("F", Kind.FLOAT, 0, WIDTH, code_page="latin-1", float_form=FloatForm.TEXT)
    (column,) = Decoder([spec], WIDTH).decode(cells([text, "1"]))
    assert column.values.tolist() == [value or 0.0, 1.0]
    assert (column.valid is None) == (value is not None)
    if value is None:
        assert explain(spec, cells([text])[0].tobytes()).code == "LRD013"
    else:
        again = encode(column, spec)
        assert Decoder([spec], WIDTH).decode(again)[0].values.tolist() == [value, 1.0]


@pytest.mark.parametrize(
    ("cell", "again"),
    [("5", "5"), (".5", ".5"), ("-.5", "-.5"), ("-0", "0"), ("0.25", "0.25"), ("1E5", "1E5"), ("1.5", "1.5"),
     ("150000", "150000"), ("-1E-9", "-1E-9"), ("15E7", "15E7"), ("5.0", "5.0"), ("5.", "5"), ("1e22", "1E22")],
)  # fmt: skip
def test_floats_fit_the_cells_from_which_they_were_decoded(cell: str, again: str) -> None:
    spec = FieldSpec("F", Kind.FLOAT, 0, len(cell), code_page="latin-1", float_form=FloatForm.TEXT)
    read = np.frombuffer(cell.encode(), np.uint8).reshape(1, -1)
    assert encode(Decoder([spec], len(cell)).decode(read)[0], spec).tobytes().decode().rstrip() == again


@given(
    st.from_regex(r"[+-]?([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,9})([Ee][+-]?[0-9]{1,2})?", fullmatch=True), st.booleans()
)
def test_every_decoded_float_can_be_encoded(cell: str, comma: bool) -> None:
    spec = FieldSpec("F", Kind.FLOAT, 0, len(cell), float_form=FloatForm.TEXT, decimal_comma=comma)
    read = cell.replace(".", "," if comma else ".").encode("cp037")
    (column,) = Decoder([spec], len(cell)).decode(np.frombuffer(read, np.uint8).reshape(1, -1))
    assert column.values.tolist() == [float(cell)]
    (again,) = Decoder([spec], len(cell)).decode(encode(column, spec))
    assert again.values.tobytes() == column.values.tobytes()


def test_values_that_cannot_be_encoded() -> None:
    with pytest.raises(InputError) as caught:
        encode(np.array([-1], np.int64), spec_of(3, 0, signed=False))
    assert caught.value.code == "LRD911"
    spec = FieldSpec("F", Kind.FLOAT, 0, 3, code_page="latin-1", float_form=FloatForm.TEXT)
    with pytest.raises(InputError) as caught:
        encode(np.array([1.25], np.float64), spec)
    assert caught.value.code == "LRD911"
    short = FieldSpec("N", Kind.TEXT_NUMBER, 0, 3, digits=9, code_page="latin-1")
    with pytest.raises(InputError) as caught:
        encode(np.array([1234], np.int64), short)
    assert caught.value.code == "LRD911"
    with pytest.raises(JobError) as refused:
        FieldSpec("N", Kind.TEXT, 0, 3, decimal_comma=True)
    assert refused.value.code == "LRD906"
