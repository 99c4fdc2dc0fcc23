"""F and FB: records of one length, with nothing between them.

IBM z/OS DFSMS, Using Data Sets: in a fixed-length format all records have the same length (LRECL). Blocking (FB) only
groups records in blocks, whose length is a multiple of LRECL; the blocks are not visible in the data.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from shared.errors import InputError
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, ended_early, fault, wrong_option

_LINE_ENDS = {1: "a line feed", 2: "carriage return and line feed"}
_PREFIXES = {4: "a record descriptor word (RECFM V)"}


@dataclass(frozen=True, slots=True)
class FixedFraming:
    """Framing of F and FB files; ``record_length`` is LRECL in bytes."""

    record_length: int

    def __post_init__(self) -> None:
        if self.record_length < 1:
            raise wrong_option(f"a record length of {self.record_length} bytes")

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages."""
        return {"format": "F", "record_length": self.record_length}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FixedFraming:
        """The reverse of ``to_dict``; LRF009 for another format."""
        if data.get("format") != "F":
            raise InputError("LRF009", f"record format {data.get('format')!r} is not F")
        return cls(int(data["record_length"]))

    def check_size(self, path: str, size: int) -> None:
        """LRF001 with the likely cause when ``size`` is not a whole number of records."""
        remainder = size % self.record_length
        if remainder:
            raise InputError(
                "LRF001",
                f"{path} has {size} bytes: {size // self.record_length} records of {self.record_length} bytes and a "
                f"remainder of {remainder}",
                remedy=self._likely_cause(size, remainder),
                path=path,
                size=size,
                record_length=self.record_length,
                remainder=remainder,
            )

    def records_per_batch(self, batch_records: int, batch_bytes: int) -> int:
        """The number of records in a full batch of at most ``batch_records`` and ``batch_bytes``; at least one."""
        return max(1, min(batch_records, batch_bytes // self.record_length))

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
        """See ``protocol.Framing.cut``. One batch is in memory at a time.

        LRF002 when the file ends before ``end``, because it was truncated or replaced meanwhile. LRF022 when the last
        record is incomplete.
        """
        del block_end
        file.seek(start)
        full = self.records_per_batch(batch_records, batch_bytes) * self.record_length
        offset, record_no = start, first_record_no
        while offset < end:
            wanted = min(full, end - offset)
            data = file.read(wanted)
            if len(data) < wanted:
                raise ended_early(offset + len(data), end)
            if remainder := wanted % self.record_length:
                raise self._cut_off(data, end, remainder)
            batch = self._batch(offset, record_no, data)
            yield batch
            offset, record_no = batch.end, record_no + batch.records

    def _cut_off(self, data: bytes, end: int, remainder: int) -> InputError:
        what = f"the last record has {remainder} bytes instead of {self.record_length}"
        remedy = "The last transfer was incomplete, or the record length is wrong."
        return fault("LRF022", what, offset=end - remainder, data=data, pos=len(data) - remainder, remedy=remedy)

    def _batch(self, offset: int, record_no: int, data: bytes) -> Batch:
        end = offset + len(data)
        offsets = array("Q", range(offset, end, self.record_length))
        lengths = array("I", [self.record_length]) * len(offsets)
        return Batch(offset, record_no, data, offsets, lengths, end)

    def _likely_cause(self, size: int, remainder: int) -> str:
        for extra, what in (_LINE_ENDS | _PREFIXES).items():
            if size % (self.record_length + extra) == 0:
                return (
                    f"The size fits records of {self.record_length + extra} bytes: the transfer seems to have added "
                    f"{what} to each record. Transfer the file again in binary."
                )
        return (
            "Compare the record length with the copybook and the data set's LRECL. If it is right, the last transfer "
            f"ended {self.record_length - remainder} bytes before the end of a record."
        )
