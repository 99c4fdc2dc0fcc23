"""Values as bytes: exactly those that the decoder takes for the value."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from shared.codec import Decoder, FieldSpec, Kind, Sign
from shared.errors import JobError
from shared.jobs.stored_forms import space_of, stored_forms, zone_of


def every_form(spec: FieldSpec, value: int) -> set[bytes]:
    """All bytes of the field that decode to ``value``."""
    raws = np.array(list(product(range(256), repeat=spec.length)), np.uint8)
    column = Decoder([spec], spec.length).decode(raws)[0]
    good = column.values == value
    if column.valid is not None:
        good &= column.valid
    return {row.tobytes() for row in raws[good]}


SPECS = [
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2, code_page="latin-1"),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2, strict_sign=True),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2, sign=Sign.TRAILING),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2, sign=Sign.TRAILING, strict_sign=True),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2, sign=Sign.LEADING),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=2, sign=Sign.TRAILING, code_page="latin-1"),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=1, sign=Sign.LEADING_SEPARATE),
    FieldSpec("N", Kind.DISPLAY, 0, 2, digits=1, sign=Sign.TRAILING_SEPARATE, code_page="latin-1"),
    FieldSpec("N", Kind.PACKED, 0, 2, digits=3),
    FieldSpec("N", Kind.PACKED, 0, 2, digits=3, sign=Sign.TRAILING),
    FieldSpec("N", Kind.PACKED, 0, 2, digits=2, sign=Sign.TRAILING, strict_sign=True),
    FieldSpec("N", Kind.PACKED, 0, 1, digits=2, signless=True),
    FieldSpec("N", Kind.BINARY, 0, 2, digits=4),
    FieldSpec("N", Kind.BINARY, 0, 2, digits=4, sign=Sign.TRAILING, little_endian=True),
    FieldSpec("N", Kind.BINARY, 0, 1, digits=2, native_binary=True),
]


@pytest.mark.parametrize("spec", SPECS, ids=[str(place) for place in range(len(SPECS))])
@pytest.mark.parametrize("value", [0, 7, -3, 42])
def test_they_are_all_that_decode_to_the_value(spec: FieldSpec, value: int) -> None:
    expected = every_form(spec, value)
    if expected:
        assert stored_forms(spec, value) == expected
    else:
        with pytest.raises(JobError, match="LRJ072"):
            stored_forms(spec, value)


@pytest.mark.parametrize(
    ("page", "value", "raw"),
    [
        ("cp037", "A", "c1404040"),
        ("cp037", "a b", "8140 8240"),
        ("cp500", "[", "4a404040"),
        ("latin-1", "é", "e9202020"),
        ("utf-8", "é", "c3a92020"),
        ("utf-16", "é", "00e90020"),
        ("common", "A B", "c140c240"),
        ("cp939", "A", "c1404040"),
        ("cp037", "", "40404040"),
        ("cp037", "X'00FF00FF'", "00ff00ff"),
        ("cp037", 12, "f1f24040"),
    ],
)
def test_texts_are_padded_with_the_pages_space(page: str, value: str | int, raw: str) -> None:
    assert stored_forms(FieldSpec("T", Kind.TEXT, 0, 4, code_page=page), value) == {bytes.fromhex(raw)}


@pytest.mark.parametrize(
    ("spec", "value", "code"),
    [
        (FieldSpec("T", Kind.TEXT, 0, 2), "ABC", "LRJ072"),
        (FieldSpec("T", Kind.TEXT, 0, 2), "漢", "LRJ072"),
        (FieldSpec("T", Kind.TEXT, 0, 2), "\ufffd", "LRJ072"),
        (FieldSpec("T", Kind.TEXT, 0, 2), "X'00'", "LRJ072"),
        (FieldSpec("T", Kind.TEXT, 0, 2, code_page="cp300"), "A", "LRJ072"),
        (FieldSpec("F", Kind.FLOAT, 0, 4), 1, "LRJ072"),
        (FieldSpec("R", Kind.RAW, 0, 4), "A", "LRJ072"),
        (FieldSpec("N", Kind.PACKED, 0, 2, digits=3), 1000, "LRJ072"),
        (FieldSpec("N", Kind.PACKED, 0, 2, digits=3), "one", "LRJ042"),
        (FieldSpec("N", Kind.PACKED, 0, 2, digits=3, scale=1), "1.25", "LRJ043"),
    ],
)
def test_values_that_no_bytes_stand_for(spec: FieldSpec, value: str | int, code: str) -> None:
    with pytest.raises(JobError) as caught:
        stored_forms(spec, value)
    assert caught.value.code == code


def test_spaces_and_digits_of_pages() -> None:
    assert [(space_of(page), zone_of(page)) for page in ("cp037", "latin-1", "common")] == [
        (0x40, 0xF0),
        (0x20, 0x30),
        (0x40, 0xF0),
    ]
