"""HEADER: records with a custom header, which holds the record's length at any place, and may hold a marker.

ISO/ANSI RECFM D is one such format: a header of four bytes holds the length as digits and counts itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from shared.framing.cutting import cut_chain
from shared.framing.numbers import LengthField
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, wrong_option
from shared.framing.record_bounds import renumbered, select, trim
from shared.framing.sized_chain import Flaw, SizedChain


@dataclass(frozen=True, slots=True)
class HeaderFraming:
    """Framing by custom headers of ``header_length`` bytes; ``length_field`` is a field of the header.

    With ``counts_header`` the length includes the header; ``adjustment`` is added to the length. The header must have
    ``marker`` (which may be empty) at ``marker_offset``. With ``skip_unmarked``, records without the marker are
    fillers: they are left out and counted in ``Batch.skipped``. LRF040 for invalid options.
    """

    header_length: int
    length_field: LengthField
    counts_header: bool = False
    adjustment: int = 0
    marker: bytes = b""
    marker_offset: int = 0
    skip_unmarked: bool = False

    def __post_init__(self) -> None:
        if max(self.length_field.end, self._marker_end) > self.header_length or self.marker_offset < 0:
            raise wrong_option(f"length field or marker are outside of the header of {self.header_length} bytes")

    @property
    def _marker_end(self) -> int:
        return self.marker_offset + len(self.marker)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages; the marker in hex."""
        return {
            "format": "HEADER",
            "header_length": self.header_length,
            "length_field": self.length_field.to_dict(),
            "counts_header": self.counts_header,
            "adjustment": self.adjustment,
            "marker": self.marker.hex(),
            "marker_offset": self.marker_offset,
            "skip_unmarked": self.skip_unmarked,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> HeaderFraming:
        """The reverse of ``to_dict``; LRF040 for invalid options."""
        return cls(
            data["header_length"],
            LengthField(**data["length_field"]),
            data.get("counts_header", False),
            data.get("adjustment", 0),
            bytes.fromhex(data.get("marker", "")),
            data.get("marker_offset", 0),
            data.get("skip_unmarked", False),
        )

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
        """See ``protocol.Framing.cut``. LRF030 without the marker, LRF020 and LRF031 for an invalid length."""
        del block_end
        kept = 0 if self.skip_unmarked else self.header_length
        chain = SizedChain(0, self.header_length, kept, self._measure)
        batches = cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)
        return renumbered(batches, self._marked_only, first_record_no) if self.skip_unmarked else batches

    def _marked_only(self, batch: Batch, first_record_no: int) -> Batch:
        return trim(select(batch, self._is_marked, first_record_no), self.header_length, 0)

    def _is_marked(self, header: bytes) -> bool:
        return header.startswith(self.marker, self.marker_offset)

    def _measure(self, header: bytes) -> int | Flaw:
        if not (self.skip_unmarked or self._is_marked(header)):
            found = header[self.marker_offset : self._marker_end].hex()
            return Flaw("LRF030", f"this is not a record header: X'{found}' instead of X'{self.marker.hex()}'", _REMEDY)
        length = self.length_field.number(header, 0)
        if length is None:
            found = self.length_field.raw(header, 0).hex()
            return Flaw("LRF031", f"the length X'{found}' is not a {self.length_field.kind} number", _REMEDY)
        size = length + self.adjustment + (0 if self.counts_header else self.header_length)
        if not length or size < self.header_length:
            return Flaw("LRF020", f"a record header with the length {length}, which is too small", _REMEDY)
        return size


_REMEDY = "Other bytes lie between the records, or the header's options are wrong, or the record before is damaged."
