"""A family's file through lrecl: the copybook laid out, records framed and shaped, items decoded; and encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

import numpy as np

from shared.codec import Column, Decoder, FieldSpec, Kind, encode, format_decimal
from shared.codec.columns import Bytes, Mask
from shared.copybook import Element, Usage
from shared.framing.descriptor import Descriptor
from shared.framing.variable import VariableFraming
from shared.jobs.field_specs import field_spec
from shared.jobs.layout_tree import Tree
from shared.jobs.model import FieldOptions
from shared.jobs.shapes import shape_of
from shared.shaping import ShapedBatch, Shaper
from tests.acceptance.oracle.answers import Told
from tests.acceptance.oracle.family import Family, Item, layout_of
from tests.acceptance.oracle.family import Kind as ItemKind

_CODE_PAGE = "latin-1"
_NATIVE = {Usage.COMP_1, Usage.COMP_2, Usage.COMP_5}
_RDW = Descriptor(counts_itself=False)
"""GnuCOBOL's word before a variable record: big-endian, but without its own four bytes in the count."""


@dataclass(frozen=True)
class Records:
    """Records at full length, (n, length) uint8; ``shaped`` of variable ones."""

    bytes: Bytes
    shaped: ShapedBatch | None


def records_of(family: Family, data: bytes) -> Records:
    """The records in a file of the family."""
    layout = layout_of(family.copybook)
    if not family.variable:
        return Records(np.frombuffer(data, np.uint8).reshape(-1, layout.length), None)
    (batch,) = VariableFraming(_RDW).cut(BytesIO(data), 0, len(data), family.rows + 1, 0)
    lengths = np.array(batch.lengths, np.int64)
    shape = shape_of(Tree(layout), _CODE_PAGE, shifting=True)
    shaped = Shaper(shape, filler=ord(" ")).run(batch.data, np.cumsum(lengths) - lengths, lengths)
    assert not shaped.bad.any()
    return Records(shaped.records, shaped)


def spec_of(element: Element, *, as_number: bool) -> FieldSpec:
    """The field as a job has it; COMP-5 and floating point in this machine's form, which IBM's files never have."""
    options = FieldOptions(
        type="decimal" if as_number else None,
        float_form="ieee",
        byte_order="little" if element.field.usage in _NATIVE else None,
    )
    return field_spec(element, element.name, _CODE_PAGE, options)


def values_of(item: Item, records: Records, *, as_text: bool = False) -> list[Told]:
    """The item's values, None where it is not in the record. AssertionError for one that cannot be decoded."""
    spec = spec_of(item.element, as_number=item.kind is ItemKind.EDITED and not as_text)
    (column,) = Decoder([spec], records.bytes.shape[1]).decode(np.ascontiguousarray(records.bytes))
    absent = _absent(item.element, records)
    assert column.valid is None or (column.valid | absent).all(), f"{spec} refuses rows {np.flatnonzero(~column.valid)}"
    return [None if gone else value for gone, value in zip(absent, _python(column, spec), strict=True)]


def _absent(element: Element, records: Records) -> Mask:
    none = np.zeros(len(records.bytes), np.bool_)
    if records.shaped is None:
        return none
    kept = [index for index, table in enumerate(records.shaped.shape.tables) if table.name in element.field.path]
    occurrence = tuple(zip(kept, element.subscripts, strict=False))  # tables within, that do not vary, are not kept
    absent = records.shaped.missing(element.offset, element.field.length, occurrence)
    return none if absent is None else absent


def _python(column: Column, spec: FieldSpec) -> Iterator[Told]:
    if spec.kind is Kind.FLOAT:
        yield from column.values.tolist()
    elif spec.is_number:
        for row in format_decimal(column.values, spec.value_digits, spec.scale):
            yield Decimal(row.tobytes().decode())
    else:
        assert column.lengths is not None
        for row, length in zip(column.values, column.lengths, strict=True):
            yield row[:length].tobytes().decode()


def encoded(family: Family, records: Records) -> bytes:
    """The records written anew: every item that COBOL moved a value into, decoded and encoded; low values between."""
    out = np.zeros_like(records.bytes)
    for item in family.moved:
        spec = spec_of(item.element, as_number=item.kind is ItemKind.EDITED)
        (column,) = Decoder([spec], records.bytes.shape[1]).decode(np.ascontiguousarray(records.bytes))
        out[:, spec.offset : spec.end] = encode(column, spec)
    return out.tobytes()
