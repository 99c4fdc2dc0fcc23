"""BINARY: two's complement integers of 1 to 16 bytes (COMP, COMP-4, COMP-5 and COMP-9).

IBM's have 2, 4 or 8 bytes. Micro Focus stores them in as few bytes as their digits need.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import FieldFault, bad_values
from shared.codec.columns import WIDE_BASE, Bytes, Column, Mask, Words
from shared.codec.fields import MAX_DIGITS, FieldSpec
from shared.codec.numbers import checked_magnitudes, numbers, pair
from shared.codec.swar import WORD, load_big, load_little

_LIMB = np.uint64(10**9)
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)
_MACHINE_LENGTHS = (1, 2, 4, 8)


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The scaled integers of binary fields."""
    return [_decode(records, spec) for spec in specs]


def _decode(records: Bytes, spec: FieldSpec) -> Column:
    if spec.length <= 8 and not spec.wide:
        return _narrow(records, spec)
    high, low, negative = _magnitude(records, spec)
    upper, lower, over = _divide(high, low)
    limit = spec.value_digits
    over |= upper >= np.uint64(10 ** max(limit - 18, 0))
    if limit < 18:
        over |= lower >= np.uint64(10**limit)
    wide = pair(upper, lower)
    wide[negative] *= -1
    return numbers(wide if spec.wide else wide[:, 1].copy(), over)


def _load(records: Bytes, spec: FieldSpec) -> NDArray[np.generic]:
    """Numbers of up to eight bytes. The processor reads 1, 2, 4 and 8 bytes directly."""
    if spec.length not in _MACHINE_LENGTHS:
        return _odd(records, spec)
    order = f"{'<' if spec.little_endian else '>'}{'i' if spec.signed else 'u'}{spec.length}"
    count, width = records.shape
    if count == 0:
        return np.zeros(0, order[1:])
    return np.ndarray((count,), order, records, spec.offset, (width,))


def _odd(records: Bytes, spec: FieldSpec) -> NDArray[np.generic]:
    words = _word(records, spec, 0, spec.length)
    if not spec.signed:
        return words
    rest = 8 * (WORD - spec.length)
    return (words << np.uint64(rest)).view(np.int64) >> np.int64(rest)


def _word(records: Bytes, spec: FieldSpec, start: int, end: int) -> Words:
    """The bytes [start, end) of the field, at most eight, as an unsigned number."""
    first, last = spec.offset + start, spec.offset + end
    if not spec.little_endian:
        return load_big(records, first, last)
    return load_little(records, last) >> np.uint64(8 * (WORD - (end - start)))


def _narrow(records: Bytes, spec: FieldSpec) -> Column:
    """Numbers of up to 18 digits in up to 8 bytes. A number too large for int64 is too large for the picture, too."""
    loaded = _load(records, spec)
    if not spec.signed and spec.length == 8:
        unsigned = loaded.astype(np.uint64)
        return numbers(unsigned.view(np.int64), unsigned >= np.uint64(10**spec.digits))
    values = loaded.astype(np.int64)
    limit = 10**spec.value_digits
    if limit > 256**spec.length or not len(values):
        return Column(values)
    if values.max() < limit and values.min() > -limit:
        return Column(values)
    return numbers(values, (values >= limit) | (values <= -limit))


def _magnitude(records: Bytes, spec: FieldSpec) -> tuple[Words, Words, Mask]:
    """The absolute values as two words, and which rows are negative."""
    high, low = _halves(records, spec)
    negative: Mask = (high >> np.uint64(63)).astype(bool) & spec.signed
    return *negate(high, low, negative), negative


def _halves(records: Bytes, spec: FieldSpec) -> tuple[Words, Words]:
    """The numbers in 128 bits, sign-extended."""
    if spec.length <= WORD:
        low = _load(records, spec).astype(np.int64).view(np.uint64)
        sign = (low >> np.uint64(63)).astype(bool) & spec.signed
        return np.where(sign, ~np.uint64(0), np.uint64(0)), low
    rest = spec.length - WORD
    upper, lower = ((WORD, spec.length), (0, WORD)) if spec.little_endian else ((0, rest), (rest, spec.length))
    high = _word(records, spec, *upper)
    if spec.signed:
        spare = np.int64(8 * (WORD - rest))
        high = ((high.view(np.int64) << spare) >> spare).view(np.uint64)
    return high, _word(records, spec, *lower)


def negate(high: Words, low: Words, rows: Mask) -> tuple[Words, Words]:
    """The two's complement of 128 bits in the marked ``rows``."""
    mask = np.where(rows, ~np.uint64(0), np.uint64(0))
    low = (low ^ mask) + rows
    high = (high ^ mask) + (rows & (low == 0))
    return high, low


def _divide(high: Words, low: Words) -> tuple[Words, Words, Mask]:
    """128-bit numbers in base 10^18, and which rows are 10^31 or more. This is long division by 10^9."""
    limbs = [high >> _HALF, high & _LOW_HALF, low >> _HALF, low & _LOW_HALF]
    remainders = []
    for _ in range(2):
        rest = np.zeros(len(low), np.uint64)
        for place, limb in enumerate(limbs):
            current = rest << _HALF | limb
            limbs[place] = current // _LIMB
            rest = current - limbs[place] * _LIMB
        remainders.append(rest)
    upper = limbs[2] << _HALF | limbs[3]
    over = ((limbs[0] | limbs[1]) != 0) | (upper >= np.uint64(10**MAX_DIGITS // WIDE_BASE))
    return upper, remainders[0] + remainders[1] * _LIMB, over


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """Two's complement. Raises InputError LRD911 for numbers that do not fit the picture or the bytes."""
    high, low, negative = _fitting(column, spec)
    high, low = negate(*_multiply(high, low), negative)
    out = np.empty((len(column), 16), np.uint8)
    out[:, :8] = high.astype(">u8").view(np.uint8).reshape(-1, 8)
    out[:, 8:] = low.astype(">u8").view(np.uint8).reshape(-1, 8)
    out = out[:, 16 - spec.length :]
    return np.ascontiguousarray(out[:, ::-1] if spec.little_endian else out)


def _fitting(column: Column, spec: FieldSpec) -> tuple[Words, Words, Mask]:
    high, low, negative = checked_magnitudes(column, spec)
    limit = 2 ** (8 * spec.length - spec.signed)
    if limit >= 10**spec.value_digits:
        return high, low, negative
    top, bottom = np.uint64(limit // WIDE_BASE), np.uint64(limit % WIDE_BASE)
    wrong = (high > top) | ((high == top) & (low - (negative & (low > 0)) >= bottom))
    if wrong.any():
        row = int(np.argmax(wrong))
        message = f"field {spec.name}: the number of row {row} does not fit {spec.length} bytes"
        raise bad_values("LRD911", message, row=row)
    return high, low, negative


def _multiply(high: Words, low: Words) -> tuple[Words, Words]:
    """128-bit numbers from base 10^18: ``high * 10^18 + low`` in 32-bit limbs."""
    base_high, base_low = np.uint64(WIDE_BASE >> 32), np.uint64(WIDE_BASE & (2**32 - 1))
    top, bottom = high >> _HALF, high & _LOW_HALF
    middle = top * base_low + ((bottom * base_low) >> _HALF)
    cross = bottom * base_high + (middle & _LOW_HALF)
    upper = top * base_high + (middle >> _HALF) + (cross >> _HALF)
    lower = (cross << _HALF) | ((bottom * base_low) & _LOW_HALF)
    total = lower + low
    return upper + (total < lower), total


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """Names the number that has more digits than its picture."""
    value = int.from_bytes(raw, "little" if spec.little_endian else "big", signed=spec.signed)
    if abs(value) < 10**spec.value_digits:
        return None
    return FieldFault("LRD006", f"{value} has more than {spec.value_digits} digits", 0)
