"""Single values for people: rejects' messages and ``lrecl decode``. Never on the way to the database."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from shared.batch.columns import NULL, BatchColumn
from shared.batch.types import INTEGER_TYPES, SqlType
from shared.codec import WIDE_BASE, Column
from shared.scaled_decimals import to_text

Value = str | int | float | Decimal | None


def shown(column: Column, row: int, scale: int) -> str:
    """One decoded value as text."""
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
    """The column's values as Python objects, one per row."""
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
