"""format_decimal against Decimal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.codec import format_decimal
from shared.errors import InputError
from tests.unit.codec import oracle
from tests.unit.codec.test_codec_numbers import wide


@settings(max_examples=400, deadline=None)
@given(st.data(), st.integers(1, 31))
def test_text_equals_decimal(data: st.DataObject, digits: int) -> None:
    scale = data.draw(st.integers(digits - 31, 31))
    limit = 10**digits - 1
    values = data.draw(st.lists(st.integers(-limit, limit) | st.sampled_from([0, 1, -1, limit, -limit]), max_size=9))
    array = np.array(values, np.int64) if digits <= 18 else wide(values).reshape(-1, 2)
    rows = format_decimal(array, digits, scale)
    assert rows.dtype == np.uint8
    assert [row.tobytes().decode() for row in rows] == [oracle.decimal_text(value, digits, scale) for value in values]


def test_the_form_the_driver_binds() -> None:
    rows = format_decimal(np.array([-12345, 7, 0]), 9, 2)
    assert [row.tobytes() for row in rows] == [b"-0000123.45", b"+0000000.07", b"+0000000.00"]
    assert format_decimal(np.array([-12345]), 9, 0).tobytes() == b"-0000012345"


def test_narrow_values_of_nineteen_digits() -> None:
    values = [2**63 - 1, -(2**63), 10**18, -(10**18) + 1]
    rows = format_decimal(np.array(values), 19, 3)
    assert [row.tobytes().decode() for row in rows] == [oracle.decimal_text(value, 19, 3) for value in values]


@pytest.mark.parametrize(("digits", "scale"), [(0, 0), (32, 0), (5, 32), (20, -12)])
def test_impossible_decimals_are_refused(digits: int, scale: int) -> None:
    with pytest.raises(InputError, match="LRD913"):
        format_decimal(np.array([1]), digits, scale)
