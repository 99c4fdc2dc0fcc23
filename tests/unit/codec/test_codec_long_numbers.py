"""Numbers of more than 31 digits: exact, as text."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.codec import Column, Decoder, FieldSpec, Invalid, Kind, Null, Sign, encode, explain
from shared.errors import InputError, JobError


def spec_of(encoding: Kind, length: int, **more: object) -> FieldSpec:
    return FieldSpec("N", Kind.LONG, 0, length, **{"digits": 37, "long_encoding": encoding, **more})


SPECS = [
    spec_of(Kind.DISPLAY, 37),
    spec_of(Kind.DISPLAY, 37, sign=Sign.TRAILING, scale=2),
    spec_of(Kind.DISPLAY, 38, sign=Sign.LEADING_SEPARATE),
    spec_of(Kind.DISPLAY, 37, sign=Sign.LEADING, code_page="latin-1", scale=37),
    spec_of(Kind.DISPLAY, 38, sign=Sign.TRAILING_SEPARATE, code_page="latin-1"),
    spec_of(Kind.PACKED, 19, scale=10),
    spec_of(Kind.PACKED, 19, sign=Sign.TRAILING, scale=38),
    spec_of(Kind.PACKED, 19, digits=36, sign=Sign.TRAILING),
    spec_of(Kind.PACKED, 19, signless=True),
    spec_of(Kind.PACKED, 10, digits=19, scale=-15),
    spec_of(Kind.BINARY, 16),
    spec_of(Kind.BINARY, 16, sign=Sign.TRAILING, scale=3),
    spec_of(Kind.BINARY, 16, sign=Sign.TRAILING, little_endian=True),
    spec_of(Kind.BINARY, 14, digits=33, sign=Sign.TRAILING),
]
each = pytest.mark.parametrize("spec", SPECS, ids=[str(place) for place in range(len(SPECS))])


def texts(column: Column) -> list[str]:
    assert column.lengths is not None
    return [row[:length].tobytes().decode() for row, length in zip(column.values, column.lengths, strict=True)]


def column_of(found: list[str]) -> Column:
    lengths = np.array([len(text) for text in found], np.int32)
    stride = max(map(len, found))
    return Column(
        np.frombuffer("".join(text.ljust(stride) for text in found).encode(), np.uint8).reshape(-1, stride), lengths
    )


def decimal_text(number: int, spec: FieldSpec) -> str:
    return format(Decimal(f"{number}E{-spec.scale}"), "f")


@each
@settings(max_examples=25)
@given(data=st.data())
def test_numbers_come_back(spec: FieldSpec, data: st.DataObject) -> None:
    most = 10**spec.digits - 1
    numbers = data.draw(st.lists(st.integers(-most if spec.signed else 0, most), min_size=1, max_size=5))
    numbers += [0, most, *([-most, -1] if spec.signed else [])]
    expected = [decimal_text(number, spec) for number in numbers]
    raws = encode(column_of(expected), spec)
    found = Decoder([spec], spec.length).decode(raws)[0]
    assert found.valid is None
    assert texts(found) == expected
    assert max(map(len, expected)) <= spec.most_characters


@each
@settings(max_examples=25)
@given(raws=st.lists(st.binary(min_size=40, max_size=40), min_size=1, max_size=4))
def test_any_bytes_are_a_number_or_a_fault(spec: FieldSpec, raws: list[bytes]) -> None:
    block = np.frombuffer(b"".join(raws), np.uint8).reshape(-1, 40)
    found = Decoder([spec], 40).decode(block)[0]
    good = [True] * len(raws) if found.valid is None else found.valid.tolist()
    for raw, valid, text in zip(raws, good, texts(found), strict=True):
        if valid:
            assert abs(Decimal(text).scaleb(spec.scale)) < Decimal(10) ** spec.digits
            with pytest.raises(InputError, match="LRD910"):
                explain(spec, raw[: spec.length])
        else:
            assert explain(spec, raw[: spec.length]).code.startswith("LRD00")


@pytest.mark.parametrize(
    ("spec", "raw", "text"),
    [
        (spec_of(Kind.DISPLAY, 37, sign=Sign.TRAILING), "f1" * 36 + "d2", "-" + "1" * 36 + "2"),
        (spec_of(Kind.PACKED, 19, sign=Sign.TRAILING), "12" * 18 + "1d", "-" + "12" * 18 + "1"),
        (spec_of(Kind.BINARY, 16, sign=Sign.TRAILING), "ff" * 16, "-1"),
        (spec_of(Kind.PACKED, 19, sign=Sign.TRAILING, scale=2), "00" * 18 + "5d", "-0.05"),
        (spec_of(Kind.PACKED, 19, sign=Sign.TRAILING), "00" * 18 + "0d", "0"),
    ],
)
def test_known_bytes(spec: FieldSpec, raw: str, text: str) -> None:
    found = Decoder([spec], spec.length).decode(np.frombuffer(bytes.fromhex(raw), np.uint8).reshape(1, -1))[0]
    assert texts(found) == [text]


def test_numbers_that_do_not_fit_the_picture() -> None:
    spec = spec_of(Kind.BINARY, 16)
    raw = (10**37).to_bytes(16, "big")
    found = Decoder([spec], 16).decode(np.frombuffer(raw, np.uint8).reshape(1, -1))[0]
    assert found.valid is not None
    assert explain(spec, raw).code == "LRD006"


def test_null_and_invalid() -> None:
    spec = spec_of(Kind.PACKED, 19, null_when=(Null.LOW_VALUES,), invalid=Invalid.NULL)
    raws = np.frombuffer(b"\0" * 19 + b"\xff" * 19 + b"\0" * 18 + b"\x1c", np.uint8).reshape(-1, 19)
    found = Decoder([spec], 19).decode(raws)[0]
    assert found.valid is None
    assert found.null is not None
    assert found.null.tolist() == [True, True, False]
    assert texts(found)[2] == "1"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"digits": 31, "length": 16, "long_encoding": Kind.PACKED}, "LRD904"),
        ({"digits": 37, "length": 37, "long_encoding": Kind.TEXT}, "LRD904"),
        ({"digits": 37, "length": 20, "long_encoding": Kind.PACKED}, "LRD905"),
        ({"digits": 37, "length": 19, "long_encoding": Kind.PACKED, "null_when": (Null.ZEROS,)}, "LRD906"),
        ({"digits": 37, "length": 19, "long_encoding": Kind.PACKED, "little_endian": True}, "LRD906"),
    ],
)
def test_invalid_definitions(more: dict[str, object], code: str) -> None:
    with pytest.raises(JobError) as caught:
        FieldSpec(**{"name": "N", "kind": Kind.LONG, "offset": 0, **more})
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["1" * 38, "-1", "1.5", "x", ""])
def test_numbers_that_do_not_fit_are_not_encoded(text: str) -> None:
    with pytest.raises(InputError, match="LRD911"):
        encode(column_of([text or " "]), spec_of(Kind.PACKED, 19))


def test_the_definition_comes_back_from_its_dictionary() -> None:
    for spec in SPECS:
        assert FieldSpec.from_dict(spec.to_dict()) == spec
