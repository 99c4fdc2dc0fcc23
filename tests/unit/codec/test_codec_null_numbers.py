"""Null numbers are written so that they are read as null again, whatever their rows held."""

from __future__ import annotations

import numpy as np
import pytest

from shared.codec import Column, Decoder, FieldSpec, Kind, Null, Sign, encode

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
