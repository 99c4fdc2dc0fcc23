"""The columnar batch: buffers that the database driver binds as they are.

A value buffer holds one value per row at a fixed stride; an indicator says how many bytes of it count, or that
the value is NULL. That is the shape of the CLI driver's column-wise array insert, so nothing is converted on
the way from the processor's arithmetic to the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.batch.types import MACHINE_TYPES, SqlType, TargetColumn

NULL = -1
"""The indicator of a NULL value (SQL_NULL_DATA in the CLI reference)."""

_FEW_ROWS = 20

DTYPES: Final[dict[SqlType, Any]] = {
    SqlType.SMALLINT: np.int16,
    SqlType.INTEGER: np.int32,
    SqlType.BIGINT: np.int64,
    SqlType.DOUBLE: np.float64,
}
"""What the values of ``MACHINE_TYPES`` are."""


@dataclass(slots=True)
class BatchColumn:
    """One column of ``n`` rows.

    ``values``: (n,) integers for the integer types, (n,) float64 for DOUBLE, else (n, stride) uint8 text (UTF-8,
    decimals and dates as ASCII).
    ``indicators``: (n,) int32 byte lengths or ``NULL``; None where every row fills the stride and none is NULL.
    """

    target: TargetColumn
    values: npt.NDArray[Any]
    indicators: npt.NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        self.values = np.ascontiguousarray(self.values)
        if self.target.sql_type in MACHINE_TYPES:
            self.values = self.values.astype(DTYPES[self.target.sql_type], copy=False)

    @property
    def stride(self) -> int:
        """Bytes from one row's value to the next."""
        return int(self.values.itemsize) if self.values.ndim == 1 else int(self.values.shape[1])

    def without(self, rows: npt.NDArray[np.intp]) -> BatchColumn:
        """The column without the given rows (sorted row numbers)."""
        indicators = None if self.indicators is None else drop_rows(self.indicators, rows)
        return BatchColumn(self.target, drop_rows(self.values, rows), indicators)


@dataclass(slots=True)
class RowBatch:
    """The rows of one batch that are good to load.

    ``offsets``: byte offsets of the records in the input, (n,) int64; ``owner`` keeps alive the memory that the
    arrays are views of (Arrow's views do not own it).
    """

    offsets: npt.NDArray[np.int64]
    columns: Sequence[BatchColumn]
    owner: object = None

    def __len__(self) -> int:
        return len(self.offsets)


def constant(target: TargetColumn, value: str | int, rows: int) -> BatchColumn:
    """A column that holds ``value`` in each of ``rows`` rows (run id, batch number, worker id)."""
    if isinstance(value, int):
        return BatchColumn(target, np.full(rows, value, DTYPES[target.sql_type]))
    raw = np.frombuffer(value.encode(), np.uint8)
    return BatchColumn(target, np.broadcast_to(raw, (rows, len(raw))))


def drop_rows(array: npt.NDArray[Any], rows: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
    """``array`` without ``rows`` (sorted): block copies of the gaps while bad rows are few, as they should be.

    Beyond that the other rows are gathered, at a cost that does not grow with the bad ones: a rule may reject all.
    """
    if len(rows) > _FEW_ROWS:
        return array.take(_others(len(array), rows), axis=0)
    out = np.empty((len(array) - len(rows), *array.shape[1:]), array.dtype)
    source = target = 0
    for row in [*rows.tolist(), len(array)]:
        out[target : target + row - source] = array[source:row]
        target += row - source
        source = row + 1
    return out


def _others(count: int, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    kept = np.ones(count, np.bool_)
    kept[rows] = False
    return np.flatnonzero(kept)
