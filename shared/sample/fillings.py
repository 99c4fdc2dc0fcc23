"""Values for the fields of sample records: a filling makes the encoded bytes of one field for many records at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Final, Protocol

import numpy as np

from shared.codec import Column, DateForm, FieldSpec, column_of, encode, format_decimal
from shared.codec.columns import Bytes
from shared.jobs.plan_rules import scaled

_FIRST_DAY: Final = date(1970, 1, 1)
_DAYS: Final = 60 * 365
_CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SEQUENCE_DIGITS: Final = 18


class Filling(Protocol):
    """A source of the bytes of one field."""

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:
        """(count, length) bytes for the records from number ``first`` (0-based) on."""

    def extremes(self, records: int) -> Bytes:
        """(n, length) bytes: all values of ``records`` records, or the smallest and the largest."""


@dataclass(frozen=True, slots=True)
class Table:
    """Values from a list of rows, (n, length)."""

    rows: Bytes

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """Random rows, all equally likely."""
        return self.rows[rng.integers(0, len(self.rows), count)]

    def extremes(self, records: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """All rows."""
        return self.rows


@dataclass(frozen=True, slots=True)
class Numbers:
    """Scaled integers from ``low`` to ``high``, both included and within int64."""

    spec: FieldSpec
    low: int
    high: int

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """Random numbers, all equally likely."""
        return encode(rng.integers(self.low, self.high, count, np.int64, endpoint=True), self.spec)

    def extremes(self, records: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """The lowest and the highest number."""
        return rows_of_integers([self.low, self.high], self.spec)


@dataclass(frozen=True, slots=True)
class Counting:
    """Numbers that increase by one with each record. In text they have leading zeros and at most 18 digits."""

    spec: FieldSpec
    start: int

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """The numbers of these records."""
        return self._encode(np.arange(self.start + first, self.start + first + count, dtype=np.int64))

    def extremes(self, records: int) -> Bytes:
        """The first and the last number. Raises ValueError when the field has too few digits for them."""
        last = self.start + max(records - 1, 0)
        if (self.start < 0 and not self.spec.is_number) or last >= 10**self._digits:
            raise ValueError(f"a sequence from {self.start} to {last} does not fit {self._digits} digits")
        return self._encode(np.array([self.start, last], np.int64))

    @property
    def _digits(self) -> int:
        return min(self.spec.digits if self.spec.is_number else self.spec.length, _SEQUENCE_DIGITS)

    def _encode(self, values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bytes:
        if self.spec.is_number:
            return encode(values, self.spec)
        return encode(Column(np.ascontiguousarray(format_decimal(values, self._digits, 0)[:, 2:])), self.spec)


class Letters:
    """Capital letters: between one and as many as the field can hold."""

    def __init__(self, spec: FieldSpec) -> None:
        one = replace(spec, length=1)
        self._letters = rows_of(list(_CAPITALS), one)[:, 0]
        self._space = rows_of([" "], one)[0, 0]
        self._length = spec.length

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """Random letters of random length."""
        letters: Bytes = self._letters[rng.integers(0, len(self._letters), (count, self._length), np.uint8)]
        lengths = rng.integers(1, self._length, count, endpoint=True)
        letters[np.arange(self._length) >= lengths[:, np.newaxis]] = self._space
        return letters

    def extremes(self, records: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """The shortest text and the longest."""
        shortest = np.full(self._length, self._space, np.uint8)
        shortest[0] = self._letters[0]
        return np.stack([shortest, np.full(self._length, self._letters[-1], np.uint8)])


def rows_of(texts: Sequence[str], spec: FieldSpec) -> Bytes:
    """(n, spec.length) bytes of values given as text; numbers are decimals.

    Raises InputError LRD911 or LRD912 for values that do not fit the field, JobError LRJ042 or LRJ043 for text that is
    not a number of the field's scale.
    """
    if spec.is_number:
        return rows_of_integers([scaled(text, spec) for text in texts], spec)
    return encode(column_of([text.encode() for text in texts], spec), spec)


def rows_of_integers(values: Sequence[int], spec: FieldSpec) -> Bytes:
    """(n, spec.length) bytes of scaled integers. Raises InputError LRD911 for values that do not fit the field."""
    return encode(column_of(values, spec), spec)


def days(form: DateForm, spec: FieldSpec) -> Bytes:
    """(n, spec.length) bytes of the days of sixty years from 1970 on."""
    if spec.is_number:  # a date in a number is a whole number (LRJ044), and converting 20,000 decimals takes a second
        return rows_of_integers([int(text) for text in _day_texts(form)], spec)
    return rows_of(_day_texts(form), spec)


@cache
def _day_texts(form: DateForm) -> list[str]:
    return [form.text(_FIRST_DAY + timedelta(day)) for day in range(_DAYS)]
