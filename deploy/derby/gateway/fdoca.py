"""Parameter descriptors (FDODSC) and rows of parameters (FDODTA), as FD:OCA lays them out (DRDA volume 1).

A descriptor is a series of triplets ``length type ...``. Groups (76) and their continuations (7F) have three bytes for
each column: the type and a two-byte length. Odd types are nullable: an indicator byte precedes the value, and FF means
that no value follows. Each row starts with an indicator byte, too.

The driver sends Python text as VARGRAPHIC (UTF-16BE, length in characters), which Derby does not know. It is rewritten
to VARMIX (UTF-8, length in bytes).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from deploy.derby.gateway.errors import ProtocolError

GROUP, GROUP_CONTINUED, ROW_LAYOUT = 0x76, 0x7F, 0x71
ROW_HERE = 0x00
MANY_ROWS = b"\x06\x71\xf4"
"""The start of the row-layout triplet, which makes the FDODTA an array of rows."""

_NULLABLE = 0x01
_VARMIX = 0x3E
_LONGEST = 0x7FFF
_COUNT = struct.Struct(">H")
_WIDTHS = {0x02: 4, 0x04: 2, 0x06: 1, 0x0A: 8, 0x0C: 4, 0x16: 8, 0x20: 10, 0x22: 8}
_DECIMAL, _ZONED = 0x0E, 0x10
_VARYING_BYTES = frozenset({0x28, 0x2A, 0x32, 0x34, _VARMIX, 0x40})
_FIXED_GRAPHIC = 0x36
_VARYING_GRAPHIC = frozenset({0x38, 0x3A})
_GRAPHIC = _VARYING_GRAPHIC | {_FIXED_GRAPHIC}


class Column(NamedTuple):
    """One parameter: its FD:OCA type and the two bytes of its length (precision and scale of a decimal)."""

    kind: int
    high: int
    low: int

    @property
    def nullable(self) -> bool:
        return bool(self.kind & _NULLABLE)

    @property
    def graphic(self) -> bool:
        return self.kind & ~_NULLABLE in _GRAPHIC

    @property
    def varying(self) -> bool:
        return self.kind & ~_NULLABLE in _VARYING_BYTES

    @property
    def width(self) -> int:
        """The bytes of a value of fixed length, or of the length field of a varying one."""
        kind = self.kind & ~_NULLABLE
        if kind == _DECIMAL:
            return self.high // 2 + 1
        if kind == _ZONED:
            return self.high
        if kind in _VARYING_BYTES or kind in _VARYING_GRAPHIC:
            return _COUNT.size
        # The value of a large object is sent in an EXTDTA. The row contains a placeholder of this length.
        return _WIDTHS.get(kind, (self.high << 8 | self.low) & _LONGEST)


def is_array(descriptor: bytes) -> bool:
    """Whether the rows that follow this descriptor are an array."""
    return any(triplet.startswith(MANY_ROWS) for triplet in _triplets(descriptor))


class RowPlan:
    """How to read the rows of one descriptor. It is built once for each descriptor and used for each row.

    ``descriptor`` is the descriptor to send to Derby. Raises ProtocolError LRG005 for one that is not FD:OCA.
    """

    def __init__(self, descriptor: bytes) -> None:
        triplets = [t for t in _triplets(descriptor) if not t.startswith(MANY_ROWS)]
        self.columns = [column for triplet in triplets for column in _columns(triplet)]
        self.descriptor = b"".join(_without_graphic(triplet) for triplet in triplets)
        self.rewrites = any(column.graphic for column in self.columns)
        self._steps = _steps(self.columns) if all(column.nullable for column in self.columns) else None

    def rows(self, data: bytes) -> Iterator[bytes]:
        """The rows of an FDODTA, rewritten for Derby. Raises ProtocolError LRG005 when they do not fit the plan."""
        steps, offset = self._steps, 0
        walk = self._rewritten if self.rewrites or steps is None else None
        try:
            while offset < len(data) and data[offset] == ROW_HERE:
                if walk or steps is None:
                    row, offset = self._rewritten(data, offset)
                else:
                    start, offset = offset, _row_end(steps, data, offset)
                    row = data[start:offset]
                yield row
        except (IndexError, struct.error, UnicodeDecodeError) as error:
            raise _misfit(f"A row of parameters is incomplete: {error}.", data, offset) from error
        if len(data) - offset > 1 or offset > len(data):
            raise _misfit("Rows of parameters do not fit their descriptor.", data, offset)

    def _rewritten(self, data: bytes, offset: int) -> tuple[bytes, int]:
        pieces = [data[offset : offset + 1]]
        offset += 1
        for column in self.columns:
            if column.nullable:
                pieces.append(data[offset : offset + 1])
                offset += 1
                if data[offset - 1]:
                    continue
            value, offset = _value(column, data, offset)
            pieces.append(value)
        return b"".join(pieces), offset


def _row_end(steps: tuple[int, ...], data: bytes, offset: int) -> int:
    # This loop runs for each field of an array insert. A tuple of plain integers keeps it fast.
    offset += 1
    for step in steps:
        if data[offset]:
            offset += 1
        elif step:
            offset += step
        else:
            offset += 3 + (data[offset + 1] << 8 | data[offset + 2])
    return offset


def _steps(columns: list[Column]) -> tuple[int, ...]:
    """The bytes of indicator and value of each nullable column; 0 means that a length precedes the value."""
    return tuple(0 if column.varying else 1 + column.width for column in columns)


def _value(column: Column, data: bytes, offset: int) -> tuple[bytes, int]:
    if column.graphic:
        return _graphic(column, data, offset)
    length = column.width
    if column.varying:
        length += _COUNT.unpack_from(data, offset)[0]
    return data[offset : offset + length], offset + length


def _graphic(column: Column, data: bytes, offset: int) -> tuple[bytes, int]:
    if column.kind & ~_NULLABLE == _FIXED_GRAPHIC:
        characters = column.high << 8 | column.low
    else:
        (characters,) = _COUNT.unpack_from(data, offset)
        offset += _COUNT.size
    end = offset + 2 * characters
    text = data[offset:end].decode("utf-16-be").encode()
    return _COUNT.pack(len(text)) + text, end


def _triplets(descriptor: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(descriptor):
        length = descriptor[offset]
        if length < 2 or offset + length > len(descriptor):
            raise _misfit("A triplet of a parameter descriptor has a wrong length.", descriptor, offset)
        yield descriptor[offset : offset + length]
        offset += length


def _columns(triplet: bytes) -> Iterator[Column]:
    if triplet[1] in (GROUP, GROUP_CONTINUED):
        if len(triplet) % 3:
            raise _misfit("A group of columns is not a multiple of three bytes.", triplet, 0)
        for start in range(3, len(triplet), 3):
            yield Column(*triplet[start : start + 3])


def _without_graphic(triplet: bytes) -> bytes:
    changed = bytearray(triplet)
    for number, column in enumerate(_columns(triplet), 1):
        if column.graphic:
            kind = _VARMIX | column.kind & _NULLABLE
            changed[3 * number : 3 * number + 3] = bytes((kind, *_COUNT.pack(_LONGEST)))
    return bytes(changed)


def _misfit(message: str, data: bytes, offset: int) -> ProtocolError:
    return ProtocolError("LRG005", message, data=data, offset=offset)
