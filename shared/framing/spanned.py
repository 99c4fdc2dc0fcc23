"""RECFM VS and VBS: logical records in segments that may lie in several blocks.

IBM z/OS DFSMS, Using Data Sets (SC23-6855), "Segment Descriptor Word": LL counts the four bytes of the SDW; segment
control code 00 is a complete record, 01 a first, 10 a last, 11 a segment between; all other bits of bytes 2 and 3 are
zero. "Null Segments": a one in bit 0 of the SDW says that the block has no more segments; the rest of the block is
zeros, and a null segment ends no record.

Here VS stands for a file whose BDWs were dropped by the transfer, as V does beside VB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from shared.framing.batch import MAX_BATCH_BYTES, Batch
from shared.framing.cutting import cut_chain
from shared.framing.descriptor import Descriptor, words_from_dict, words_to_dict
from shared.framing.segments import SegmentChain


@dataclass(frozen=True, slots=True)
class SpannedFraming:
    """Framing of VS files (``bdw`` is None) and VBS files; ``rdw`` describes the SDWs."""

    rdw: Descriptor = field(default_factory=Descriptor)
    bdw: Descriptor | None = field(default_factory=Descriptor)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, for messages."""
        return words_to_dict("VS", "VBS", self.rdw, self.bdw)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpannedFraming:
        """What ``to_dict`` described; LRF040 for options that cannot be."""
        return cls(*words_from_dict("VBS", data))

    def cut(
        self,
        file: BinaryIO,
        start: int,
        end: int,
        batch_records: int,
        first_record_no: int,
        batch_bytes: int = MAX_BATCH_BYTES,
        block_end: int = 0,
    ) -> Iterator[Batch]:
        """See ``protocol.Framing.cut``. Errors LRF020 to LRF028; segments are joined to whole records."""
        chain = SegmentChain(self.rdw, self.bdw, block_end)
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)
