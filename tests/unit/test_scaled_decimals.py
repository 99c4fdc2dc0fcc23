"""Scaled integers, decimals and control-total text: exact at any size, and inverse to each other."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.scaled_decimals import (
    TooManyPlaces,
    Total,
    format_totals,
    in_scale,
    parse_totals,
    sum_decimals,
    sum_totals,
    to_decimal,
    to_scaled,
    to_text,
)

SCALES = st.integers(-40, 60)
NUMBERS = st.integers(-(10**60), 10**60)


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [(1_250, 2, "12.50"), (-5, 2, "-0.05"), (0, 2, "0.00"), (5, 9, "0.000000005"), (5, -3, "5000"), (7, 0, "7"),
     (10**30 + 1, 2, "1" + "0" * 28 + ".01"), (-(10**30) - 1, 31, "-0.1" + "0" * 29 + "1")],
)  # fmt: skip
def test_scaled_integers_as_text_are_exact(value: int, scale: int, text: str) -> None:
    assert to_text(value, scale) == text


@given(NUMBERS, SCALES)
def test_a_scaled_integer_comes_back_from_its_text_and_its_decimal(number: int, scale: int) -> None:
    assert to_scaled(to_text(number, scale), scale) == number
    assert to_scaled(to_decimal(number, scale), scale) == number
    assert in_scale(to_decimal(number, scale), scale) == to_text(number, scale)


def test_more_decimal_places_than_the_scale() -> None:
    with pytest.raises(TooManyPlaces):
        to_scaled("1.25", 1)
    with pytest.raises(TooManyPlaces):
        to_scaled(1_500, -3)
    assert in_scale(Decimal("1.255"), 2) == "1.255"
    assert in_scale(Decimal("1E+3"), -3) == "1000"


@pytest.mark.parametrize("value", ["", "one", "1,5", "NaN", "Infinity", "1E999999999", "1E-999999999", None, [1]])
def test_what_is_not_a_number(value: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        to_scaled(value, 2)


@given(st.lists(st.integers(-(10**60), 10**60).map(lambda number: Decimal(number) / 100)))
def test_sums_of_decimals_are_exact(values: list[Decimal]) -> None:
    with localcontext(prec=300):
        assert sum_decimals(values) == sum(values)


def test_a_sum_of_absurdly_many_digits_is_refused() -> None:
    with pytest.raises(ArithmeticError):
        sum_decimals([Decimal("1E+300"), Decimal(1)])


TOTALS = st.builds(Total, st.sampled_from("ABC"), st.just(2), NUMBERS, NUMBERS, st.integers(0, 10**9))


@given(st.lists(TOTALS))
def test_control_totals_come_back_from_their_text(totals: list[Total]) -> None:
    assert list(parse_totals(format_totals(totals))) == totals


@given(st.lists(TOTALS))
def test_control_totals_are_summed_by_name(totals: list[Total]) -> None:
    sums = sum_totals(totals)
    assert set(sums) == {total.name for total in totals}
    for name, found in sums.items():
        mine = [total for total in totals if total.name == name]
        figures = [(total.valid, total.rejected, total.unreadable) for total in mine]
        assert (found.valid, found.rejected, found.unreadable) == tuple(map(sum, zip(*figures, strict=True)))


def test_a_run_without_totals() -> None:
    assert format_totals([]) == ""
    assert list(parse_totals("")) == []
    assert sum_totals([]) == {}
