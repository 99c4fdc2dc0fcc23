"""What fills a field: each filling makes the encoded bytes of many records at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from shared.codec import Column, FieldSpec, encode, format_decimal
from shared.codec.columns import Bytes
from shared.sample.values import rows_of, rows_of_integers

_CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SEQUENCE_DIGITS: Final = 18


class Filling(Protocol):
    """A source of one field's bytes."""

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:
        """(count, length) bytes for the records from number ``first`` (0-based) on."""

    def extremes(self, records: int) -> Bytes:
        """(n, length) bytes: all that ``records`` records can hold, or the ends of the range."""


@dataclass(frozen=True, slots=True)
class Table:
    """One of some rows, (n, length)."""

    rows: Bytes

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """Rows drawn with equal chance."""
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
        """Numbers drawn with equal chance."""
        return encode(rng.integers(self.low, self.high, count, np.int64, endpoint=True), self.spec)

    def extremes(self, records: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """The lowest and the highest number."""
        return rows_of_integers([self.low, self.high], self.spec)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Numbers that grow by one a record; in text with leading zeros, as many digits as the field has (18 at most)."""

    spec: FieldSpec
    start: int

    def fill(self, rng: np.random.Generator, first: int, count: int) -> Bytes:  # noqa: ARG002 - the protocol's
        """The numbers of these records."""
        return self._encode(np.arange(self.start + first, self.start + first + count, dtype=np.int64))

    def extremes(self, records: int) -> Bytes:
        """The first and the last number; ValueError when text has too few digits for it."""
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
    """Capital letters, from one to as many as the field holds."""

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
