"""What the kinds of numbers share: applying signs, wide values, and the resulting column."""

from __future__ import annotations

import numpy as np

from shared.codec.catalogue import bad_values
from shared.codec.columns import WIDE_BASE, Bytes, Column, Ints, Mask, Words
from shared.codec.fields import FieldSpec
from shared.codec.signs import BAD


def sign_codes(records: Bytes, position: int, table: bytes) -> Bytes:
    """(n,) the sign byte of each record, translated by ``table`` (see ``signs``)."""
    return np.frombuffer(records[:, position].tobytes().translate(table), np.uint8)


def signed_numbers(values: Ints, codes: Bytes, wrong: Mask | None) -> Column:
    """The column of ``values`` with the signs of ``codes``; ``wrong`` marks rows with other faults."""
    if codes.any():
        signs = np.int8(1) - ((codes >> 7) << 1).view(np.int8)
        values *= signs if values.ndim == 1 else signs[:, np.newaxis]
        bad = (codes & BAD) != 0
        wrong = bad if wrong is None else wrong | bad
    return numbers(values, wrong)


def pair(high: Words, low: Words) -> Ints:
    """The wide form, (n, 2), of unsigned halves."""
    wide = np.empty((len(low), 2), np.int64)
    wide[:, 0] = high
    wide[:, 1] = low
    return wide


def numbers(values: Ints, bad: Mask | None) -> Column:
    """The column of ``values``. Rows that are bad are not valid and hold 0."""
    if bad is None or not bad.any():
        return Column(values)
    values[bad] = 0
    return Column(values, valid=~bad)


def magnitudes(column: Column) -> tuple[Words, Words, Mask]:
    """The high and low parts (base 10^18) without signs, and which rows are negative."""
    values = column.values.astype(np.int64)
    if values.ndim == 2:
        high, low = values[:, 0], values[:, 1]
        sizes = np.abs(values)
        return sizes[:, 0].view(np.uint64), sizes[:, 1].view(np.uint64), (high < 0) | (low < 0)
    sizes = np.abs(values).view(np.uint64)
    if not len(sizes) or sizes.max() < WIDE_BASE:
        return np.zeros_like(sizes), sizes, values < 0
    return sizes // np.uint64(WIDE_BASE), sizes % np.uint64(WIDE_BASE), values < 0


def checked_magnitudes(column: Column, spec: FieldSpec) -> tuple[Words, Words, Mask]:
    """``magnitudes`` of numbers that fit the picture. Raises InputError LRD911 for a number that does not fit."""
    high, low, negative = magnitudes(column)
    limit = 10**spec.value_digits
    wrong = high > np.uint64(limit // WIDE_BASE) if spec.wide else high > 0
    wrong |= (high == np.uint64(limit // WIDE_BASE)) & (low >= np.uint64(limit % WIDE_BASE))
    if not spec.signed:
        wrong |= negative
    if wrong.any():
        row = int(np.argmax(wrong))
        message = f"field {spec.name}: the number of row {row} does not fit {spec.digits} digits, {spec.sign} sign"
        raise bad_values("LRD911", message, row=row, value=column.values[row].tolist())
    return high, low, negative


def digit_bytes(high: Words, low: Words, digits: int) -> Bytes:
    """(n, digits) uint8 of values 0 to 9: the last ``digits`` decimal digits, the most significant first."""
    out = np.empty((len(low), digits), np.uint8)
    rest = low
    for place in range(digits - 1, -1, -1):
        if digits - place == 19:
            rest = high
        quotient = rest // np.uint64(10)
        out[:, place] = rest - quotient * np.uint64(10)
        rest = quotient
    return out
