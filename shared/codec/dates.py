"""Columns of dates in any of the ``DateForm``s to ISO text."""

from __future__ import annotations

from calendar import monthrange
from typing import Final, TypeAlias

import numpy as np

from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Column, Ints, Mask
from shared.codec.copying import copy_bytes
from shared.codec.date_forms import DateForm

Parts: TypeAlias = tuple[Ints, Ints, Ints]

_FOUR: Final = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint32)
_TWO: Final = np.frombuffer(b"".join(b"%02d" % n for n in range(100)), np.uint16)

_YEARS: Final = np.arange(10_000)
_LEAP: Final = ((_YEARS % 4 == 0) & ((_YEARS % 100 != 0) | (_YEARS % 400 == 0))).astype(np.int64)
"""1 for the leap years among 0 to 9999 (proleptic Gregorian calendar), else 0."""

_COMMON_AND_LEAP: Final = (2023, 2024)
_LAST_DAY: Final = np.zeros((2, 100), np.int64)
"""[leap, month]: the last day of the month, 0 for a month that does not exist."""
_LAST_DAY[:, 1:13] = [[monthrange(year, month)[1] for month in range(1, 13)] for year in _COMMON_AND_LEAP]

_MONTH_DAY: Final = np.zeros((2, 1000), np.int64)
"""[leap, day of the year]: month * 100 + day, 0 for a day that does not exist."""
for _leap, _last_days in enumerate(_LAST_DAY):
    _days = [month * 100 + day for month in range(1, 13) for day in range(1, _last_days[month] + 1)]
    _MONTH_DAY[_leap, 1 : len(_days) + 1] = _days


def parse_date(column: Column, form: DateForm, pivot: int = 50) -> Column:
    """The dates as (n, 10) uint8 ``YYYY-MM-DD``: days that exist, of the years 0001 to 9999 (proleptic Gregorian).

    Text must have exactly this form, without spaces around it. Numbers have scale 0 and the forms YYYYMMDD, YYYYDDD or
    YYMMDD. Two-digit years below ``pivot`` become 20yy, others 19yy. Rows that were not valid stay not valid, and null
    rows stay null; both hold ``0000-00-00``. Raises InputError LRD913 for wide numbers and for numbers in another form.
    """
    text = column.values.ndim == 2 and column.values.dtype == np.uint8
    fields, right = _from_text(column, form) if text else _from_number(column, form)
    year, month, day = _calendar_parts(fields, form, pivot)
    right &= (year >= 1) & (day >= 1) & (day <= _LAST_DAY[_LEAP[year], month])
    if column.valid is not None:
        right &= column.valid
    if column.null is not None:
        right &= ~column.null
    values = _iso(year * right, month * right, day * right)
    lengths = np.full(len(values), values.shape[1], np.int32)
    if column.null is not None:
        lengths[column.null] = 0
        right |= column.null
    return Column(values, lengths, None if right.all() else right, column.null)


def _from_text(column: Column, form: DateForm) -> tuple[dict[str, Ints], Mask]:
    """The numbers at the letters of the form, and which rows match the form; 0 for rows that do not."""
    values = column.values
    width = len(form)
    numbers = {letter: np.zeros(len(values), np.int64) for letter in "YMD"}
    if values.shape[1] < width:
        return numbers, np.zeros(len(values), bool)
    right = np.ones(len(values), bool) if column.lengths is None else column.lengths == width
    for place, letter in enumerate(form):
        if letter in numbers:
            digit = values[:, place] - np.uint8(ord("0"))
            right &= digit <= 9
            numbers[letter] *= 10
            numbers[letter] += digit
        else:
            right &= values[:, place] == ord(letter)
    return {letter: number * right for letter, number in numbers.items()}, right


def _from_number(column: Column, form: DateForm) -> tuple[dict[str, Ints], Mask]:
    if not form.numeric or column.values.ndim != 1:
        raise bad_values("LRD913", f"numbers of shape {column.values.shape} cannot be dates of the form {form}")
    right = (column.values >= 0) & (column.values < 10 ** len(form))
    rest = column.values * right
    numbers = {"M": np.zeros(len(rest), np.int64)}
    for letter in "DMY":
        base = 10 ** form.count(letter)
        upper = rest // base
        numbers[letter] = rest - upper * base
        rest = upper
    return numbers, right


def _calendar_parts(fields: dict[str, Ints], form: DateForm, pivot: int) -> Parts:
    year, month, day = fields["Y"], fields["M"], fields["D"]
    if form is DateForm.YYMMDD:
        year = year + np.where(year < pivot, 2000, 1900)
    if form is DateForm.JULIAN:
        month, day = np.divmod(_MONTH_DAY[_LEAP[year], day], 100)
    return year, month, day


def _iso(year: Ints, month: Ints, day: Ints) -> Bytes:
    out = np.full((len(year), 10), ord("-"), np.uint8)
    for words, place in ((_FOUR[year], 0), (_TWO[month], 5), (_TWO[day], 8)):
        text = words.view(np.uint8).reshape(len(year), words.itemsize)
        copy_bytes(text, 0, out, place, words.itemsize)
    return out
