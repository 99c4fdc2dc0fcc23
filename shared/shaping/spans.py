"""Many stretches of bytes copied at once."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Bytes, Ints

_FEW: Final = 24
"""Different widths up to which a call for each of them is cheaper than moving every span in two parts."""


def copy_spans(source: Bytes, starts: Ints, target: Bytes, places: Ints, widths: Ints) -> None:
    """Copy ``widths[i]`` bytes from ``source[starts[i]:]`` to ``target[places[i]:]``, for every i.

    Arrays of bytes are flat and C-contiguous, the others (n,); all spans must lie inside. NumPy moves a span as one
    item, but all items of a call must be equally long: so spans go by their width. Where there are many widths, a span
    of 2^k to 2^(k+1) - 1 bytes is moved as its first and its last 2^k bytes, which overlap: a few calls always do.
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
    end = int(counts[0])  # spans of no width come first
    for number in (np.flatnonzero(counts[1:]) + 1).tolist():
        part, end = slice(end, end + int(counts[number])), end + int(counts[number])
        size = 1 << (number - 1) if halved else number
        _copy(source, starts[part], target, places[part], size)
        if halved:
            rest = widths[part] - size
            _copy(source, starts[part] + rest, target, places[part] + rest, size)


def _classes(widths: Ints, widest: int) -> tuple[NDArray[np.uint16], bool]:
    """The spans' widths while they are few; else the bits of these, 0 for 0 and k + 1 for 2^k and up, and True."""
    if widest < 1 << 16 and np.count_nonzero(np.bincount(widths)) <= _FEW:
        return widths.astype(np.uint16), False
    return np.frexp(widths.astype(np.float64))[1].astype(np.uint16), True


def _copy(source: Bytes, starts: Ints, target: Bytes, places: Ints, width: int) -> None:
    _windows(target, width)[places] = _windows(source, width)[starts]


def row_starts(rows: Bytes) -> Ints:
    """Where each row of (n, w) begins when they lie flat, one after the other."""
    starts: Ints = np.arange(len(rows), dtype=np.int64) * rows.shape[1]
    return starts


def _windows(flat: Bytes, width: int) -> NDArray[Any]:
    """Every ``width`` successive bytes of ``flat`` as one item, by the offset of the first; a view."""
    return np.ndarray((max(len(flat) - width + 1, 0),), f"V{width}", flat, 0, (1,))
