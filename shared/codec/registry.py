"""Which module knows which kind. A new kind is a module with these three functions, and a line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.codec import binary, display, edited, floats, long_numbers, packed, raw, text, written
from shared.codec.catalogue import Fault
from shared.codec.columns import Bytes, Column
from shared.codec.fields import FieldSpec, Kind


class Codec(Protocol):
    """What a kind's module offers."""

    def decode(self, records: Bytes, specs: Sequence[FieldSpec], /) -> list[Column]:
        """The columns of fields of one kind and code page; records are at least 8 bytes long."""

    def encode(self, column: Column, spec: FieldSpec, /) -> Bytes:
        """(n, length) uint8 of n rows without nulls."""

    def explain(self, spec: FieldSpec, raw: bytes, /) -> Fault | None:
        """The fault of one field, None when it has none."""


_CODECS: dict[Kind, Codec] = {
    Kind.TEXT: text,
    Kind.DISPLAY: display,
    Kind.PACKED: packed,
    Kind.BINARY: binary,
    Kind.EDITED: edited,
    Kind.FLOAT: floats,
    Kind.LONG: long_numbers,
    Kind.RAW: raw,
    Kind.WRITTEN: written,
}


def codec_of(kind: Kind) -> Codec:
    """The module that knows the kind."""
    return _CODECS[kind]
