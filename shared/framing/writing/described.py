"""Writers of formats with descriptor words or headers: V, VB, VS, VBS, HEADER.

The rules of the words are in ``descriptor``, those of segments in ``spanned``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from shared.framing.descriptor import WIDTH, Descriptor
from shared.framing.header import HeaderFraming
from shared.framing.segments import Control
from shared.framing.writing.refusal import refused

_EXTENDED: Final = 1 << 31
_NONEXTENDED_LARGEST: Final = 32_767
_LENGTH: Final = "The options of the descriptor words do not allow such a length."


def write_variable(records: Iterable[bytes], rdw: Descriptor) -> Iterator[bytes]:
    """V: each record behind its RDW."""
    for number, record in enumerate(records, 1):
        yield _word(rdw, len(record), number) + record


def write_blocks(records: Iterable[bytes], rdw: Descriptor, bdw: Descriptor, block: int) -> Iterator[bytes]:
    """VB: as many records in a block as fit into ``block`` bytes, BDW included, but at least one."""
    held: list[bytes] = []
    size = WIDTH
    for piece in write_variable(records, rdw):
        if held and size + len(piece) > block:
            yield _block(held, bdw)
            held, size = [], WIDTH
        held.append(piece)
        size += len(piece)
    if held:
        yield _block(held, bdw)


def write_segments(records: Iterable[bytes], sdw: Descriptor) -> Iterator[bytes]:
    """VS without blocks: a record longer than a segment can be goes on in the next."""
    most = _most(sdw)
    for number, record in enumerate(records, 1):
        pieces = [record[at : at + most] for at in range(0, len(record), most)] or [b""]
        yield from _spanned(pieces, sdw, number)


def write_spanned_blocks(records: Iterable[bytes], sdw: Descriptor, bdw: Descriptor, block: int) -> Iterator[bytes]:
    """VBS: every block but the last is filled as far as a segment of one byte allows."""
    held: list[bytes] = []
    room = block - WIDTH
    for number, record in enumerate(records, 1):
        groups = _grouped(record, room, block - WIDTH, _most(sdw))
        pieces = _spanned(list(chain.from_iterable(groups)), sdw, number)
        for place, group in enumerate(groups):
            if place:
                if held:
                    yield _block(held, bdw)
                held, room = [], block - WIDTH
            added = [next(pieces) for _ in group]
            held += added
            room -= sum(map(len, added))
    if held:
        yield _block(held, bdw)


def _grouped(record: bytes, room: int, block_room: int, most: int) -> list[list[bytes]]:
    """The record's segments, in a list for each block; the first block has ``room`` bytes left."""
    groups: list[list[bytes]] = [[]]
    at = 0
    while True:
        if room < WIDTH + (at < len(record)):
            groups.append([])
            room = block_room
        piece = record[at : at + min(most, room - WIDTH)]
        groups[-1].append(piece)
        room -= WIDTH + len(piece)
        at += len(piece)
        if at >= len(record):
            return groups


def _most(sdw: Descriptor) -> int:
    """Bytes of data that a segment can have."""
    return min(sdw.largest, _NONEXTENDED_LARGEST) - WIDTH


def _spanned(pieces: list[bytes], sdw: Descriptor, number: int) -> Iterator[bytes]:
    """Segments behind their SDWs."""
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        control = (Control.FIRST if place < last else 0) | (Control.LAST if place > 0 else 0)
        yield _word(sdw, len(piece), number, control) + piece


def write_headers(records: Iterable[bytes], framing: HeaderFraming) -> Iterator[bytes]:
    """HEADER: zeros but for the length and the marker."""
    field = framing.length_field
    counted = framing.header_length if framing.counts_header else 0
    for number, record in enumerate(records, 1):
        length = len(record) + counted - framing.adjustment
        raw = field.encoded(length)
        if raw is None or length < 1:
            raise refused(number, f"a length of {length} does not go into a header", _LENGTH)
        header = bytearray(framing.header_length)
        header[framing.marker_offset : framing.marker_offset + len(framing.marker)] = framing.marker
        header[field.offset : field.end] = raw
        yield bytes(header) + record


def _word(word: Descriptor, payload: int, number: int, control: int = 0) -> bytes:
    """The RDW or SDW of ``payload`` bytes."""
    length = payload + (WIDTH if word.counts_itself else 0) - word.adjustment
    if not 0 < length <= 0xFFFF or payload + WIDTH > word.largest or (control and length > _NONEXTENDED_LARGEST):
        raise refused(number, f"its descriptor word would hold a length of {length}", _LENGTH)
    return (length << 16 | control << 8).to_bytes(WIDTH, word.byte_order)


def _block(held: list[bytes], bdw: Descriptor) -> bytes:
    """A block behind its BDW, an extended one where it is too long for the other."""
    body = b"".join(held)
    length = len(body) + (WIDTH if bdw.counts_itself else 0) - bdw.adjustment
    extended = len(body) + WIDTH > min(bdw.largest, _NONEXTENDED_LARGEST) or length > _NONEXTENDED_LARGEST
    word = length | _EXTENDED if extended else length << 16
    return word.to_bytes(WIDTH, bdw.byte_order) + body
