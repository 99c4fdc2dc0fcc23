"""Copying bytes between arrays, for all records of a batch at once."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Bytes, Ints

_FEW: Final = 24
"""Up to so many different widths, one call for each width is faster than copying every span in two parts."""


def copy_bytes(source: Bytes, offset: int, target: Bytes, place: int, width: int) -> None:
    """Copy bytes [offset, offset + width) of each row of ``source`` to [place, …) of the same row of ``target``.

    Both are (n, …) uint8, C-contiguous. As items of ``width`` bytes, NumPy copies a row at a time, not a byte.
    """
    if len(source) and width:
        _items(target, place, width)[...] = _items(source, offset, width)


def _items(rows: Bytes, offset: int, width: int) -> NDArray[Any]:
    return np.ndarray((len(rows),), f"V{width}", rows, offset, (rows.shape[1],))


def copy_spans(source: Bytes, starts: Ints, target: Bytes, places: Ints, widths: Ints) -> None:
    """Copy ``widths[i]`` bytes from ``source[starts[i]:]`` to ``target[places[i]:]``, for every i.

    Arrays of bytes are flat and C-contiguous, the others (n,); all spans must be inside the arrays. NumPy copies a span
    as one item, but all items of one call must have the same length, so spans are grouped by their width. With many
    widths, a span of 2^k to 2^(k+1) - 1 bytes is copied as its first and its last 2^k bytes, which overlap. This needs
    only a few calls in every case.
    """
    widest = int(widths.max(initial=0))
    if not widest:
        return
    if int(widths.min()) == widest:
        _copy(source, starts, target, places, widest)
        return
    classes, halved = _classes(widths, widest)
    order = np.argsort(classes, kind="stable")
    starts, places, widths = starts[order], places[order], widths[order]
    counts = np.bincount(classes)
    end = int(counts[0])  # spans of width 0 come first
    for number in (np.flatnonzero(counts[1:]) + 1).tolist():
        part, end = slice(end, end + int(counts[number])), end + int(counts[number])
        size = 1 << (number - 1) if halved else number
        _copy(source, starts[part], target, places[part], size)
        if halved:
            rest = widths[part] - size
            _copy(source, starts[part] + rest, target, places[part] + rest, size)


def _classes(widths: Ints, widest: int) -> tuple[NDArray[np.uint16], bool]:
    """The spans' widths and False while they are few; else their bit lengths (0 for 0, k + 1 from 2^k on) and True."""
    if widest < 1 << 16 and np.count_nonzero(np.bincount(widths)) <= _FEW:
        return widths.astype(np.uint16), False
    return np.frexp(widths.astype(np.float64))[1].astype(np.uint16), True


def _copy(source: Bytes, starts: Ints, target: Bytes, places: Ints, width: int) -> None:
    _windows(target, width)[places] = _windows(source, width)[starts]


def row_starts(rows: Bytes) -> Ints:
    """(n,) the offset of each row of an (n, w) array in its flat form."""
    starts: Ints = np.arange(len(rows), dtype=np.int64) * rows.shape[1]
    return starts


def _windows(flat: Bytes, width: int) -> NDArray[Any]:
    """Every ``width`` successive bytes of ``flat`` as one item, by the offset of the first; a view."""
    return np.ndarray((max(len(flat) - width + 1, 0),), f"V{width}", flat, 0, (1,))
