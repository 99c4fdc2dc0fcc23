"""A column in, the bytes of one field of every record out: the inverse of the decoder."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import bad_values
from shared.codec.columns import Bytes, Column
from shared.codec.fields import FieldSpec, Kind, Null
from shared.codec.nulls import filling
from shared.codec.registry import codec_of


def encode(values: Column | NDArray[Any], spec: FieldSpec) -> Bytes:
    """(n, spec.length) uint8 of a column, or of a bare array without lengths and nulls.

    Text is (n, w) uint8 UTF-8, numbers int64 in either form, floats float64. Null rows get the first filling of
    ``null_when``. Raises InputError LRD911 or LRD912, with the row, for what the field cannot hold; and
    LRD913 for rows that are not valid, or null where the field knows no null.
    """
    column = values if isinstance(values, Column) else Column(values)
    if column.valid is not None and not column.valid.all():
        raise bad_values("LRD913", f"field {spec.name}: rows that are not valid cannot be written")
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
