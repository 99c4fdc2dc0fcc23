"""Records left out by their length, and bytes cut off at their edges: options that go with every format."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, BinaryIO, Final

from shared.errors import InputError
from shared.framing.batch import MAX_BATCH_BYTES, Batch
from shared.framing.faults import wrong_option
from shared.framing.protocol import Framing

KEYS: Final = ("minimum_record_length", "maximum_record_length", "record_start_offset", "record_end_offset")


@dataclass(frozen=True, slots=True)
class ShapedFraming:
    """``inner``, but only records of ``minimum_record_length`` to ``maximum_record_length`` bytes (payload; None: any),
    and of each only the bytes from ``record_start_offset`` to ``record_end_offset`` bytes before its end.

    Records left out are counted in ``Batch.skipped`` and have no number; a batch may be left with no record. Offsets
    still say where the record begins in the input.
    """

    inner: Framing
    minimum_record_length: int = 0
    maximum_record_length: int | None = None
    record_start_offset: int = 0
    record_end_offset: int = 0

    def __post_init__(self) -> None:
        if min(self.minimum_record_length, self.record_start_offset, self.record_end_offset) < 0:
            raise wrong_option("a length or offset of records is negative")
        least, most = self.minimum_record_length, self.maximum_record_length
        if most is not None and most < least:
            raise wrong_option(f"records cannot have at least {least} and at most {most} bytes")

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form: the inner format's with these options added."""
        return self.inner.to_dict() | {key: getattr(self, key) for key in KEYS}

    def keeps(self, length: int) -> bool:
        """Whether a record of ``length`` bytes is delivered."""
        most = self.maximum_record_length
        return self.minimum_record_length <= length and (most is None or length <= most)

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
        """See ``protocol.Framing.cut``. LRF034 when a record is shorter than what is to be cut off."""
        record_no = first_record_no
        for batch in self.inner.cut(file, start, end, batch_records, first_record_no, batch_bytes, block_end):
            shaped = self.shape(batch, record_no)
            yield shaped
            record_no += shaped.records

    def shape(self, batch: Batch, first_record_no: int) -> Batch:
        """What is delivered of ``batch``, numbered from ``first_record_no``."""
        if all(map(self.keeps, (min(batch.lengths), max(batch.lengths)))):
            kept = replace(batch, first_record_no=first_record_no)
        else:
            kept = self._kept(batch, first_record_no)
        return self._trimmed(kept) if self.record_start_offset or self.record_end_offset else kept

    def _kept(self, batch: Batch, first_record_no: int) -> Batch:
        stops = accumulate(batch.lengths)
        rows = [
            (offset, length, batch.data[stop - length : stop])
            for offset, length, stop in zip(batch.offsets, batch.lengths, stops, strict=True)
            if self.keeps(length)
        ]
        return replace(
            batch,
            first_record_no=first_record_no,
            data=b"".join(row[2] for row in rows),
            offsets=array("Q", (row[0] for row in rows)),
            lengths=array("I", (row[1] for row in rows)),
            skipped=batch.skipped + batch.records - len(rows),
        )

    def _trimmed(self, batch: Batch) -> Batch:
        head, both = self.record_start_offset, self.record_start_offset + self.record_end_offset
        for offset, length in zip(batch.offsets, batch.lengths, strict=True):
            if length < both:
                raise InputError(
                    "LRF034",
                    f"byte {offset}: a record of {length} bytes, of which {both} shall be cut off",
                    remedy="Check record_start_offset and record_end_offset, or set minimum_record_length.",
                    offset=offset,
                )
        begins = accumulate(batch.lengths, initial=head)
        data = b"".join(
            batch.data[begin : begin + length - both] for begin, length in zip(begins, batch.lengths, strict=False)
        )
        return replace(batch, data=data, lengths=array("I", (length - both for length in batch.lengths)))
