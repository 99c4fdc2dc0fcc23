"""The module of each kind of field. A new kind is a module with these three functions and a line in the table here.

RAW, whose bytes stay as they are, is here itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from shared.codec import binary, display, edited, floats, long_numbers, packed, text, text_numbers
from shared.codec.catalogue import FieldFault, bad_values
from shared.codec.columns import Bytes, Column
from shared.codec.fields import FieldSpec, Kind


class Codec(Protocol):
    """What the module of a kind offers."""

    def decode(self, records: Bytes, specs: Sequence[FieldSpec], /) -> list[Column]:
        """The columns of fields of one kind and code page; records have at least 8 bytes."""

    def encode(self, column: Column, spec: FieldSpec, /) -> Bytes:
        """(n, length) uint8 of n rows without nulls."""

    def explain(self, spec: FieldSpec, raw: bytes, /) -> FieldFault | None:
        """The fault of one field, None when it has none."""


class _Raw:
    """RAW: bytes as they are."""

    def decode(self, records: Bytes, specs: Sequence[FieldSpec], /) -> list[Column]:
        """A copy of the bytes of each field, (n, length)."""
        return [Column(np.ascontiguousarray(records[:, spec.offset : spec.end])) for spec in specs]

    def encode(self, column: Column, spec: FieldSpec, /) -> Bytes:
        """The bytes as they are. Raises InputError LRD912 when the width is not the field's."""
        if column.values.shape[1:] != (spec.length,):
            message = f"field {spec.name} needs {spec.length} bytes a row"
            raise bad_values("LRD912", message, shape=column.values.shape)
        return np.ascontiguousarray(column.values, np.uint8)

    def explain(self, _spec: FieldSpec, _raw: bytes, /) -> FieldFault | None:
        """Bytes have no faults."""
        return None


_CODECS: dict[Kind, Codec] = {
    Kind.TEXT: text,
    Kind.DISPLAY: display,
    Kind.PACKED: packed,
    Kind.BINARY: binary,
    Kind.EDITED: edited,
    Kind.FLOAT: floats,
    Kind.LONG: long_numbers,
    Kind.RAW: _Raw(),
    Kind.TEXT_NUMBER: text_numbers,
}


def codec_of(kind: Kind) -> Codec:
    """The module that decodes and encodes the kind."""
    return _CODECS[kind]
