"""Scaled integers to ASCII of constant width, as a driver binds them to CHAR for a DECIMAL column."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Column, Words
from shared.codec.fields import MAX_DIGITS, NARROW_DIGITS
from shared.codec.numbers import magnitudes
from shared.codec.rows import copy_bytes

_PLUS, _MINUS, _POINT, _ZERO = b"+-.0"
_CHUNK: Final = 10_000
_FOUR_DIGITS: Final = np.frombuffer(b"".join(b"%04d" % n for n in range(_CHUNK)), np.uint32)


def format_decimal(values: NDArray[Any], digits: int, scale: int) -> Bytes:
    """(n, w) uint8, w = digits + 2: sign, digits with leading zeros, and the point when the scale is not 0.

    Without a point a zero takes its place, so ``-0000123.45`` and ``+000012345`` are as long as their digits
    ask. A scale below 0 appends zeros, and one above the digits puts zeros in front, each of which widens
    the result. The digits are the value's (``FieldSpec.value_digits``); higher ones are cut off without a
    check. Raises InputError LRD913 when there are fewer than 1 or more than 31 places.
    """
    places = max(digits - min(scale, 0), scale)
    if digits < 1 or places > MAX_DIGITS:
        raise bad_values("LRD913", f"{digits} digits with scale {scale} are no decimal of 1 to {MAX_DIGITS} places")
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
    """ASCII digits, (n, digits) or wider with zeros in front."""
    if digits <= NARROW_DIGITS:
        return _chunks(low, digits)
    upper, lower = _chunks(high, digits - NARROW_DIGITS), _chunks(low, NARROW_DIGITS)
    return np.concatenate([upper, lower[:, -NARROW_DIGITS:]], axis=1)


def _chunks(rest: Words, digits: int) -> Bytes:
    """The digits, four at a time from a table: (n, digits rounded up to whole fours).

    Signed arithmetic and an unchecked look-up, both faster; the last quotient is the first chunk as it is.
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
