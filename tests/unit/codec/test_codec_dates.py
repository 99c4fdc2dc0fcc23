"""parse_date against datetime."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codec import Column, DateForm, parse_date
from shared.errors import InputError
from tests.unit.codec import oracle

ISO, YYYYMMDD, JULIAN, YYMMDD = DateForm.ISO, DateForm.YYYYMMDD, DateForm.JULIAN, DateForm.YYMMDD
EVERY_DAY = [date(1, 1, 1) + timedelta(days) for days in range(0, 3_652_058, 97)] + [date(9999, 12, 31)]


def text_column(texts: list[str], width: int = 0) -> Column:
    width = width or max(map(len, texts))
    values = np.array([list(text.ljust(width).encode()) for text in texts], np.uint8)
    return Column(values, np.array([len(text) for text in texts], np.int32))


def written(day: date, form: DateForm) -> str:
    julian = day.timetuple().tm_yday
    y, m, d = f"{day.year:04}", f"{day.month:02}", f"{day.day:02}"
    forms = {"YYYY-MM-DD": f"{y}-{m}-{d}", "YYYYMMDD": y + m + d, "DD.MM.YYYY": f"{d}.{m}.{y}"}
    more = {"MM/DD/YYYY": f"{m}/{d}/{y}", "YYYYDDD": f"{y}{julian:03}", "YYMMDD": y[2:] + m + d}
    return (forms | more)[form]


@pytest.mark.parametrize("form", [form for form in DateForm if form is not YYMMDD])
def test_days_of_all_years(form: DateForm) -> None:
    column = parse_date(text_column([written(day, form) for day in EVERY_DAY]), form)
    assert column.valid is None
    assert oracle.texts(column) == [day.isoformat() for day in EVERY_DAY]


@pytest.mark.parametrize("year", [1900, 2000, 2023, 2024])
@pytest.mark.parametrize("form", [YYYYMMDD, JULIAN])
def test_every_day_number_of_a_year(year: int, form: DateForm) -> None:
    good = {
        written(date(year, 1, 1) + timedelta(days), form): date(year, 1, 1) + timedelta(days) for days in range(365)
    }
    if year % 4 == 0 and year != 1900:
        good[written(date(year, 12, 31), form)] = date(year, 12, 31)
    tails = range(1000) if form is JULIAN else range(10000)
    texts = [f"{year}{tail:0{3 if form is JULIAN else 4}}" for tail in tails]
    expected = [good[text].isoformat() if text in good else None for text in texts]
    assert oracle.texts(parse_date(text_column(texts), form)) == expected
    assert oracle.texts(parse_date(Column(np.array([int(text) for text in texts])), form)) == expected


@pytest.mark.parametrize(("pivot", "year"), [(50, "1950"), (51, "2050"), (0, "1950"), (100, "2050")])
def test_two_digit_years_turn_at_the_pivot(pivot: int, year: str) -> None:
    assert oracle.texts(parse_date(text_column(["500131"]), YYMMDD, pivot)) == [f"{year}-01-31"]
    assert oracle.texts(parse_date(Column(np.array([500131])), YYMMDD, pivot)) == [f"{year}-01-31"]


@given(st.lists(st.text("0123456789-./ ", max_size=11), min_size=1, max_size=8), st.sampled_from([ISO, YYYYMMDD]))
def test_other_texts_are_not_dates(texts: list[str], form: DateForm) -> None:
    expected = []
    for text in texts:
        shape = len(text) == len(form) and all(c.isdigit() == f.isalpha() for c, f in zip(text, form, strict=True))
        try:
            day = date.fromisoformat(text) if shape and (form is YYYYMMDD or text[4] + text[7] == "--") else None
        except ValueError:
            day = None
        expected.append(day.isoformat() if day else None)
    assert oracle.texts(parse_date(text_column(texts, 11), form)) == expected


def test_invalid_and_null_rows_stay_invalid_and_null() -> None:
    mask = np.array([True, True, False])
    column = Column(np.array([20240229, 20240301, 20240101]), valid=mask, null=np.array([False, True, False]))
    dates = parse_date(column, YYYYMMDD)
    assert dates.valid is not None
    assert dates.valid.tolist() == [True, True, False]
    assert dates.null is not None
    assert dates.null.tolist() == [False, True, False]
    assert dates.lengths is not None
    assert dates.lengths.tolist()[:2] == [10, 0]
    assert [row.tobytes() for row in dates.values] == [b"2024-02-29", b"0000-00-00", b"0000-00-00"]


def test_numbers_outside_the_calendar() -> None:
    numbers = [-20240101, 202401011, 20240230, 101, 0, 10101]
    dates = parse_date(Column(np.array(numbers)), YYYYMMDD)
    assert oracle.texts(dates) == [None, None, None, None, None, "0001-01-01"]


def test_fields_too_narrow_for_the_form_have_no_dates() -> None:
    assert oracle.texts(parse_date(text_column(["2024"]), ISO)) == [None]


@pytest.mark.parametrize("form", [ISO, DateForm.EUR, DateForm.USA])
def test_numbers_have_no_separators(form: DateForm) -> None:
    with pytest.raises(InputError, match="LRD913"):
        parse_date(Column(np.array([20240101])), form)
