"""Null numbers are encoded so that they decode to null again, whatever value their rows have."""

from __future__ import annotations

import numpy as np
import pytest

from shared.codec import Column, Decoder, FieldSpec, FloatForm, Invalid, Kind, Null, Sign, encode
from tests.unit.codec import oracle

PLACES = {Kind.DISPLAY: 5, Kind.PACKED: 3, Kind.BINARY: 4}


@pytest.mark.parametrize("null", list(Null))
@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("sign", [Sign.NONE, Sign.TRAILING])
def test_null_numbers_come_back(kind: Kind, sign: Sign, null: Null) -> None:
    spec = FieldSpec("N", kind, 0, PLACES[kind], digits=5, sign=sign, null_when=(null,))
    column = Column(np.array([7, 99, 7], np.int64), null=np.array([False, True, False]))
    (found,) = Decoder([spec], spec.length).decode(encode(column, spec))
    assert found.null is not None
    assert (found.valid, found.null.tolist(), found.values.tolist()) == (None, [False, True, False], [7, 0, 7])
    assert column.values.tolist() == [7, 99, 7], "the caller's values stay"


INVALID = [
    (FieldSpec("D", Kind.DISPLAY, 0, 2, 2, invalid=Invalid.NULL), "F1F2", "F141"),
    (FieldSpec("P", Kind.PACKED, 0, 2, 3, invalid=Invalid.NULL), "123F", "12FF"),
    (FieldSpec("W", Kind.PACKED, 0, 10, 19, invalid=Invalid.NULL), "0" * 19 + "F", "A" * 20),
    (FieldSpec("B", Kind.BINARY, 0, 2, 4, invalid=Invalid.NULL), "0001", "FFFF"),
    (FieldSpec("F", Kind.FLOAT, 0, 4, float_form=FloatForm.IEEE, invalid=Invalid.NULL), "3F800000", "7F800000"),
    (FieldSpec("E", Kind.EDITED, 0, 2, 2, picture="Z9", invalid=Invalid.NULL), "40F1", "C1F1"),
    (FieldSpec("T", Kind.TEXT, 0, 3, code_page="utf-8", invalid=Invalid.NULL), "414243", "41C320"),
]


@pytest.mark.parametrize(("spec", "good", "bad"), INVALID)
def test_values_that_do_not_decode_can_be_null(spec: FieldSpec, good: str, bad: str) -> None:
    (column,) = Decoder([spec], spec.length).decode(
        oracle.batch([bytes.fromhex(good), bytes.fromhex(bad)], 0, spec.length)
    )
    assert column.valid is None
    assert column.null is not None
    assert column.null.tolist() == [False, True]
    if column.lengths is None:
        assert not column.values[1].any()
    else:
        assert column.lengths.tolist() == [3, 0]


def test_nulls_and_invalid_values_are_marked() -> None:
    spec = FieldSpec("P", Kind.PACKED, 0, 2, 3, null_when=(Null.LOW_VALUES,), invalid=Invalid.NULL)
    (column,) = Decoder([spec], 2).decode(oracle.batch([b"\x00\x00", b"\x12\x3f", b"\x40\x40"], 0, 2))
    assert column.null is not None
    assert (column.valid, column.null.tolist(), column.values.tolist()) == (None, [True, False, True], [0, 123, 0])
