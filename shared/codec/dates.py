"""Dates in the forms that mainframe files use, to ISO text."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np

from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Column, Ints, Mask

Parts: TypeAlias = tuple[Ints, Ints, Ints]

_MONTH_STARTS: Final = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365], np.int64)
_FOUR: Final = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint8).reshape(-1, 4)
_TWO: Final = _FOUR[:100, 2:]


class DateForm(StrEnum):
    """How a date is written; the value is the form itself, Y, M and D standing for digits."""

    ISO = "YYYY-MM-DD"
    YYYYMMDD = "YYYYMMDD"
    EUR = "DD.MM.YYYY"
    USA = "MM/DD/YYYY"
    JULIAN = "YYYYDDD"
    YYMMDD = "YYMMDD"


_NUMERIC: Final = frozenset({DateForm.YYYYMMDD, DateForm.JULIAN, DateForm.YYMMDD})


def parse_date(column: Column, form: DateForm, pivot: int = 50) -> Column:
    """(n, 10) uint8 ``YYYY-MM-DD`` of real days of the years 0001 to 9999 (proleptic Gregorian calendar).

    Text must have the form exactly, without spaces around it; numbers, with scale 0, are taken for YYYYMMDD,
    YYYYDDD and YYMMDD. Two-digit years below the pivot are of this century (20yy), others 19yy. Rows that
    were not valid stay so, rows that are null stay null.
    Raises InputError LRD913 for numbers in another form, or wide ones.
    """
    text = column.values.ndim == 2 and column.values.dtype == np.uint8
    fields, right = _from_text(column, form) if text else _from_number(column, form)
    year, month, day = _calendar_parts(fields, form, pivot)
    right &= _exists(year, month, day)
    if column.valid is not None:
        right &= column.valid
    values = _iso(np.where(right, year, 1), np.where(right, month, 1), np.where(right, day, 1))
    if column.null is not None:
        right |= column.null
    lengths = np.full(len(values), values.shape[1], np.int32)
    if column.null is not None:
        lengths[column.null] = 0
    return Column(values, lengths, None if right.all() else right, column.null)


def _from_text(column: Column, form: DateForm) -> tuple[dict[str, Ints], Mask]:
    """The numbers behind the letters of the form, and which rows have its shape."""
    values = column.values
    width = len(form)
    if values.shape[1] < width:
        return {letter: np.zeros(len(values), np.int64) for letter in "YMD"}, np.zeros(len(values), bool)
    right = np.ones(len(values), bool) if column.lengths is None else column.lengths == width
    numbers = {letter: np.zeros(len(values), np.int64) for letter in "YMD"}
    for place, letter in enumerate(form):
        if letter in numbers:
            digit = values[:, place] - np.uint8(ord("0"))
            right &= digit <= 9
            numbers[letter] = numbers[letter] * 10 + digit
        else:
            right &= values[:, place] == ord(letter)
    return numbers, right


def _from_number(column: Column, form: DateForm) -> tuple[dict[str, Ints], Mask]:
    if form not in _NUMERIC or column.values.ndim != 1:
        raise bad_values("LRD913", f"numbers of shape {column.values.shape} are no dates of the form {form}")
    rest = column.values.astype(np.int64)
    right = (rest >= 0) & (rest < 10 ** len(form))
    numbers = {}
    for letter in "DMY":
        base = 10 ** form.count(letter)
        numbers[letter] = rest % base
        rest //= base
    return numbers, right


def _calendar_parts(fields: dict[str, Ints], form: DateForm, pivot: int) -> Parts:
    year, month, day = fields["Y"], fields["M"], fields["D"]
    if form is DateForm.YYMMDD:
        year = year + np.where(year < pivot, 2000, 1900)
    if form is DateForm.JULIAN:
        month, day = _from_day_of_year(year, day)
    return year, month, day


def _leap(year: Ints) -> Mask:
    leap: Mask = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return leap


def _from_day_of_year(year: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Month and day; days that do not exist give a month or day that does not either."""
    leap = _leap(year)
    common = day - (leap & (day > 59))
    month = np.searchsorted(_MONTH_STARTS, common, side="left").astype(np.int64)
    start = _MONTH_STARTS[np.clip(month - 1, 0, 12)]
    is_29_february = leap & (day == 60)
    return np.where(is_29_february, 2, month), np.where(is_29_february, 29, common - start)


def _exists(year: Ints, month: Ints, day: Ints) -> Mask:
    inside: Mask = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1)
    safe = np.where(inside, month, 1)
    last = _MONTH_STARTS[safe] - _MONTH_STARTS[safe - 1] + ((safe == 2) & _leap(year))
    inside &= day <= last
    return inside


def _iso(year: Ints, month: Ints, day: Ints) -> Bytes:
    out = np.full((len(year), 10), ord("-"), np.uint8)
    out[:, :4] = _FOUR[year]
    out[:, 5:7] = _TWO[month]
    out[:, 8:] = _TWO[day]
    return out
