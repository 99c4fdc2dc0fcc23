"""Control totals: exact beyond 64 bits, split into accepted, rejected and unreadable."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shared.codec import WIDE_BASE, Column
from shared.transform.loading import exact_sum, total

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(INT64))
def test_sums_beyond_int64(values: list[int]) -> None:
    assert exact_sum(np.array(values, np.int64)) == sum(values)


@given(st.lists(st.tuples(INT64, INT64)))
def test_sums_of_wide_numbers(pairs: list[tuple[int, int]]) -> None:
    expected = sum(high * WIDE_BASE + low for high, low in pairs)
    assert exact_sum(np.array(pairs, np.int64).reshape(-1, 2)) == expected


@given(st.lists(st.tuples(INT64, st.booleans(), st.booleans())))
def test_every_value_is_counted_once(rows: list[tuple[int, bool, bool]]) -> None:
    """Rows are (value, decoded, rejected by a rule); what did not decode is rejected in any case."""
    values = np.array([value if decoded else 0 for value, decoded, _ in rows], np.int64)
    valid = np.array([decoded for _, decoded, _ in rows], np.bool_)
    bad = np.array([refused or not decoded for _, decoded, refused in rows], np.bool_)
    found = total("A", 2, Column(values, valid=valid), bad)
    assert found.valid == sum(value for value, decoded, refused in rows if decoded and not refused)
    assert found.rejected == sum(value for value, decoded, refused in rows if decoded and refused)
    assert found.unreadable == sum(not decoded for _, decoded, _ in rows)
    assert (found.name, found.scale) == ("A", 2)


def test_without_rejects() -> None:
    found = total("A", 0, Column(np.array([1, 2], np.int64)), np.zeros(2, np.bool_))
    assert (found.valid, found.rejected, found.unreadable) == (3, 0, 0)
