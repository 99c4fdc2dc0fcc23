"""The columnar batch: buffers that the database driver binds without conversion.

A value buffer has one value per row at a fixed stride. An indicator is the length of the value in bytes, or says that
it is NULL. This is the form of the CLI driver's column-wise array insert.
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
"""The NumPy types of the ``MACHINE_TYPES``."""


@dataclass(slots=True)
class BatchColumn:
    """One column of ``n`` rows.

    ``values``: (n,) integers for the integer types, (n,) float64 for DOUBLE, else (n, stride) uint8 text: UTF-8, with
    decimals and dates in ASCII.
    ``indicators``: (n,) int32 lengths in bytes, or ``NULL``; None when every value fills the stride and none is NULL.
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
        """The column without these rows (row numbers, ascending)."""
        indicators = None if self.indicators is None else drop_rows(self.indicators, rows)
        return BatchColumn(self.target, drop_rows(self.values, rows), indicators)


@dataclass(slots=True)
class RowBatch:
    """The valid rows of one batch for one table.

    ``offsets``: (n,) int64, the byte offsets of the records in the input. ``owner`` keeps a reference to the memory of
    the arrays, because Arrow's views do not own it.
    """

    offsets: npt.NDArray[np.int64]
    columns: Sequence[BatchColumn]
    owner: object = None

    def __len__(self) -> int:
        return len(self.offsets)


def constant(target: TargetColumn, value: str | int, rows: int) -> BatchColumn:
    """A column with ``value`` in each of ``rows`` rows (run id, batch number, worker id)."""
    if isinstance(value, int):
        return BatchColumn(target, np.full(rows, value, DTYPES[target.sql_type]))
    raw = np.frombuffer(value.encode(), np.uint8)
    return BatchColumn(target, np.broadcast_to(raw, (rows, len(raw))))


def drop_rows(array: npt.NDArray[Any], rows: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
    """``array`` without ``rows`` (ascending).

    While the bad rows are few, the blocks between them are copied. Otherwise the good rows are gathered, at a cost that
    does not depend on the number of bad rows.
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
