"""Records to files: the reverse of what ``shared.framing`` reads, with the same options.

    write = writer_for(framing_from_dict(options))
    for piece in write(records): file.write(piece)

At most one block is held in memory. A record that the format cannot express is refused with LRF043 and its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import chain, islice
from typing import Final

from shared.errors import InputError
from shared.framing.counted import CountedFraming
from shared.framing.delimited import LONGEST_ROW, DelimitedFraming
from shared.framing.descriptor import WIDTH, Descriptor
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.header import HeaderFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.protocol import Framing, wrong_option
from shared.framing.record_bounds import BoundedFraming
from shared.framing.spanned import Control, SpannedFraming
from shared.framing.text import LineEnd, TextFraming
from shared.framing.variable import VariableFraming

Write = Callable[[Iterable[bytes]], Iterator[bytes]]
"""From records to pieces of the file. Raises InputError LRF043 for a record that the format cannot express."""

BLOCK_BYTES: Final = 27_998
"""Half a track of a 3390: the block size that z/OS chooses for V formats (DFSMS, "System-Determined Block Size")."""

_LINE: Final = "Write records that contain line ends in another format, such as V."
_ROWS: Final = "A record is one row without its line end, quoted according to the options of the format."
_EXTENDED: Final = 1 << 31
_NONEXTENDED_LARGEST: Final = 32_767
_LENGTH: Final = "Change the options of the descriptor words or of the header, so that they allow such a length."


def writer_for(framing: Framing, *, block_bytes: int = BLOCK_BYTES) -> Write:
    """The writer of files that ``framing`` reads; blocks have at most ``block_bytes`` bytes, including the BDW.

    Raises InputError LRF044 when the format removes bytes from the records, because these cannot be written again.
    """
    if isinstance(framing, BoundedFraming):
        return _bounded(framing, block_bytes)
    match framing:
        case FixedFraming() | FixedBlockedFraming():
            return lambda records: write_fixed(records, framing.record_length)
        case VariableFraming(bdw=None):
            return lambda records: write_variable(records, framing.rdw)
        case SpannedFraming(bdw=None):
            return lambda records: write_segments(records, framing.rdw)
        case VariableFraming() | SpannedFraming():
            return _blocked(framing, block_bytes)
        case TextFraming():
            return lambda records: write_lines(records, framing)
        case DelimitedFraming():
            return lambda records: write_rows(records, framing)
        case CountedFraming():
            return lambda records: write_counted(records, framing)
        case LengthFieldFraming():
            return lambda records: write_self_describing(records, framing)
        case HeaderFraming():
            return lambda records: write_headers(records, framing)
        case _:
            raise wrong_option(f"files in the format {framing.to_dict()['format']} cannot be written")


def _blocked(framing: VariableFraming | SpannedFraming, block_bytes: int) -> Write:
    bdw = framing.bdw
    if bdw is None or block_bytes < 16:
        raise wrong_option(f"blocks cannot have {block_bytes} bytes")
    write = write_blocks if isinstance(framing, VariableFraming) else write_spanned_blocks
    return lambda records: write(records, framing.rdw, bdw, block_bytes)


def _bounded(framing: BoundedFraming, block_bytes: int) -> Write:
    if framing.record_start_offset or framing.record_end_offset:
        raise InputError(
            "LRF044",
            f"the format removes {framing.record_start_offset} and {framing.record_end_offset} bytes from both ends "
            "of each record, and these cannot be written again",
            remedy="Describe these bytes in the copybook, and leave out record_start_offset and record_end_offset.",
        )
    inner = writer_for(framing.inner, block_bytes=block_bytes)
    return lambda records: inner(_kept(records, framing))


def _kept(records: Iterable[bytes], framing: BoundedFraming) -> Iterator[bytes]:
    for number, record in enumerate(records, 1):
        if not framing.keeps(len(record)):
            limits = f"{framing.minimum_record_length} to {framing.maximum_record_length}"
            remedy = "Reading would leave the record out. Check the options for the shortest and longest record."
            raise refused(number, f"it has {len(record)} bytes, but records have {limits}", remedy)
        yield record


def write_fixed(records: Iterable[bytes], length: int) -> Iterator[bytes]:
    """F and FB: the records as they are."""
    for number, record in enumerate(records, 1):
        if len(record) != length:
            raise refused(number, f"it has {len(record)} bytes instead of {length}", "Check the record length (LRECL).")
        yield record


def write_lines(records: Iterable[bytes], framing: TextFraming) -> Iterator[bytes]:
    """TEXT: each record with a line end; for ``any`` a line feed."""
    mark = framing.line_end.mark
    drops = framing.line_end is LineEnd.ANY
    for number, record in enumerate(records, 1):
        if mark in record or (drops and record.endswith(b"\r")):
            raise refused(number, f"it contains the line end X'{mark.hex()}', or ends with a part of it", _LINE)
        yield record + mark


def write_rows(records: Iterable[bytes], framing: DelimitedFraming) -> Iterator[bytes]:
    """DELIMITED: each record, which is a row, with a line end."""
    for number, record in enumerate(records, 1):
        if not record or len(record) > LONGEST_ROW:
            raise refused(number, f"the row has {len(record)} bytes", f"A row has 1 to {LONGEST_ROW} bytes.")
        if (b"\n" in record or b"\r" in record) and not _is_one(record + b"\n", record, framing):
            raise refused(number, "it has a line end outside of quotes", _ROWS)
        yield record + b"\n"


def _is_one(text: bytes, record: bytes, framing: Framing) -> bool:
    """Whether ``text`` is read as this one record."""
    try:
        first = next(framing.cut(BytesIO(text), 0, len(text), 1, 1))
    except InputError:
        return False
    return first.data == record and first.end == len(text)


def write_counted(records: Iterable[bytes], framing: CountedFraming) -> Iterator[bytes]:
    """COUNTED: the records as they are; their length must follow from their counters."""
    for number, record in enumerate(records, 1):
        if not _is_one(record, record, framing):
            remedy = "A record must have the items that its counters count, and nothing after them."
            raise refused(number, f"its length of {len(record)} bytes does not follow from its counters", remedy)
        yield record


def write_self_describing(records: Iterable[bytes], framing: LengthFieldFraming) -> Iterator[bytes]:
    """LENGTH_FIELD: the records as they are; their length must follow from their fields."""
    for number, record in enumerate(records, 1):
        size = framing.size_of(record)
        if size != len(record):
            told = "give no length" if size is None else f"give a length of {size}"
            fields = ", ".join(islice(framing.fields, 5))
            remedy = "Set the fields to the values for a record of this length."
            raise refused(number, f"it has {len(record)} bytes, but its fields ({fields}) {told}", remedy)
        yield record


def write_variable(records: Iterable[bytes], rdw: Descriptor) -> Iterator[bytes]:
    """V: each record after its RDW."""
    for number, record in enumerate(records, 1):
        yield _word(rdw, len(record), number) + record


def write_blocks(records: Iterable[bytes], rdw: Descriptor, bdw: Descriptor, block: int) -> Iterator[bytes]:
    """VB: as many records in a block as fit into ``block`` bytes including the BDW, but at least one."""
    waiting: list[bytes] = []
    size = WIDTH
    for piece in write_variable(records, rdw):
        if waiting and size + len(piece) > block:
            yield _block(waiting, bdw)
            waiting, size = [], WIDTH
        waiting.append(piece)
        size += len(piece)
    if waiting:
        yield _block(waiting, bdw)


def write_segments(records: Iterable[bytes], sdw: Descriptor) -> Iterator[bytes]:
    """VS: a record that is longer than a segment can be continues in the next segment."""
    most = _most(sdw)
    for number, record in enumerate(records, 1):
        pieces = [record[at : at + most] for at in range(0, len(record), most)] or [b""]
        yield from _spanned(pieces, sdw, number)


def write_spanned_blocks(records: Iterable[bytes], sdw: Descriptor, bdw: Descriptor, block: int) -> Iterator[bytes]:
    """VBS: every block but the last is filled, unless less than a segment of one byte is left."""
    waiting: list[bytes] = []
    left = block - WIDTH
    for number, record in enumerate(records, 1):
        groups = _grouped(record, left, block - WIDTH, _most(sdw))
        pieces = _spanned(list(chain.from_iterable(groups)), sdw, number)
        for place, group in enumerate(groups):
            if place:
                if waiting:
                    yield _block(waiting, bdw)
                waiting, left = [], block - WIDTH
            added = [next(pieces) for _ in group]
            waiting += added
            left -= sum(map(len, added))
    if waiting:
        yield _block(waiting, bdw)


def _grouped(record: bytes, left: int, block_bytes: int, most: int) -> list[list[bytes]]:
    """The record's segments, in one list for each block. The first block has ``left`` bytes left."""
    groups: list[list[bytes]] = [[]]
    at = 0
    while True:
        if left < WIDTH + (at < len(record)):
            groups.append([])
            left = block_bytes
        piece = record[at : at + min(most, left - WIDTH)]
        groups[-1].append(piece)
        left -= WIDTH + len(piece)
        at += len(piece)
        if at >= len(record):
            return groups


def _most(sdw: Descriptor) -> int:
    """The most bytes of data in a segment."""
    return min(sdw.largest, _NONEXTENDED_LARGEST) - WIDTH


def _spanned(pieces: list[bytes], sdw: Descriptor, number: int) -> Iterator[bytes]:
    """Segments after their SDWs."""
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        control = (Control.FIRST if place < last else 0) | (Control.LAST if place > 0 else 0)
        yield _word(sdw, len(piece), number, control) + piece


def write_headers(records: Iterable[bytes], framing: HeaderFraming) -> Iterator[bytes]:
    """HEADER: each record after a header of zeros with the length and the marker."""
    field = framing.length_field
    counted = framing.header_length if framing.counts_header else 0
    for number, record in enumerate(records, 1):
        length = len(record) + counted - framing.adjustment
        raw = field.encoded(length)
        if raw is None or length < 1:
            raise refused(number, f"a header cannot hold a length of {length}", _LENGTH)
        header = bytearray(framing.header_length)
        header[framing.marker_offset : framing.marker_offset + len(framing.marker)] = framing.marker
        header[field.offset : field.end] = raw
        yield bytes(header) + record


def _word(word: Descriptor, payload: int, number: int, control: int = 0) -> bytes:
    """The RDW or SDW for ``payload`` bytes."""
    length = payload + (WIDTH if word.counts_itself else 0) - word.adjustment
    if not 0 < length <= 0xFFFF or payload + WIDTH > word.largest or (control and length > _NONEXTENDED_LARGEST):
        raise refused(number, f"a descriptor word cannot hold its length of {length}", _LENGTH)
    return (length << 16 | control << 8).to_bytes(WIDTH, word.byte_order)


def _block(pieces: list[bytes], bdw: Descriptor) -> bytes:
    """A block after its BDW, an extended one if the block is too long for a nonextended one."""
    body = b"".join(pieces)
    length = len(body) + (WIDTH if bdw.counts_itself else 0) - bdw.adjustment
    extended = len(body) + WIDTH > min(bdw.largest, _NONEXTENDED_LARGEST) or length > _NONEXTENDED_LARGEST
    word = length | _EXTENDED if extended else length << 16
    return word.to_bytes(WIDTH, bdw.byte_order) + body


def refused(number: int, what: str, remedy: str) -> InputError:
    """LRF043: the format cannot express record ``number`` (1-based, in the order of writing)."""
    return InputError("LRF043", f"record {number}: {what}", remedy=remedy, record=number)
