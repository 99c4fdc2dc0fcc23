"""Rules over columns, wide numbers and nulls; what a reject says about them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codec import WIDE_BASE, Column, DateForm
from shared.transform.plan import Rule, RuleKind
from shared.transform.rule_kernels import breaking_rows, describe

WIDE = st.integers(-(10**31) + 1, 10**31 - 1)
NARROW = st.integers(-(10**18) + 1, 10**18 - 1)
BOUND = st.none() | st.integers(-(10**33), 10**33)


def wide(values: list[int]) -> Column:
    pairs = [
        ((-1) ** (value < 0) * (abs(value) // WIDE_BASE), (-1) ** (value < 0) * (abs(value) % WIDE_BASE))
        for value in values
    ]
    return Column(np.array(pairs, np.int64).reshape(-1, 2))


def narrow(values: list[int]) -> Column:
    return Column(np.array(values, np.int64))


def text(*values: str) -> Column:
    stride = max(len(value) for value in values) or 1
    raw = b"".join(value.ljust(stride).encode() for value in values)
    lengths = np.array([len(value) for value in values], np.int32)
    return Column(np.frombuffer(raw, np.uint8).reshape(-1, stride), lengths)


def outside(values: list[int], low: int | None, high: int | None) -> list[bool]:
    return [(low is not None and value < low) or (high is not None and value > high) for value in values]


@given(st.lists(WIDE, min_size=1), BOUND, BOUND)
def test_ranges_of_wide_numbers(values: list[int], low: int | None, high: int | None) -> None:
    rule = Rule(RuleKind.RANGE, "A", low, high)
    assert breaking_rows(rule, wide(values)).tolist() == outside(values, low, high)


@given(st.lists(NARROW, min_size=1), BOUND, BOUND)
def test_ranges_of_narrow_numbers(values: list[int], low: int | None, high: int | None) -> None:
    rule = Rule(RuleKind.RANGE, "A", low, high)
    assert breaking_rows(rule, narrow(values)).tolist() == outside(values, low, high)


@given(st.lists(WIDE, min_size=1), st.data())
def test_lists_of_wide_numbers(values: list[int], data: st.DataObject) -> None:
    listed = data.draw(st.lists(st.sampled_from(values) | WIDE, min_size=1, max_size=4))
    rule = Rule(RuleKind.IN_LIST, "A", values=tuple(listed))
    assert breaking_rows(rule, wide(values)).tolist() == [value not in listed for value in values]


@pytest.mark.parametrize("bound", [10**18 - 1, 10**18, 10**18 + 1, -(10**18), -1, 0, 1])
def test_bounds_at_the_seam_of_the_halves(bound: int) -> None:
    values = [bound - 1, bound, bound + 1]
    assert breaking_rows(Rule(RuleKind.RANGE, "A", bound, bound), wide(values)).tolist() == [True, False, True]


def test_lists_of_text_compare_whole_values() -> None:
    rule = Rule(RuleKind.IN_LIST, "A", values=("A", "BC", "LONGER THAN THE FIELD", ""))
    column = text("A", "AB", "B", "BC", "BCD", "")
    assert breaking_rows(rule, column).tolist() == [False, True, True, False, True, False]
    assert breaking_rows(Rule(RuleKind.IN_LIST, "A", values=("é",)), text("A")).tolist() == [True]


def test_only_required_sees_nulls() -> None:
    column = Column(np.array([5, 0], np.int64), null=np.array([False, True]))
    assert breaking_rows(Rule(RuleKind.RANGE, "A", 9, 10), column).tolist() == [True, False]
    assert breaking_rows(Rule(RuleKind.IN_LIST, "A", values=(9,)), column).tolist() == [True, False]
    assert breaking_rows(Rule(RuleKind.REQUIRED, "A"), column).tolist() == [False, True]
    assert column.null is not None
    assert column.null.tolist() == [False, True], "the column is left as it was"


def test_required_text_may_not_be_blank_and_zero_is_a_value() -> None:
    assert breaking_rows(Rule(RuleKind.REQUIRED, "A"), text("x", "")).tolist() == [False, True]
    assert breaking_rows(Rule(RuleKind.REQUIRED, "A"), narrow([0])).tolist() == [False]


def test_dates() -> None:
    rule = Rule(RuleKind.DATE, "A", date_form=DateForm.YYYYMMDD)
    assert breaking_rows(rule, text("20240229", "20230229", "        ")).tolist() == [False, True, True]
    assert breaking_rows(rule, narrow([20240229, 20230229])).tolist() == [False, True]


def test_descriptions_speak_the_fields_language() -> None:
    assert (
        describe(Rule(RuleKind.RANGE, "A", 0, 25_000_000), "-1.00", 2) == "-1.00 is outside the range 0.00 … 250000.00"
    )
    assert describe(Rule(RuleKind.IN_LIST, "A", values=(150, 200)), "1.75", 2) == "'1.75' is none of 1.50, 2.00"
    assert describe(Rule(RuleKind.IN_LIST, "A", values=("A", "B")), "C", 0) == "'C' is none of 'A', 'B'"
    assert "YYYYDDD" in describe(Rule(RuleKind.DATE, "A", date_form=DateForm.JULIAN), "2023999", 0)
