"""Floating-point numbers against exact fractions and the machine's own IEEE numbers."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.codec import Column, Decoder, FieldSpec, FloatForm, Kind, Null, Sign, encode, explain
from shared.errors import InputError, JobError
from tests.unit.codec import oracle


def comp(length: int, form: FloatForm = FloatForm.IBM, **options: object) -> FieldSpec:
    return FieldSpec("F", Kind.FLOAT, 3, length, float_form=form, **options)


def decode(spec: FieldSpec, raws: list[bytes]) -> Column:
    return Decoder([spec], spec.end + 2).decode(oracle.batch(raws, spec.offset, spec.end + 2))[0]


def hexadecimal(raw: bytes) -> float:
    """Sign, characteristic and fraction, exactly, and then the nearest float (Python's division rounds correctly)."""
    fraction = Fraction(int.from_bytes(raw[1:], "big"), 256 ** (len(raw) - 1))
    value = fraction * Fraction(16) ** ((raw[0] & 0x7F) - 64)
    return -float(value) if raw[0] & 0x80 else float(value)


KNOWN = [
    ("00000000", 0.0),
    ("41100000", 1.0),
    ("C276A000", -118.625),  # the example of the Principles of Operation
    ("43142EFC", 322.936523),
    ("7FFFFFFF", (1 - 16**-6) * 16.0**63),
    ("00100000", 16.0**-65),
    ("40000001", 16.0**-6),  # not normalised
    ("413243F6A8885A31", math.pi),
    ("7FFFFFFFFFFFFFFF", 16.0**63),
]


@pytest.mark.parametrize(("digits", "value"), KNOWN)
def test_known_hexadecimal_numbers(digits: str, value: float) -> None:
    raw = bytes.fromhex(digits)
    found = decode(comp(len(raw)), [raw]).values
    assert found.dtype == np.float64
    assert found[0] == pytest.approx(value, rel=1e-8)


@settings(max_examples=300)
@given(st.sampled_from([4, 8]), st.booleans(), st.data())
def test_hexadecimal_numbers_equal_exact_fractions(length: int, little: bool, data: st.DataObject) -> None:
    raws = data.draw(st.lists(st.binary(min_size=length, max_size=length), max_size=8))
    stored = [raw[::-1] for raw in raws] if little else raws
    column = decode(comp(length, little_endian=little), stored)
    assert column.valid is None
    assert column.values.tolist() == [hexadecimal(raw) for raw in raws]


@settings(max_examples=200)
@given(st.sampled_from([("f", 4), ("d", 8)]), st.booleans(), st.data())
def test_ieee_numbers_equal_structs(kind: tuple[str, int], little: bool, data: st.DataObject) -> None:
    code, length = kind
    order = "<" if little else ">"
    raws = data.draw(st.lists(st.binary(min_size=length, max_size=length), max_size=8))
    raws += [struct.pack(order + code, value) for value in (math.nan, math.inf, -math.inf)]
    spec = comp(length, FloatForm.IEEE, little_endian=little)
    column = decode(spec, raws)
    assert column.valid is not None
    for raw, value, valid in zip(raws, column.values.tolist(), column.valid.tolist(), strict=True):
        (expected,) = struct.unpack(order + code, raw)
        assert valid == math.isfinite(expected)
        assert value == (expected if valid else 0)
        if not valid:
            fault = explain(spec, raw)
            assert (fault.code, fault.position) == ("LRD009", 0)


@settings(max_examples=300)
@given(st.sampled_from([4, 8]), st.booleans(), st.lists(st.floats(-1e75, 1e75) | st.integers(-(2**53), 2**53)))
def test_hexadecimal_numbers_are_encoded_as_the_nearest(length: int, little: bool, numbers: list[float]) -> None:
    values = [float(number) for number in numbers if number == 0 or abs(number) > 1e-77]
    spec = comp(length, little_endian=little)
    written = encode(np.array(values, np.float64), spec)
    for value, found in zip(values, decode(spec, [row.tobytes() for row in written]).values.tolist(), strict=True):
        assert math.copysign(1, found) == math.copysign(1, value)
        assert found == value if length == 8 else abs(found - value) <= abs(value) * 2.0**-21
    for row in written[:, ::-1] if little else written:
        assert row[1] >= 0x10 or not row[1:].any(), "normalised"


@given(st.sampled_from([(4, 32), (8, 64)]), st.booleans(), st.data())
def test_ieee_numbers_come_back(size: tuple[int, int], little: bool, data: st.DataObject) -> None:
    length, width = size
    finite = st.floats(allow_nan=False, allow_infinity=False, width=width)
    values = np.array(data.draw(st.lists(finite)), np.float64)
    spec = comp(length, FloatForm.IEEE, little_endian=little)
    found = decode(spec, [row.tobytes() for row in encode(values, spec)]).values
    assert np.array_equal(found, values)
    assert np.array_equal(np.signbit(found), np.signbit(values))


@pytest.mark.parametrize(
    ("form", "length", "value"),
    [
        (FloatForm.IBM, 4, math.nan),
        (FloatForm.IBM, 8, math.inf),
        (FloatForm.IBM, 4, 16.0**63),
        (FloatForm.IBM, 8, -1e76),
        (FloatForm.IBM, 8, 1e-90),
        (FloatForm.IEEE, 4, 1e39),
        (FloatForm.IEEE, 4, 1e-50),
        (FloatForm.IEEE, 8, -math.inf),
    ],
)
def test_numbers_outside_the_range_of_the_form_are_refused(form: FloatForm, length: int, value: float) -> None:
    with pytest.raises(InputError, match="LRD911") as caught:
        encode(np.array([1.0, value]), comp(length, form))
    assert caught.value.context["row"] == 1


@pytest.mark.parametrize("null", list(Null))
@pytest.mark.parametrize("form", list(FloatForm))
def test_null_floats_come_back(form: FloatForm, null: Null) -> None:
    spec = comp(4, form, null_when=(null,))
    column = Column(np.array([7.0, 99.0]), null=np.array([False, True]))
    found = decode(spec, [row.tobytes() for row in encode(column, spec)])
    assert found.null is not None
    assert (found.valid, found.null.tolist(), found.values.tolist()) == (None, [False, True], [7.0, 0.0])


@pytest.mark.parametrize(
    ("code", "options"),
    [("LRD905", {"length": 6}), ("LRD906", {"sign": Sign.TRAILING}), ("LRD906", {"native_binary": True})],
)
def test_invalid_float_fields(code: str, options: dict) -> None:
    with pytest.raises(JobError, match=code):
        FieldSpec(**({"name": "F", "kind": Kind.FLOAT, "offset": 0, "length": 4} | options))


def test_only_floats_have_a_form() -> None:
    with pytest.raises(JobError, match="LRD906"):
        FieldSpec("B", Kind.BINARY, 0, 4, 9, float_form=FloatForm.IEEE)


def test_an_empty_batch() -> None:
    assert decode(comp(4), []).values.shape == (0,)
    assert encode(np.zeros(0), comp(8, FloatForm.IEEE)).shape == (0, 8)
