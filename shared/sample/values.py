"""Values as people write them, to the bytes of a field: the way into ``shared.codec.encode``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final

import numpy as np

from shared.codec import WIDE_BASE, Column, DateForm, FieldSpec, encode
from shared.codec.columns import Bytes
from shared.jobs.rules import scaled

_FIRST_DAY: Final = date(1970, 1, 1)
_DAYS: Final = 60 * 365
_PATTERNS: Final = {
    DateForm.ISO: "%Y-%m-%d",
    DateForm.YYYYMMDD: "%Y%m%d",
    DateForm.EUR: "%d.%m.%Y",
    DateForm.USA: "%m/%d/%Y",
    DateForm.JULIAN: "%Y%j",
    DateForm.YYMMDD: "%y%m%d",
}
_IMPOSSIBLE: Final = {
    DateForm.ISO: "2023-13-45",
    DateForm.YYYYMMDD: "20231345",
    DateForm.EUR: "45.13.2023",
    DateForm.USA: "13/45/2023",
    DateForm.JULIAN: "2023999",
    DateForm.YYMMDD: "231345",
}


def rows_of(texts: Sequence[str], spec: FieldSpec) -> Bytes:
    """(n, spec.length) bytes of values given as text: text as it is, numbers as decimals.

    Raises InputError LRD911 or LRD912 for what the field cannot hold, JobError LRJ042 or LRJ043 for what is no number
    of its scale.
    """
    if spec.is_number:
        return rows_of_integers([scaled(text, spec) for text in texts], spec)
    raw = [text.encode() for text in texts]
    lengths = np.array([len(value) for value in raw], np.int32)
    stride = max(int(lengths.max(initial=1)), 1)
    values = np.frombuffer(b"".join(value.ljust(stride) for value in raw), np.uint8).reshape(-1, stride)
    return encode(Column(values, lengths), spec)


def rows_of_integers(values: Sequence[int], spec: FieldSpec) -> Bytes:
    """(n, spec.length) bytes of scaled integers of any size.

    Raises InputError LRD911 or ValueError for what the field cannot hold.
    """
    pairs = [divmod(abs(value), WIDE_BASE) for value in values]
    signs = np.array([-1 if value < 0 else 1 for value in values], np.int64)
    if any(high >= WIDE_BASE for high, _ in pairs):
        raise ValueError(f"{max(values, key=abs)} has more digits than any field")
    return encode(np.array(pairs, np.int64).reshape(-1, 2) * signs[:, np.newaxis], spec)


def days(form: DateForm, spec: FieldSpec) -> Bytes:
    """(n, spec.length) bytes of sixty years of days from 1970 on."""
    return rows_of(_day_texts(form), spec)


@cache
def _day_texts(form: DateForm) -> list[str]:
    return [(_FIRST_DAY + timedelta(day)).strftime(_PATTERNS[form]) for day in range(_DAYS)]


def no_day(form: DateForm, spec: FieldSpec) -> Bytes:
    """(1, spec.length) bytes of the right form and of no day."""
    return rows_of([_IMPOSSIBLE[form]], spec)
