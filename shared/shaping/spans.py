"""Many stretches of bytes copied at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Bytes, Ints


def copy_spans(source: Bytes, starts: Ints, target: Bytes, places: Ints, widths: Ints) -> None:
    """Copy ``widths[i]`` bytes from ``source[starts[i]:]`` to ``target[places[i]:]``, for every i.

    Arrays of bytes are flat and C-contiguous, the others (n,); all spans must lie inside. NumPy moves a span as one
    item, but all items of a call must be equally long. So a span of 2^k to 2^(k+1) - 1 bytes is moved as its first
    and its last 2^k bytes, which may overlap: two calls for each k that occurs, however many widths there are.
    """
    if not len(widths):
        return
    widest = int(widths.max())
    if int(widths.min()) == widest:
        _copy(source, starts, target, places, widest)
        return
    classes = np.frexp(widths.astype(np.float64))[1]  # the bits of a width: 0 for 0, k + 1 for 2^k and up
    for bits in np.flatnonzero(np.bincount(classes)).tolist():
        if bits:
            rows = np.flatnonzero(classes == bits)
            size = 1 << (bits - 1)
            first, place, rest = starts[rows], places[rows], widths[rows] - size
            _copy(source, first, target, place, size)
            _copy(source, first + rest, target, place + rest, size)


def _copy(source: Bytes, starts: Ints, target: Bytes, places: Ints, width: int) -> None:
    if width:
        windows(target, width)[places] = windows(source, width)[starts]


def windows(flat: Bytes, width: int) -> NDArray[Any]:
    """Every ``width`` successive bytes of ``flat`` as one item, by the offset of the first; a view."""
    return np.ndarray((max(len(flat) - width + 1, 0),), f"V{width}", flat, 0, (1,))
