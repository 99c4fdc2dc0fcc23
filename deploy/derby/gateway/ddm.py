"""DDM objects: ``length(2) code-point(2) body``, nested (DDM architecture, "DDM objects").

An object whose body does not fit into the two-byte length has the extended form: bit 8000 is set, the rest of the first
length counts only the header, and the body's length follows the code point in 4, 6 or 8 bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from deploy.derby.gateway.errors import ProtocolError

_HEADER = struct.Struct(">HH")
_EXTENDED = 0x8000
_LARGEST = 0x7FFF


class Variable(NamedTuple):
    """One object: its code point and its body."""

    code_point: int
    body: bytes


def encode(code_point: int, body: bytes) -> bytes:
    """The object's bytes, in the extended form when the body needs it."""
    size = len(body) + _HEADER.size
    if size <= _LARGEST:
        return _HEADER.pack(size, code_point) + body
    return _HEADER.pack(_EXTENDED | 8, code_point) + len(body).to_bytes(4, "big") + body


def encode_all(variables: Iterable[Variable]) -> bytes:
    """Several objects, one after the other."""
    return b"".join(encode(code_point, body) for code_point, body in variables)


def decode(data: bytes, offset: int = 0) -> tuple[Variable, int]:
    """The object at ``offset`` and the offset after it. Raises ProtocolError LRG002 when it does not fit."""
    if offset + _HEADER.size > len(data):
        raise ProtocolError("LRG002", "There are too few bytes for the header of an object.", data=data, offset=offset)
    size, code_point = _HEADER.unpack_from(data, offset)
    start = offset + _HEADER.size
    length = size - _HEADER.size
    if size & _EXTENDED:
        width = (size & _LARGEST) - _HEADER.size
        length = int.from_bytes(data[start : start + max(width, 0)], "big")
        start += width
    end = start + length
    if length < 0 or start > end or end > len(data) or start < offset + _HEADER.size:
        raise ProtocolError("LRG002", f"Object {code_point:04X} is longer than its frame.", data=data, offset=offset)
    return Variable(code_point, data[start:end]), end


def decode_all(data: bytes) -> Iterator[Variable]:
    """All objects in ``data``, one after the other."""
    offset = 0
    while offset < len(data):
        variable, offset = decode(data, offset)
        yield variable


def body_of(payload: bytes) -> bytes:
    """The body of the only object in a payload."""
    return decode(payload)[0].body


def by_code_point(data: bytes) -> Mapping[int, bytes]:
    """The bodies of all objects in ``data`` by code point. The last one counts when a code point is repeated."""
    return {variable.code_point: variable.body for variable in decode_all(data)}
