"""Control totals: exact sums of a field over a batch, for accepted and for rejected records."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shared.codec import WIDE_BASE, Column
from shared.scaled_decimals import Total

_HALF_BITS = 32


def total(name: str, scale: int, column: Column, bad: npt.NDArray[np.bool_]) -> Total:
    """The totals of ``column`` where ``bad`` marks the rejected rows. Null counts as zero (the codec stores 0)."""
    readable = bad if column.valid is None else bad & column.valid
    unreadable = 0 if column.valid is None else int(np.count_nonzero(~column.valid))
    everything = column.values if column.valid is None else column.values[column.valid]
    rejected = exact_sum(column.values[readable]) if readable.any() else 0
    return Total(name, scale, exact_sum(everything) - rejected, rejected, unreadable)


def exact_sum(values: npt.NDArray[Any]) -> int:
    """The sum as an integer of any size: halves are summed apart, so that int64 cannot overflow (n < 2**31)."""
    if values.ndim == 2:  # wide numbers: (n, 2), high and low
        return exact_sum(values[:, 0]) * int(WIDE_BASE) + exact_sum(values[:, 1])
    high = int((values >> _HALF_BITS).sum(dtype=np.int64))
    low = int((values & ((1 << _HALF_BITS) - 1)).sum(dtype=np.int64))
    return (high << _HALF_BITS) + low
