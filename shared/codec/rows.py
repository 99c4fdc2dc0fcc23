"""Moving whole fields between rows of different lengths."""

from __future__ import annotations

import numpy as np

from shared.codec.columns import Bytes


def copy_bytes(source: Bytes, offset: int, target: Bytes) -> None:
    """Copy bytes [offset, offset + w) of each row of a C-contiguous ``source`` into ``target`` (n, w).

    As items of w bytes each, NumPy moves a row at a time, not a byte at a time.
    """
    count, width = target.shape
    if count and width:
        item = np.dtype(f"V{width}")
        rows = np.ndarray((count,), item, source, offset, (source.shape[1],))
        target.view(item).reshape(count)[...] = rows
