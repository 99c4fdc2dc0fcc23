"""Decoded columns as the buffers that the driver binds, and single values as text or Python objects."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.batch.columns import NULL, BatchColumn
from shared.batch.types import INTEGER_TYPES, MACHINE_TYPES, SqlType
from shared.codec import WIDE_BASE, Column, Kind, format_decimal
from shared.scaled_decimals import to_text
from shared.transform.plan import PlanColumn

Value = str | int | float | Decimal | None

_HEX: Final = np.frombuffer(bytes(range(256)).hex().upper().encode(), np.uint16)
"""The two hexadecimal digits of each byte."""


def to_batch_column(plan: PlanColumn, column: Column) -> BatchColumn:
    """The column in its target type. The content of rows without a valid value is unspecified; they are rejected."""
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
    return BatchColumn(target, column.values, _text_indicators(column, column.lengths))


def _indicators(column: Column, length: int) -> npt.NDArray[np.int32] | None:
    """Indicators of values that have one length; None unless a row is NULL."""
    if column.null is None:
        return None
    return np.where(column.null, np.int32(NULL), np.int32(length))


def _text_indicators(column: Column, lengths: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    if column.null is None:
        return lengths
    return np.where(column.null, np.int32(NULL), lengths)


def value_text(column: Column, row: int, scale: int) -> str:
    """One decoded value as text, for messages."""
    if column.lengths is not None:
        return column.values[row, : column.lengths[row]].tobytes().decode()
    if column.values.dtype == np.uint8:
        return str(column.values[row].tobytes().hex())
    if column.values.dtype == np.float64:
        return repr(float(column.values[row]))
    pair = column.values[row]
    number = int(pair) if column.values.ndim == 1 else int(pair[0]) * WIDE_BASE + int(pair[1])
    return to_text(number, scale)


def python_values(column: BatchColumn) -> Iterator[Value]:
    """The column's values as Python objects, for ``lrecl decode``. The load never makes such objects."""
    kind = column.target.sql_type
    for row in range(len(column.values)):
        length = column.stride if column.indicators is None else int(column.indicators[row])
        if length == NULL:
            yield None
        elif kind in INTEGER_TYPES:
            yield int(column.values[row])
        elif kind is SqlType.DOUBLE:
            yield float(column.values[row])
        else:
            text = column.values[row, :length].tobytes().decode()
            yield Decimal(text) if kind is SqlType.DECIMAL else text
