"""Trimming text: where it ends without its trailing spaces, and removing its leading ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Bytes, Lengths
from shared.codec.swar import WORD

SPACE = 0x20

_LONGEST = 120
"""Bytes that one float can measure: 2^960 is a float, 2^1024 is not."""

_MANTISSA_BITS = 52
_BIAS = 1023


def right_lengths(block: Bytes, start: int, count: int, width: int) -> Lengths:
    """(count,) int32: the length of each row of ``width`` bytes from ``start`` on, up to its last non-zero byte.

    block: flat uint8 with eight spare bytes after the last row. Spaces are zero, and all other bytes are below X'80'.

    A row is read as one large little-endian float: each word is converted, scaled by its position and added. The
    exponent of the sum gives the last byte that is not zero. The top bit of every byte is 0, so rounding cannot carry
    into the next byte. This has no branches to mispredict and takes a third of the time of measuring byte by byte.
    """
    lengths = np.zeros(count, np.int32)
    if not count:
        return lengths
    for first in {*range(0, width - _LONGEST, _LONGEST), max(width - _LONGEST, 0)}:
        rows = _Rows(block, start + first, count, width)
        part = _used_bytes(_as_float(rows, min(width, _LONGEST)))
        np.maximum(lengths, part + np.int32(first) * (part > 0), out=lengths)
    return lengths


@dataclass(frozen=True, slots=True)
class _Rows:
    block: Bytes
    start: int
    count: int
    stride: int

    def words(self, offset: int) -> NDArray[np.int64]:
        """(count,) the eight bytes at ``offset`` of each row; a view."""
        return np.ndarray((self.count,), "<i8", self.block, self.start + offset, (self.stride,))


def _as_float(rows: _Rows, width: int) -> NDArray[np.float64]:
    if width < WORD:
        return (rows.words(0) & np.int64(256**width - 1)).astype(np.float64)
    total = rows.words(0).astype(np.float64)
    for offset in range(width - WORD, 0, -WORD):  # a byte that is added twice still fits eight bits
        total += rows.words(offset) * 2.0 ** (8 * offset)
    return total


def _used_bytes(sums: NDArray[np.float64]) -> Lengths:
    exponents = sums.view(np.int64)
    exponents >>= _MANTISSA_BITS
    exponents -= _BIAS - 8
    exponents >>= 3
    np.maximum(exponents, 0, out=exponents)
    return exponents.astype(np.int32)


def move_left(values: Bytes, lengths: Lengths) -> tuple[Bytes, Lengths]:
    """Remove leading spaces. ``values`` is copied only when a row has leading spaces."""
    rows = np.flatnonzero((values[:, 0] == SPACE) & (lengths > 0))
    if not len(rows):
        return values, lengths
    used = values[rows] != SPACE
    leading = np.where(used.any(axis=1), np.argmax(used, axis=1), lengths[rows])  # all of them in a row of only spaces
    places = np.arange(values.shape[1]) + leading[:, np.newaxis]
    width = values.shape[1]
    moved = np.take_along_axis(values[rows], np.minimum(places, width - 1), axis=1)
    moved[places >= width] = SPACE
    values, lengths = values.copy(), lengths.copy()
    values[rows] = moved
    lengths[rows] -= leading.astype(np.int32)
    return values, lengths
