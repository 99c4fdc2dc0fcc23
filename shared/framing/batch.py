"""Whole records cut from the input, and how large they may become."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final

MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
"""Input bytes of a batch when the caller sets no limit of his own."""
LARGEST_RECORD: Final = 4 * 1024 * 1024
"""No record may be longer, in bytes: a file without line ends or a damaged length must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole records, in the order of the input.

    A record's offset is the byte of the uncompressed input at which the record begins, its header (RDW, first SDW,
    custom header) included; a BDW before it belongs to the block. ``data`` holds the payloads back to back, without
    headers and line ends; record ``i`` has ``lengths[i]`` bytes of it and begins at ``offsets[i]``.

    The batch covers the input from ``offset`` to ``end``. Cutting again from ``end`` with ``block_end`` and record
    number ``first_record_no + records`` goes on as if there had been no stop. ``skipped`` records lay in that range
    and were left out on demand (see ``shaping``); they have no number.
    """

    offset: int
    first_record_no: int
    data: bytes
    offsets: array[int]
    lengths: array[int]
    end: int
    block_end: int = 0
    skipped: int = 0

    @property
    def records(self) -> int:
        """How many records the batch holds."""
        return len(self.lengths)
