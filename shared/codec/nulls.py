"""Null rows: fields whose bytes mean "no value" (``FieldSpec.null_when``), and values that are not valid."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from shared.codec.charset_forms import Form
from shared.codec.columns import Bytes, Column, Mask
from shared.codec.fields import FieldSpec, Kind, Null
from shared.codec.page_tables import code_page
from shared.codec.swar import filled_with


def mark_nulls(column: Column, records: Bytes, spec: FieldSpec) -> Column:
    """The column with its null rows marked. They become valid, and their values 0 or empty."""
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


def null_invalid(column: Column) -> Column:
    """The column with rows that are not valid made null, and their values 0 or empty."""
    if column.valid is None:
        return column
    invalid = ~column.valid
    if column.lengths is not None:
        column.lengths[invalid] = 0
    return replace(column, valid=None, null=invalid if column.null is None else invalid | column.null)


def _rows(column: Column, records: Bytes, spec: FieldSpec, null: Null) -> Mask | None:
    if null is Null.ZEROS and spec.kind is not Kind.TEXT:
        return _zeros(column)
    unit = fill_unit(spec, null)
    if len(unit) == 1:
        return filled_with(records, spec.offset, spec.end, unit[0])
    mask: Mask = np.all(records[:, spec.offset : spec.end] == filling(spec, null), axis=1)
    return mask if mask.any() else None


def _zeros(column: Column) -> Mask | None:
    pairs = column.values.reshape(len(column), column.values.ndim)  # (n, 1) or (n, 2)
    mask: Mask = np.all(pairs == 0, axis=1)
    if column.valid is not None:
        mask &= column.valid
    return mask if mask.any() else None


def filling(spec: FieldSpec, null: Null) -> Bytes:
    """(length,) uint8: the bytes of a field that is this null. ZEROS are those of text."""
    unit = fill_unit(spec, null)
    return np.frombuffer(unit * (spec.length // len(unit)), np.uint8)


def fill_unit(spec: FieldSpec, null: Null) -> bytes:
    """What a field that is this null repeats: one byte, or two in a page of two bytes a character."""
    page = code_page(spec.code_page)
    if null in _FILLED:
        return _FILLED[null]
    if spec.kind is Kind.TEXT and page.form.paired:
        units = _DOUBLE if page.form is Form.DOUBLE else _utf16(page.name)
        return units[null]
    return bytes([page.space if null is Null.SPACES else page.zone])


def _utf16(name: str) -> dict[Null, bytes]:
    return {Null.SPACES: " ".encode(name), Null.ZEROS: "0".encode(name)}


_DOUBLE: Final = {Null.SPACES: b"\x40\x40", Null.ZEROS: b"\x42\xf0"}
"""The ideographic space and the full-width 0, which have these bytes in all double-byte pages."""

_FILLED: Final = {Null.LOW_VALUES: b"\x00", Null.HIGH_VALUES: b"\xff"}
