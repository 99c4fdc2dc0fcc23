"""Decoded elements as Python objects: text, int, Decimal in the picture's scale, float, bytes in hex, or None."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from shared.codec import WIDE_BASE, Column, Decoder, FieldSpec, Invalid, Kind, charset
from shared.codec.columns import Ints, Mask
from shared.copybook import Element
from shared.scaled_decimals import to_decimal
from shared.shaping import ShapedBatch

Value = str | int | float | Decimal | None

SpecOf = Callable[[Element], FieldSpec]
"""How an element is decoded; a group is decoded as text."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One element of a record type; ``occurrence`` as in ``ShapedBatch.missing``."""

    spec: FieldSpec
    occurrence: tuple[tuple[int, int], ...]


def leaf_of(spec: FieldSpec, occurrence: tuple[tuple[int, int], ...]) -> Leaf:
    """The leaf of an element. Bytes that do not decode are null, because they may belong to another redefinition."""
    return Leaf(replace(spec, invalid=Invalid.NULL), occurrence)


def raw_spec(spec: FieldSpec) -> FieldSpec:
    """The field of the same bytes with the kind RAW."""
    return FieldSpec(spec.name, Kind.RAW, spec.offset, spec.length)


def values_of(leaf: Leaf, column: Column, shaped: ShapedBatch) -> list[Value]:
    """One value for each record; None where the record lacks the element. Text that is cut keeps its first part."""
    spec = leaf.spec
    missing = shaped.missing(spec.offset, spec.length, leaf.occurrence)
    values = column_values(column, spec, missing)
    if missing is not None and spec.kind is Kind.TEXT and shaped.reach is not None:
        for present, rows in _cut_short(leaf, shaped, shaped.reach).items():
            for row, value in zip(rows.tolist(), _short_texts(spec, present, shaped, rows), strict=True):
                values[row] = value
    return values


def hexes_of(leaf: Leaf, column: Column, shaped: ShapedBatch) -> list[Value]:
    """The bytes of the element in hex, as many as each record has."""
    spec = leaf.spec
    values = column_values(column, raw_spec(spec), shaped.missing(spec.offset, spec.length, leaf.occurrence))
    if shaped.reach is not None and spec.kind is Kind.TEXT:
        for present, rows in _cut_short(leaf, shaped, shaped.reach).items():
            for row in rows.tolist():
                values[row] = column.values[row, :present].tobytes().hex().upper()
    return values


def _cut_short(leaf: Leaf, shaped: ShapedBatch, reach: Ints) -> dict[int, Ints]:
    """Rows whose record ends inside the text, by the number of its bytes that they have."""
    spec = leaf.spec
    cut: Mask = (reach >= spec.offset) & (reach < spec.end)
    beyond = shaped.missing(0, 0, leaf.occurrence)
    if beyond is not None:
        cut &= ~beyond
    present = reach - spec.offset
    if charset(spec.code_page).form.paired:
        present -= present % 2
    return {int(size): np.flatnonzero(cut & (present == size)) for size in np.unique(present[cut])}


def _short_texts(spec: FieldSpec, present: int, shaped: ShapedBatch, rows: Ints) -> list[Value]:
    if not present:
        return [""] * len(rows)
    short = replace(spec, offset=0, length=present)
    records = np.ascontiguousarray(shaped.records[rows, spec.offset : spec.offset + present])
    (column,) = Decoder([short], present).decode(records)
    return column_values(column, short)


def column_values(column: Column, spec: FieldSpec, missing: Mask | None = None) -> list[Value]:
    """One object for each row; None where the value is null, not valid, or ``missing``."""
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
        yield from (_unscaled(high * WIDE_BASE + low, spec.scale) for high, low in column.values.tolist())
    elif spec.scale:
        yield from (_unscaled(number, spec.scale) for number in column.values.tolist())
    else:
        yield from column.values.tolist()


def _texts(column: Column) -> Iterator[str]:
    if column.lengths is None:
        return
    stride = column.values.shape[1]
    data = column.values.tobytes()
    for row, length in enumerate(column.lengths.tolist()):
        # Rows that are not valid have unspecified bytes; they become None.
        yield data[row * stride : row * stride + length].decode(errors="replace")


def _number(text: str) -> int | Decimal:
    """The number of more than 31 digits in a text; 0 for the unspecified text of rows that are not valid."""
    try:
        return Decimal(text) if "." in text else int(text)
    except (ValueError, ArithmeticError):
        return 0


def _unscaled(number: int, scale: int) -> int | Decimal:
    """``number`` × 10^−scale, exactly: an int when there are no decimal places."""
    return to_decimal(number, scale) if scale > 0 else number * int(10**-scale)
