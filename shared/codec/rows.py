"""Moving whole fields between rows of different lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Bytes


def copy_bytes(source: Bytes, offset: int, target: Bytes, place: int, width: int) -> None:
    """Copy bytes [offset, offset + width) of each row of ``source`` to [place, …) of the same row of ``target``.

    Both are (n, …) uint8, C-contiguous. As items of ``width`` bytes, NumPy moves a row at a time, not a byte.
    """
    if len(source) and width:
        _items(target, place, width)[...] = _items(source, offset, width)


def _items(rows: Bytes, offset: int, width: int) -> NDArray[Any]:
    return np.ndarray((len(rows),), f"V{width}", rows, offset, (rows.shape[1],))
