"""Where text ends when the spaces at its ends do not count."""

from __future__ import annotations

import numpy as np

from shared.codec.columns import Bytes, Lengths, Words
from shared.codec.swar import WORD, load_little, repeat

_ONE = np.uint64(1)
SPACE = 0x20


def right_lengths(values: Bytes) -> Lengths:
    """(n,) int32: bytes up to the last that is not a space, of (n, w) uint8 C-contiguous."""
    count, width = values.shape
    lengths = np.zeros(count, np.int32)
    if width < WORD:
        values = np.pad(values, ((0, 0), (WORD - width, 0)), constant_values=SPACE)
        lengths -= WORD - width
        np.maximum(right_lengths(values) + lengths, 0, out=lengths)
        return lengths
    for stop in range(WORD + (width - WORD) % WORD, width + 1, WORD):
        _extend(lengths, values, stop)
    if width % WORD:
        head = np.zeros(count, np.int32)
        _extend(head, values, WORD)
        np.maximum(lengths, head, out=lengths)
    return lengths


def _extend(lengths: Lengths, values: Bytes, stop: int) -> None:
    words = load_little(values, stop)
    words ^= np.uint64(repeat(SPACE))
    found = words != 0
    np.copyto(lengths, stop - _trailing(words), where=found)


def _trailing(words: Words) -> Lengths:
    """How many bytes at the top of each word are zero."""
    words.byteswap(inplace=True)
    lowest = words & (~words + _ONE)
    lowest -= _ONE
    return (np.bitwise_count(lowest) >> 3).astype(np.int32)


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
