"""Columns of scaled integers to ASCII text of constant width, which the driver binds as CHAR for a DECIMAL column."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Column, Words
from shared.codec.copying import copy_bytes
from shared.codec.fields import MAX_DIGITS, NARROW_DIGITS
from shared.codec.numbers import magnitudes

_PLUS, _MINUS, _POINT, _ZERO = b"+-.0"
_CHUNK: Final = 10_000
_FOUR_DIGITS: Final = np.frombuffer(b"".join(b"%04d" % n for n in range(_CHUNK)), np.uint32)


def format_decimal(values: NDArray[Any], digits: int, scale: int) -> Bytes:
    """(n, w) uint8 with w = digits + 2: the sign, digits with leading zeros, and the point when the scale is not 0.

    A zero replaces the point when there is none, so ``-0000123.45`` and ``+0000012345`` have the same width. A scale
    below 0 appends zeros, and a scale above the digits inserts zeros after the point; each zero widens the result.
    ``digits`` are those of the value (``FieldSpec.value_digits``); higher ones are cut off without a check. Raises
    InputError LRD913 when there are fewer than 1 or more than 31 places.
    """
    places = max(digits - min(scale, 0), scale)
    if digits < 1 or places > MAX_DIGITS:
        raise bad_values("LRD913", f"a decimal has 1 to {MAX_DIGITS} places, not {digits} with scale {scale}")
    high, low, negative = magnitudes(Column(values))
    text = _digits(high, low, digits)
    out = np.full((len(values), places + 2), _ZERO, np.uint8)
    out[:, 0] = np.where(negative, np.uint8(_MINUS), np.uint8(_PLUS))
    first = text.shape[1] - digits
    if scale <= 0:
        copy_bytes(text, first, out, 2, digits)
        return out
    whole = places - scale
    fraction = digits - whole
    copy_bytes(text, first, out, 1, whole)
    out[:, 1 + whole] = _POINT
    copy_bytes(text, first + whole, out, out.shape[1] - fraction, fraction)
    return out


def _digits(high: Words, low: Words, digits: int) -> Bytes:
    """ASCII digits, (n, digits), or wider with leading zeros."""
    if digits <= NARROW_DIGITS:
        return _chunks(low, digits)
    upper, lower = _chunks(high, digits - NARROW_DIGITS), _chunks(low, NARROW_DIGITS)
    return np.concatenate([upper, lower[:, -NARROW_DIGITS:]], axis=1)


def _chunks(rest: Words, digits: int) -> Bytes:
    """(n, digits rounded up to a multiple of four) ASCII digits, four at a time from a table.

    Signed arithmetic and unchecked look-ups are faster. The last quotient is the first chunk.
    """
    count = -(-digits // 4)
    words = np.empty((len(rest), count), np.uint32)
    left = rest.view(np.int64) % 10 ** (4 * count) if 4 * count <= NARROW_DIGITS else rest.view(np.int64)
    for place in range(count - 1, 0, -1):
        quotient = left // _CHUNK
        words[:, place] = _FOUR_DIGITS.take(left - quotient * _CHUNK, mode="clip")
        left = quotient
    words[:, 0] = _FOUR_DIGITS.take(left, mode="clip")
    return words.view(np.uint8)
