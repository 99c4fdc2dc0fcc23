"""Which records of a batch a step is for."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.codec.columns import Mask

Rows: TypeAlias = NDArray[np.intp] | slice
"""Indices in ascending order, or ``ALL``, which costs nothing."""

ALL: Final = slice(None)


def chosen(rows: Rows, mask: Mask) -> NDArray[np.intp]:
    """The indices of those of ``rows`` for which ``mask``, as long as they are many, is true."""
    return np.flatnonzero(mask) if isinstance(rows, slice) else rows[mask]


def narrowed(rows: Rows, mask: Mask) -> Rows:
    """``rows`` themselves when all are chosen."""
    return rows if mask.all() else chosen(rows, mask)
