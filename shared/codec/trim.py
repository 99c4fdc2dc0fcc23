"""Where text ends when the spaces at its ends do not count."""

from __future__ import annotations

import numpy as np

from shared.codec.columns import Bytes, Lengths

SPACE = 0x20


def right_lengths(blanked: Bytes) -> Lengths:
    """(n,) int32: bytes up to the last that is not zero, of (n, w) uint8 C-contiguous.

    The caller turns spaces into zeros first (X'20' exclusive-or'd to every byte), because NumPy measures byte
    strings of fixed width by their trailing zeros, row by row and from the end.
    """
    count, width = blanked.shape
    if not count:
        return np.zeros(0, np.int32)
    return np.strings.str_len(blanked.view(f"S{width}").reshape(count)).astype(np.int32)


def move_left(values: Bytes, lengths: Lengths) -> tuple[Bytes, Lengths]:
    """Drop the spaces in front as well; ``values`` is copied only when a row has some."""
    rows = np.flatnonzero((values[:, 0] == SPACE) & (lengths > 0))
    if not len(rows):
        return values, lengths
    leading = np.argmax(values[rows] != SPACE, axis=1)
    places = np.arange(values.shape[1]) + leading[:, np.newaxis]
    width = values.shape[1]
    moved = np.take_along_axis(values[rows], np.minimum(places, width - 1), axis=1)
    moved[places >= width] = SPACE
    values, lengths = values.copy(), lengths.copy()
    values[rows] = moved
    lengths[rows] -= leading.astype(np.int32)
    return values, lengths
