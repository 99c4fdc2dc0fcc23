"""``encode``: a column to the bytes of one field of every record, the inverse of the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import bad_values
from shared.codec.columns import WIDE_BASE, Bytes, Column, Ints
from shared.codec.fields import FieldSpec, Kind, Null
from shared.codec.nulls import filling
from shared.codec.registry import codec_of


def encode(values: Column | NDArray[Any], spec: FieldSpec) -> Bytes:
    """(n, spec.length) uint8 of a column, or of a bare array without lengths and nulls.

    Text is (n, w) uint8 UTF-8, numbers are int64 in the narrow or the wide form, floats are float64. Null rows get the
    first filling of ``null_when``. Raises InputError LRD911 or LRD912, with the row, for values that do not fit the
    field, and LRD913 for rows that are not valid, or null in a field without ``null_when``.
    """
    column = values if isinstance(values, Column) else Column(values)
    if column.valid is not None and not column.valid.all():
        raise bad_values("LRD913", f"field {spec.name}: rows that are not valid cannot be encoded")
    if column.null is None or not column.null.any():
        return codec_of(spec.kind).encode(column, spec)
    return _encode_with_nulls(column, column.null, spec)


def _encode_with_nulls(column: Column, null: NDArray[np.bool_], spec: FieldSpec) -> Bytes:
    if not spec.null_when:
        raise bad_values("LRD913", f"field {spec.name} has null rows but no null_when")
    if spec.kind is not Kind.TEXT and spec.null_when[0] is Null.ZEROS:  # a zero of its kind, not a filling
        values = column.values.copy()
        values[null] = 0
        return codec_of(spec.kind).encode(Column(values), spec)
    out = np.tile(filling(spec, spec.null_when[0]), (len(column), 1))
    rows = np.flatnonzero(~null)
    lengths = None if column.lengths is None else column.lengths[rows]
    out[rows] = codec_of(spec.kind).encode(replace(column, values=column.values[rows], lengths=lengths), spec)
    return out


def column_of(values: Sequence[Any], spec: FieldSpec) -> Column:
    """The column of Python values, for ``encode``.

    Numbers are scaled integers, FLOAT takes floats, RAW bytes of the field's length, TEXT and LONG text as UTF-8 bytes.
    Raises InputError LRD911, with the row, for an integer of more digits than the field has.
    """
    if spec.is_number:
        return Column(_integers(values, spec))
    if spec.kind is Kind.FLOAT:
        return Column(np.array(values, np.float64))
    if spec.kind is Kind.RAW:
        return Column(np.frombuffer(b"".join(values), np.uint8).reshape(len(values), spec.length))
    lengths = np.array([len(value) for value in values], np.int32)
    width = max(1, spec.length, int(lengths.max(initial=0)))
    text = np.frombuffer(b"".join(value.ljust(width) for value in values), np.uint8)
    return Column(text.reshape(len(values), width), lengths)


def _integers(values: Sequence[int], spec: FieldSpec) -> Ints:
    limit = 10**spec.value_digits
    for row, value in enumerate(values):
        if abs(value) >= limit:
            message = f"field {spec.name}: {value} (row {row}) does not fit {spec.value_digits} digits"
            raise bad_values("LRD911", message, row=row, value=value)
    if not spec.wide:
        return np.array(values, np.int64)
    parts = [(abs(value) // WIDE_BASE, abs(value) % WIDE_BASE, -1 if value < 0 else 1) for value in values]
    return np.array([(high * sign, low * sign) for high, low, sign in parts], np.int64).reshape(-1, 2)
