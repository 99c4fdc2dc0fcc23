"""Decoded columns to the buffers that the driver binds: numbers, decimal text, dates, text, raw bytes as hex."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from shared.batch.columns import NULL, BatchColumn
from shared.batch.types import MACHINE_TYPES, SqlType
from shared.codec import Column, Kind, format_decimal
from shared.transform.plan import PlanColumn

_HEX: Final = np.frombuffer(bytes(range(256)).hex().upper().encode(), np.uint16)
"""The two hexadecimal digits of each byte."""


def to_batch_column(plan: PlanColumn, column: Column) -> BatchColumn:
    """The column as its target type; rows that did not decode hold anything and are dropped later."""
    target = plan.target
    if target.sql_type in MACHINE_TYPES:
        return BatchColumn(target, column.values, _indicators(column, column.values.itemsize))
    if target.sql_type is SqlType.DECIMAL:
        text = format_decimal(column.values, plan.spec.value_digits, plan.spec.scale)
        return BatchColumn(target, text, _indicators(column, text.shape[1]))
    if plan.spec.kind is Kind.RAW:
        text = _HEX[column.values].view(np.uint8)
        return BatchColumn(target, text, _indicators(column, text.shape[1]))
    if column.lengths is None:
        return BatchColumn(target, column.values, _indicators(column, column.values.shape[1]))
    return BatchColumn(target, column.values, _text_lengths(column, column.lengths))


def _indicators(column: Column, length: int) -> npt.NDArray[np.int32] | None:
    """Indicators of values of constant length: none needed unless some row is NULL."""
    if column.null is None:
        return None
    return np.where(column.null, np.int32(NULL), np.int32(length))


def _text_lengths(column: Column, lengths: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    if column.null is None:
        return lengths
    return np.where(column.null, np.int32(NULL), lengths)
