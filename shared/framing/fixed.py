"""RECFM F and FB: records of one length, with nothing between them.

IBM z/OS DFSMS, Using Data Sets: a fixed-length record format has the same length (LRECL) for every record; blocking
(FB) only groups records in a block, whose length is a multiple of LRECL, and leaves no mark in the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from shared.errors import InputError

_LINE_ENDS = {1: "a line feed", 2: "carriage return and line feed"}
_PREFIXES = {4: "a record descriptor word (RECFM V)"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole records cut from a file; ``offset`` is the first record's byte offset, ``first_record_no`` is 1-based."""

    offset: int
    first_record_no: int
    records: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FixedFraming:
    """Framing of F and FB files: ``record_length`` is LRECL in bytes."""

    record_length: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, for messages."""
        return {"format": "F", "record_length": self.record_length}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> FixedFraming:
        """The framing that ``to_dict`` described; LRF009 for another format."""
        if data.get("format") != "F":
            raise InputError("LRF009", f"record format {data.get('format')!r} is not supported by this reader")
        return cls(int(data["record_length"]))

    def check_size(self, path: str, size: int) -> None:
        """LRF001 when ``size`` is not a whole number of records, with the likely cause."""
        remainder = size % self.record_length
        if remainder:
            raise InputError(
                "LRF001",
                f"{path} has {size} bytes, which is {size // self.record_length} records of {self.record_length} bytes "
                f"and a remainder of {remainder}",
                remedy=self._likely_cause(size, remainder),
                path=path,
                size=size,
                record_length=self.record_length,
                remainder=remainder,
            )

    def records_per_batch(self, batch_records: int, batch_bytes: int) -> int:
        """Records in a full batch: at most ``batch_records``, at most ``batch_bytes``, at least one."""
        return max(1, min(batch_records, batch_bytes // self.record_length))

    def cut(self, file: BinaryIO, start: int, end: int, batch_records: int, first_record_no: int) -> Iterator[Batch]:
        """Batches of ``batch_records`` records from byte ``start`` to ``end``; one batch is in memory at a time.

        LRF002 when the file ends before ``end``: it was cut or replaced while being read.
        """
        file.seek(start)
        offset, record_no = start, first_record_no
        while offset < end:
            wanted = min(batch_records * self.record_length, end - offset)
            data = file.read(wanted)
            if len(data) < wanted:
                raise InputError(
                    "LRF002",
                    f"the file ends at byte {offset + len(data)}, but {end} bytes were promised",
                    remedy="It was truncated or replaced while being read; transfer it again and start a new run.",
                    offset=offset + len(data),
                )
            records = wanted // self.record_length
            yield Batch(offset, record_no, records, data)
            offset += wanted
            record_no += records

    def _likely_cause(self, size: int, remainder: int) -> str:
        for extra, what in (_LINE_ENDS | _PREFIXES).items():
            if size % (self.record_length + extra) == 0:
                return (
                    f"The size fits records of {self.record_length + extra} bytes: the transfer seems to have added "
                    f"{what} to each record. Transfer it again in binary."
                )
        return (
            f"Check the record length against the copybook and the data set's LRECL; or the last transfer was cut "
            f"{self.record_length - remainder} bytes short of a record."
        )
