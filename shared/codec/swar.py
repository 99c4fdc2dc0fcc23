"""SWAR (SIMD within a register): arithmetic on all bytes of a 64-bit word at once, for a column of words.

A field of up to eight bytes is read as one unaligned word per record, directly from the batch, whose records must have
at least ``WORD`` bytes. See Lamport, "Multiple byte processing with full-word instructions" (CACM 1975).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from shared.codec.columns import Bytes, Mask, Words

WORD: Final = 8
_U64 = np.uint64


@cache
def repeat(byte: int) -> np.uint64:
    """The word that consists of eight times the byte."""
    return np.uint64(byte * 0x0101010101010101)


def load_big(records: Bytes, start: int, end: int) -> Words:
    """Bytes [start, end) of each record, at most eight, as big-endian numbers."""
    words = _load(records, end, ">u8")
    if end < WORD:
        words >>= np.uint64(8 * (WORD - end))
    if end - start < WORD:
        words &= np.uint64(256 ** (end - start) - 1)
    return words


def load_little(records: Bytes, end: int) -> Words:
    """The eight bytes before ``end`` as little-endian words: the last byte is the most significant one.

    Bytes before the record are zero.
    """
    words = _load(records, end, "<u8")
    if end < WORD:
        words <<= np.uint64(8 * (WORD - end))
    return words


def _load(records: Bytes, end: int, order: str) -> Words:
    count, width = records.shape
    if count == 0:
        return np.zeros(0, np.uint64)
    view = np.ndarray((count,), order, records, max(end - WORD, 0), (width,))
    return view.astype(np.uint64)


@cache
def keep_bytes(start: int, end: int, skip: int = -1) -> np.uint64:
    """The mask for ``load_little(…, end)`` that keeps bytes [start, end) but not the one at ``skip``."""
    places = (place for place in range(start, end) if place != skip)
    return np.uint64(sum(0xFF << 8 * (place - end + WORD) for place in places))


def not_digit_bytes(words: Words) -> Words:
    """Words that are not zero where a byte is above 9."""
    bad = words + repeat(0x06)
    bad |= words
    bad &= repeat(0xF0)
    return bad


def not_digit_nibbles(words: Words) -> Words:
    """Words that are not zero where one of the lower fifteen nibbles is above 9; the top nibble must be zero.

    Adding six makes exactly these nibbles carry into the next nibble.
    """
    bad = words + np.uint64(0x0666666666666666)
    bad ^= words
    bad &= np.uint64(0x1111111111111110)
    return bad


def join_digit_bytes(words: Words) -> Words:
    """The numbers of eight digits, one per byte, the first in the lowest byte; in place."""
    words *= np.uint64(10 * 2**8 + 1)
    words >>= np.uint64(8)
    words &= np.uint64(0x00FF00FF00FF00FF)
    words *= np.uint64(100 * 2**16 + 1)
    words >>= np.uint64(16)
    words &= np.uint64(0x0000FFFF0000FFFF)
    words *= np.uint64(10000 * 2**32 + 1)
    words >>= np.uint64(32)
    return words


_STAGES: Final = (
    (_U64(4), _U64(0x0F0F0F0F0F0F0F0F), _U64(16 - 10)),
    (_U64(8), _U64(0x00FF00FF00FF00FF), _U64(256 - 100)),
    (_U64(16), _U64(0x0000FFFF0000FFFF), _U64(65536 - 10_000)),
    (_U64(32), _U64(0x00000000FFFFFFFF), _U64(2**32 - 10**8)),
)


def join_digit_nibbles(words: Words, digits: int) -> Words:
    """The numbers of up to sixteen digits, one per nibble, the last in the lowest nibble; in place."""
    for shift, mask, excess in _STAGES:
        if 4 * digits <= shift:
            break
        upper = words >> shift
        if 4 * digits > 2 * shift:  # otherwise there are no digits above the last pair
            upper &= mask
        upper *= excess
        words -= upper
    return words


def any_set(words: Words) -> bool:
    """Whether any word is not zero."""
    return bool(np.bitwise_or.reduce(words))


def filled_with(records: Bytes, start: int, end: int, byte: int) -> Mask | None:
    """Which records have only ``byte`` in [start, end); None when no record does."""
    same: Mask = records[:, start] == byte
    for stop in range(end, start, -WORD):
        if not same.any():
            return None
        words = load_little(records, stop)
        words ^= repeat(byte)
        words &= keep_bytes(max(start, stop - WORD), stop)
        same &= words == 0
    return same if same.any() else None
