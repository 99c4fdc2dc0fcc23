"""The writer of a format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from shared.errors import InputError
from shared.framing.counted import CountedFraming
from shared.framing.delimited import DelimitedFraming
from shared.framing.faults import wrong_option
from shared.framing.fixed import FixedFraming
from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.header import HeaderFraming
from shared.framing.length_field import LengthFieldFraming
from shared.framing.protocol import Framing
from shared.framing.shaping import ShapedFraming
from shared.framing.spanned import SpannedFraming
from shared.framing.text import TextFraming
from shared.framing.variable import VariableFraming
from shared.framing.writing.described import (
    write_blocks,
    write_headers,
    write_segments,
    write_spanned_blocks,
    write_variable,
)
from shared.framing.writing.plain import write_counted, write_fixed, write_lines, write_rows, write_self_describing
from shared.framing.writing.refusal import refused

Write = Callable[[Iterable[bytes]], Iterator[bytes]]
"""From records to pieces of the file. Raises InputError LRF043 for a record that the format cannot hold."""

BLOCK_BYTES: Final = 27_998
"""Half a track of a 3390, the block size that z/OS chooses for V formats (DFSMS, "System-Determined Block Size")."""


def writer_for(framing: Framing, *, block_bytes: int = BLOCK_BYTES) -> Write:
    """How records become a file that ``framing`` reads; blocks have at most ``block_bytes`` bytes, BDW included.

    Raises InputError LRF044 where the format leaves bytes of the input out, which nobody could write again.
    """
    if isinstance(framing, ShapedFraming):
        return _shaped(framing, block_bytes)
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
            raise wrong_option(f"records of {framing.to_dict()['format']} cannot be written")


def _blocked(framing: VariableFraming | SpannedFraming, block_bytes: int) -> Write:
    bdw = framing.bdw
    if bdw is None or block_bytes < 16:
        raise wrong_option(f"blocks of {block_bytes} bytes")
    write = write_blocks if isinstance(framing, VariableFraming) else write_spanned_blocks
    return lambda records: write(records, framing.rdw, bdw, block_bytes)


def _shaped(framing: ShapedFraming, block_bytes: int) -> Write:
    if framing.record_start_offset or framing.record_end_offset:
        raise InputError(
            "LRF044",
            f"the format cuts {framing.record_start_offset} and {framing.record_end_offset} bytes off each record, "
            "which nobody can write again",
            remedy="Describe these bytes in the copybook, and leave out record_start_offset and record_end_offset.",
        )
    inner = writer_for(framing.inner, block_bytes=block_bytes)
    return lambda records: inner(_kept(records, framing))


def _kept(records: Iterable[bytes], framing: ShapedFraming) -> Iterator[bytes]:
    for number, record in enumerate(records, 1):
        if not framing.keeps(len(record)):
            limits = f"{framing.minimum_record_length} to {framing.maximum_record_length}"
            remedy = "Reading would leave it out; check the options for the shortest and longest record."
            raise refused(number, f"it has {len(record)} bytes, but records have {limits}", remedy)
        yield record
