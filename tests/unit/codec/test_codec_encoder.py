"""Python values as the columns that ``encode`` takes."""

from __future__ import annotations

from typing import Any

import pytest

from shared.codec import Decoder, FieldSpec, Kind, Sign, column_of, encode
from shared.errors import InputError

WIDE = FieldSpec("W", Kind.PACKED, 0, 16, 31, sign=Sign.TRAILING)
EXAMPLES: list[tuple[FieldSpec, list[Any]]] = [
    (FieldSpec("N", Kind.PACKED, 0, 3, 5, sign=Sign.TRAILING), [0, 99_999, -99_999]),
    (WIDE, [0, 10**31 - 1, 1 - 10**31, 10**18, -(10**18)]),
    (FieldSpec("F", Kind.FLOAT, 0, 8), [0.0, 1.5, -0.25]),
    (FieldSpec("R", Kind.RAW, 0, 2), [b"\x00\xff", b"ab"]),
]


@pytest.mark.parametrize(("spec", "values"), EXAMPLES)
def test_values_come_back_from_the_bytes_of_their_column(spec: FieldSpec, values: list[Any]) -> None:
    raw = encode(column_of(values, spec), spec)
    (column,) = Decoder([spec], spec.length).decode(raw)
    assert column.values.tolist() == column_of(values, spec).values.tolist()


def test_text_may_be_shorter_than_its_field_or_longer() -> None:
    spec = FieldSpec("T", Kind.TEXT, 0, 3)
    column = column_of([b"", b"abcd"], spec)
    assert column.values.tobytes() == b"    abcd"
    assert column.lengths is not None
    assert column.lengths.tolist() == [0, 4]
    assert column_of([], spec).values.shape == (0, 3)


@pytest.mark.parametrize("value", [10**31, -(10**31), 10**40])
def test_an_integer_of_more_digits_than_the_field_is_refused(value: int) -> None:
    with pytest.raises(InputError, match="LRD911") as caught:
        column_of([1, value], WIDE)
    assert caught.value.context["row"] == 1
