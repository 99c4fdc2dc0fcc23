"""Decoded columns as Python objects: text, int, Decimal of the picture's scale, float, bytes in hex; None for none."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from shared.codec import WIDE_BASE, Column, FieldSpec, Kind
from shared.codec.columns import Mask

Value = str | int | float | Decimal | None


def column_values(column: Column, spec: FieldSpec, missing: Mask | None = None) -> list[Value]:
    """One object a row; None where the value is null, not valid, or ``missing``."""
    values: list[Value] = list(_values(column, spec))
    for absent in (column.null, None if column.valid is None else ~column.valid, missing):
        if absent is not None:
            for row in np.flatnonzero(absent).tolist():
                values[row] = None
    return values


def _values(column: Column, spec: FieldSpec) -> Iterator[Value]:
    if spec.kind is Kind.LONG:
        yield from (_number(text) for text in _texts(column))
    elif column.lengths is not None:
        yield from _texts(column)
    elif spec.kind is Kind.RAW:
        yield from (row.tobytes().hex().upper() for row in column.values)
    elif spec.kind is Kind.FLOAT:
        yield from column.values.tolist()
    elif column.values.ndim == 2:
        yield from (scaled(high * WIDE_BASE + low, spec.scale) for high, low in column.values.tolist())
    elif spec.scale:
        yield from (scaled(number, spec.scale) for number in column.values.tolist())
    else:
        yield from column.values.tolist()


def _texts(column: Column) -> Iterator[str]:
    if column.lengths is None:
        return
    stride = column.values.shape[1]
    data = column.values.tobytes()
    for row, length in enumerate(column.lengths.tolist()):
        # Rows that are not valid hold any bytes; they become None.
        yield data[row * stride : row * stride + length].decode(errors="replace")


def _number(text: str) -> int | Decimal:
    """The number that a text of more than 31 digits says; rows that are not valid hold any text."""
    try:
        return Decimal(text) if "." in text else int(text)
    except (ValueError, ArithmeticError):
        return 0


def scaled(number: int, scale: int) -> int | Decimal:
    """``number`` × 10^−scale, exactly: whole where there are no decimal places."""
    if scale <= 0:
        return number * int(10**-scale)
    return Decimal(f"{number}E-{scale}")  # Decimal's arithmetic would round at 28 digits
