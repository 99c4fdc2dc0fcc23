"""What decoding is measured against: a loop over records and fields that slices, decodes, and makes Decimals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from shared.codec import FieldSpec, Kind

Step = tuple[int, int, Callable[[bytes, int], Any], int]


def text(raw: bytes, _scale: int) -> str:
    return raw.decode("cp037").rstrip()


def display(raw: bytes, scale: int) -> Decimal:
    return Decimal(int(raw.decode("cp037"))).scaleb(-scale)


def zoned(raw: bytes, scale: int) -> Decimal:
    value = 0
    for byte in raw:
        value = value * 10 + (byte & 0x0F)
    return Decimal(-value if raw[-1] >> 4 in (0xB, 0xD) else value).scaleb(-scale)


def packed(raw: bytes, scale: int) -> Decimal:
    value = 0
    for byte in raw[:-1]:
        value = value * 100 + (byte >> 4) * 10 + (byte & 0x0F)
    value = value * 10 + (raw[-1] >> 4)
    return Decimal(-value if raw[-1] & 0x0F in (0xB, 0xD) else value).scaleb(-scale)


def binary(raw: bytes, _scale: int) -> int:
    return int.from_bytes(raw, "big", signed=True)


def plan(specs: Sequence[FieldSpec]) -> list[Step]:
    """(offset, end, function, scale) of each field."""
    functions = {Kind.TEXT: text, Kind.PACKED: packed, Kind.BINARY: binary}
    return [
        (spec.offset, spec.end, functions.get(spec.kind, zoned if spec.signed else display), spec.scale)
        for spec in specs
    ]


def decode(data: bytes, steps: list[Step], length: int) -> list[tuple[Any, ...]]:
    """Tuples of str, Decimal and int, one for each record of ``length`` bytes."""
    rows = []
    for start in range(0, len(data), length):
        record = data[start : start + length]
        row = []
        for offset, end, function, scale in steps:
            row.append(function(record[offset:end], scale))
        rows.append(tuple(row))
    return rows
