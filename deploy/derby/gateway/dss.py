"""DSS framing: the outermost layer of DRDA (DDM architecture, "Data stream structures").

A DSS is ``length(2) D0 format(1) correlator(2)`` and a payload. In ``format`` the low four bits are the kind, bit 40
means that another DSS follows in the chain, and bit 10 that the next one has the same correlator. A payload that does
not fit into one segment continues in others: bit 8000 of a segment's length means that another one follows, and each
continuation is ``length(2)`` and payload.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from deploy.derby.gateway.errors import ProtocolError

HEADER = struct.Struct(">HBBH")
MAGIC = 0xD0
REQUEST, REPLY, OBJECT, ENCRYPTED, REQUEST_WITHOUT_REPLY = 1, 2, 3, 4, 5
CHAINED, SAME_CORRELATOR = 0x40, 0x10

SEGMENT_LIMIT = 0x7FFF
"""The longest segment in bytes, header included. Derby does not read a longer one."""
CHAIN_LIMIT = 256 << 20
"""The most bytes of one chain that the gateway accepts. A larger chain is an attack or a broken stream."""

_CONTINUES = 0x8000
_COUNT = struct.Struct(">H")
_SMALLEST_OBJECT = 4
_FIRST_ROOM = SEGMENT_LIMIT - HEADER.size
_NEXT_ROOM = SEGMENT_LIMIT - _COUNT.size


class Dss(NamedTuple):
    """One frame without its segmentation: kind, correlator and the whole payload."""

    kind: int
    correlator: int
    payload: bytes

    @property
    def code_point(self) -> int:
        """The code point of the first object inside."""
        return int.from_bytes(self.payload[2:4], "big")


class ByteStream(Protocol):
    """A blocking source of bytes, like a socket's ``makefile("rb")``."""

    def read(self, size: int, /) -> bytes: ...


def encode(kind: int, flags: int, correlator: int, payload: bytes) -> bytes:
    """Frame one payload in as many segments as it needs."""
    size = len(payload) + HEADER.size
    if size <= SEGMENT_LIMIT:
        return HEADER.pack(size, MAGIC, kind | flags, correlator) + payload
    head = HEADER.pack(_CONTINUES | SEGMENT_LIMIT, MAGIC, kind | flags, correlator)
    pieces = [head, payload[:_FIRST_ROOM]]
    for start in range(_FIRST_ROOM, len(payload), _NEXT_ROOM):
        piece = payload[start : start + _NEXT_ROOM]
        more = _CONTINUES if start + _NEXT_ROOM < len(payload) else 0
        pieces += (_COUNT.pack(more | len(piece) + _COUNT.size), piece)
    return b"".join(pieces)


def encode_chain(chain: Sequence[Dss]) -> bytes:
    """Frame a whole chain. The flags of each DSS follow from the next one."""
    pieces: list[bytes] = []
    for dss, following in zip(chain, [*chain[1:], None], strict=True):
        flags = 0 if following is None else CHAINED
        if following is not None and following.correlator == dss.correlator:
            flags |= SAME_CORRELATOR
        pieces.append(encode(dss.kind, flags, dss.correlator, dss.payload))
    return b"".join(pieces)


class DssReader:
    """Reads chains from a blocking stream."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    def read_chain(self) -> list[Dss]:
        """The next chain, or an empty list when the other side closed the connection between two chains.

        Raises ProtocolError LRG001 or LRG002 (malformed frame), LRG003 (the stream ended inside) or LRG004 (too large).
        """
        head = self._stream.read(HEADER.size)
        if not head:
            return []
        if len(head) < HEADER.size:
            raise _cut_off(head, HEADER.size)
        chain: list[Dss] = []
        held = 0
        while True:
            dss, flags = self._read_dss(head)
            chain.append(dss)
            held += len(dss.payload)
            if held > CHAIN_LIMIT:
                raise ProtocolError("LRG004", f"The chain is longer than the limit of {CHAIN_LIMIT} bytes.")
            if not flags & CHAINED:
                return chain
            head = self._exactly(HEADER.size)

    def _read_dss(self, head: bytes) -> tuple[Dss, int]:
        size, magic, form, correlator = HEADER.unpack(head)
        kind = form & 0x0F
        if magic != MAGIC or not REQUEST <= kind <= REQUEST_WITHOUT_REPLY:
            raise ProtocolError("LRG001", "These bytes do not start a DSS (length, D0, format).", data=head)
        length = (size & SEGMENT_LIMIT) - HEADER.size
        if length < _SMALLEST_OBJECT:
            raise ProtocolError("LRG002", f"A DSS cannot be {size & SEGMENT_LIMIT} bytes long.", data=head)
        payload = self._exactly(length)
        if size & _CONTINUES:
            payload = self._continued(payload)
        return Dss(kind, correlator, payload), form

    def _continued(self, first: bytes) -> bytes:
        pieces, held, more = [first], len(first), True
        while more:
            count = self._exactly(_COUNT.size)
            (size,) = _COUNT.unpack(count)
            more = bool(size & _CONTINUES)
            length = (size & SEGMENT_LIMIT) - _COUNT.size
            if length < 0:
                raise ProtocolError("LRG002", "A continued segment is shorter than its length field.", data=count)
            pieces.append(self._exactly(length))
            held += len(pieces[-1])
            if held > CHAIN_LIMIT:
                raise ProtocolError("LRG004", f"The DSS is longer than the limit of {CHAIN_LIMIT} bytes.")
        return b"".join(pieces)

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) != size:
            raise _cut_off(data, size)
        return data


def _cut_off(data: bytes, size: int) -> ProtocolError:
    return ProtocolError("LRG003", f"The stream ended after {len(data)} of {size} bytes.", data=data)
