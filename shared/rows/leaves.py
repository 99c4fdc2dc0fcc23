"""Single elements of rows: how each is decoded, and what becomes of those that a record does not have, or not whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from shared.codec import Column, Decoder, FieldSpec, Invalid, Kind, charset
from shared.codec.columns import Ints, Mask
from shared.copybook import Element
from shared.rows.values import Value, column_values
from shared.shaping import Shaped

SpecOf = Callable[[Element], FieldSpec]
"""How an element is read; that of a group is its text."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One element; ``occurrence`` as in ``Shaped.missing``."""

    spec: FieldSpec
    occurrence: tuple[tuple[int, int], ...]


def leaf_of(spec: FieldSpec, occurrence: tuple[tuple[int, int], ...]) -> Leaf:
    """The leaf of an element; what does not decode is no value, because it may be another reading's bytes."""
    return Leaf(replace(spec, invalid=Invalid.NULL), occurrence)


def raw_spec(spec: FieldSpec) -> FieldSpec:
    """The bytes of a field."""
    return FieldSpec(spec.name, Kind.RAW, spec.offset, spec.length)


def values_of(leaf: Leaf, column: Column, shaped: Shaped) -> list[Value]:
    """One value a record."""
    spec = leaf.spec
    missing = shaped.missing(spec.offset, spec.length, leaf.occurrence)
    values = column_values(column, spec, missing)
    if missing is not None and spec.kind is Kind.TEXT and shaped.reach is not None:
        for present, rows in _cut_short(leaf, shaped, shaped.reach).items():
            for row, value in zip(rows.tolist(), _short_texts(spec, present, shaped, rows), strict=True):
                values[row] = value
    return values


def hexes_of(leaf: Leaf, column: Column, shaped: Shaped) -> list[Value]:
    """The bytes of each record's element in hex, as far as they are there."""
    spec = leaf.spec
    values = column_values(column, raw_spec(spec), shaped.missing(spec.offset, spec.length, leaf.occurrence))
    if shaped.reach is not None and spec.kind is Kind.TEXT:
        for present, rows in _cut_short(leaf, shaped, shaped.reach).items():
            for row in rows.tolist():
                values[row] = column.values[row, :present].tobytes().hex().upper()
    return values


def _cut_short(leaf: Leaf, shaped: Shaped, reach: Ints) -> dict[int, Ints]:
    """Rows whose text the record's end cuts, by how many bytes of it are there; 0 where the record ends before it."""
    spec = leaf.spec
    there: Mask = (reach >= spec.offset) & (reach < spec.end)
    beyond = shaped.missing(0, 0, leaf.occurrence)
    if beyond is not None:
        there &= ~beyond
    present = reach - spec.offset
    if charset(spec.code_page).form.paired:
        present -= present % 2
    return {int(size): np.flatnonzero(there & (present == size)) for size in np.unique(present[there])}


def _short_texts(spec: FieldSpec, present: int, shaped: Shaped, rows: Ints) -> list[Value]:
    if not present:
        return [""] * len(rows)
    short = replace(spec, offset=0, length=present)
    records = np.ascontiguousarray(shaped.records[rows, spec.offset : spec.offset + present])
    (column,) = Decoder([short], present).decode(records)
    return column_values(column, short)
