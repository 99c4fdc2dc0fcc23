"""The fixed layouts that decoding is timed on, each of 200-byte records, and records of random values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from shared.codec import Column, FieldSpec, Kind, Sign, encode

RECORD_LENGTH: Final = 200

_TEXT_LENGTHS: Final = (30, 20, 20, 15, 10, 8, 3, 2)
_DISPLAY_DIGITS: Final = (10, 8, 5)
_ZONED_DIGITS: Final = (9, 7)
_PACKED_DIGITS: Final = (7, 9, 11, 15)
_BINARY: Final = ((4, 2), (9, 4), (18, 8))
_LONG_TEXTS: Final = (40, 35, 30, 25, 20, 12, 10, 8, 4, 3, 2, 1)
_MANY_PACKED: Final = (3, 5, 7, 7, 9, 9, 9, 11, 11, 11, 13, 13, 13, 15, 15, 15, 17, 17, 18, 18)


class Builder:
    """Fields one after the other."""

    def __init__(self, start: int = 0) -> None:
        self.specs: list[FieldSpec] = []
        self._end = start

    def add(self, kind: Kind, length: int, digits: int = 0, sign: Sign = Sign.NONE, scale: int = 0) -> None:
        name = f"F{len(self.specs) + 1:02d}"
        self.specs.append(FieldSpec(name, kind, self._end, length, digits, scale, sign))
        self._end += length

    def text(self, *lengths: int) -> None:
        for length in lengths:
            self.add(Kind.TEXT, length)

    def packed(self, *digits: int) -> None:
        for count in digits:
            self.add(Kind.PACKED, count // 2 + 1, count, Sign.TRAILING, 2)


def mixed() -> list[FieldSpec]:
    """20 fields: 8 of text, 3 DISPLAY, 2 zoned with a sign, 4 COMP-3, 3 COMP; the rest of the record is filler."""
    fields = Builder()
    fields.text(*_TEXT_LENGTHS)
    for digits in _DISPLAY_DIGITS:
        fields.add(Kind.DISPLAY, digits, digits)
    for digits in _ZONED_DIGITS:
        fields.add(Kind.DISPLAY, digits, digits, Sign.TRAILING, 2)
    fields.packed(*_PACKED_DIGITS)
    for digits, length in _BINARY:
        fields.add(Kind.BINARY, length, digits, Sign.TRAILING)
    return fields.specs


def texts() -> list[FieldSpec]:
    """12 fields of text of 1 to 40 bytes, and one COMP-3: names, addresses, codes."""
    fields = Builder()
    fields.text(*_LONG_TEXTS)
    fields.packed(9)
    return fields.specs


def packed() -> list[FieldSpec]:
    """20 fields of COMP-3 of 3 to 18 digits behind a key of text: balances of an account."""
    fields = Builder()
    fields.text(12)
    fields.packed(*_MANY_PACKED)
    return fields.specs


def sample(specs: Sequence[FieldSpec], count: int, seed: int = 7, length: int = RECORD_LENGTH) -> np.ndarray:
    """(count, length) records of random values; texts fill a random part of their field."""
    random = np.random.default_rng(seed)
    records = np.full((count, length), 0x40, np.uint8)
    for spec in specs:
        records[:, spec.offset : spec.end] = encode(_values(spec, count, random), spec)
    return records


def _values(spec: FieldSpec, count: int, random: Any) -> Column:
    if spec.kind is Kind.TEXT:
        letters = random.integers(ord("A"), ord("Z") + 1, (count, spec.length)).astype(np.uint8)
        return Column(letters, random.integers(0, spec.length + 1, count).astype(np.int32))
    low = -(10**spec.digits) + 1 if spec.signed else 0
    return Column(random.integers(low, 10**spec.digits, count))
