"""Fillings that mean "no value"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shared.codec.code_pages import code_page
from shared.codec.columns import Bytes, Column, Mask
from shared.codec.fields import FieldSpec, Kind, Null
from shared.codec.swar import filled_with


def mark_nulls(column: Column, records: Bytes, spec: FieldSpec) -> Column:
    """The column with its null rows marked, which makes them valid, and 0 or empty."""
    found = [mask for null in spec.null_when if (mask := _rows(column, records, spec, null)) is not None]
    if not found:
        return column
    null = np.logical_or.reduce(found)
    valid = None if column.valid is None else column.valid | null
    if valid is not None and valid.all():
        valid = None
    if spec.is_number or spec.kind is Kind.FLOAT:
        column.values[null] = 0
    elif column.lengths is not None:
        column.lengths[null] = 0
    return replace(column, valid=valid, null=null)


def _rows(column: Column, records: Bytes, spec: FieldSpec, null: Null) -> Mask | None:
    if null is Null.ZEROS and spec.kind is not Kind.TEXT:
        return _zeros(column)
    return filled_with(records, spec.offset, spec.end, fill_byte(spec, null))


def _zeros(column: Column) -> Mask | None:
    pairs = column.values.reshape(len(column), column.values.ndim)  # (n, 1) or (n, 2)
    mask: Mask = np.all(pairs == 0, axis=1)
    if column.valid is not None:
        mask &= column.valid
    return mask if mask.any() else None


def fill_byte(spec: FieldSpec, null: Null) -> int:
    """The byte that a field of this null is filled with; ZEROS of text."""
    page = code_page(spec.code_page)
    fills = {Null.SPACES: page.space, Null.LOW_VALUES: 0x00, Null.HIGH_VALUES: 0xFF, Null.ZEROS: page.zone}
    return fills[null]
