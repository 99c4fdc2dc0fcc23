"""FB with a known block size: the records are those of F, and blocks must have a whole number of them.

IBM z/OS DFSMS, Using Data Sets, "Fixed-Length Record Formats": all blocks but the last have the same length, a
multiple of LRECL. The blocks are not visible in the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from shared.framing.fixed import FixedFraming
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, wrong_option


@dataclass(frozen=True, slots=True)
class FixedBlockedFraming:
    """Framing of FB files. ``record_length`` is LRECL; at most one of ``block_length`` (BLKSIZE in bytes) and
    ``records_per_block`` is given. LRF040 for invalid options.
    """

    record_length: int
    block_length: int | None = None
    records_per_block: int | None = None

    def __post_init__(self) -> None:
        if self.block_length is not None and self.records_per_block is not None:
            raise wrong_option("block_length and records_per_block cannot be used together", "Leave one of them out.")
        if self.block_length is not None and (self.block_length < 1 or self.block_length % self.record_length):
            raise wrong_option(
                f"block_length {self.block_length} is not a multiple of the record length {self.record_length}"
            )
        if self.records_per_block is not None and self.records_per_block < 1:
            raise wrong_option(f"records_per_block is {self.records_per_block}")

    @property
    def fixed(self) -> FixedFraming:
        """The framing of the same records as F."""
        return FixedFraming(self.record_length)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages."""
        return {
            "format": "FB",
            "record_length": self.record_length,
            "block_length": self.block_length,
            "records_per_block": self.records_per_block,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FixedBlockedFraming:
        """The reverse of ``to_dict``; LRF040 for invalid options."""
        return cls(
            FixedFraming.from_dict({**data, "format": "F"}).record_length,
            data.get("block_length"),
            data.get("records_per_block"),
        )

    def check_size(self, path: str, size: int) -> None:
        """LRF001 when ``size`` is not a whole number of records."""
        self.fixed.check_size(path, size)

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
        """See ``protocol.Framing.cut``; the same as F."""
        return self.fixed.cut(file, start, end, batch_records, first_record_no, batch_bytes, block_end)
