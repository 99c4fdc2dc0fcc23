"""Scaled integers to ASCII of constant width, as a driver binds them to CHAR for a DECIMAL column."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Column, Words
from shared.codec.fields import MAX_DIGITS
from shared.codec.numbers import magnitudes

_POINT: Final = ord(".")
_ZERO: Final = ord("0")
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
    out = np.full((len(low), places + 2), _ZERO, np.uint8)
    out[:, 0] = np.where(negative, ord("-"), ord("+"))
    if scale <= 0:
        out[:, 2 : 2 + digits] = text
        return out
    whole = max(digits - scale, 0)
    point = 1 + places - scale
    out[:, point - whole : point] = text[:, :whole]
    out[:, point] = _POINT
    out[:, out.shape[1] - (digits - whole) :] = text[:, whole:]
    return out


def _digits(high: Words, low: Words, digits: int) -> Bytes:
    """(n, digits) ASCII; four at a time from a table."""
    parts = [_chunks(low, min(digits, 18))]
    if digits > 18:
        parts.insert(0, _chunks(high, digits - 18))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _chunks(rest: Words, digits: int) -> Bytes:
    count = -(-digits // 4)
    words = np.empty((len(rest), count), np.uint32)
    for place in range(count - 1, -1, -1):
        quotient = rest // np.uint64(_CHUNK)
        words[:, place] = _FOUR_DIGITS[rest - quotient * np.uint64(_CHUNK)]
        rest = quotient
    return words.view(np.uint8)[:, 4 * count - digits :]
