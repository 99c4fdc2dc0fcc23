"""Options of every format: records are left out by their length, and bytes are removed from their start and end."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, compress
from typing import Any, BinaryIO, Final

from shared.errors import InputError
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, Framing, wrong_option

RECORD_BOUNDS: Final = ("minimum_record_length", "maximum_record_length", "record_start_offset", "record_end_offset")


@dataclass(frozen=True, slots=True)
class BoundedFraming:
    """The framing ``inner``, limited to records of certain lengths, and to a part of each record.

    Records have ``minimum_record_length`` to ``maximum_record_length`` (None: no limit) bytes of payload. The first
    ``record_start_offset`` and the last ``record_end_offset`` bytes of each are removed. Records that are left out are
    counted in ``Batch.skipped`` and have no record number; a batch may have no records at all. Offsets are still those
    of the start of the record in the input.
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
            raise wrong_option(f"no record has at least {least} and at most {most} bytes")

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary: that of the inner format with these options."""
        return self.inner.to_dict() | {key: getattr(self, key) for key in RECORD_BOUNDS}

    def keeps(self, length: int) -> bool:
        """Whether records of ``length`` bytes are not left out."""
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
        """See ``protocol.Framing.cut``. LRF034 when a record is shorter than the bytes to be removed from it."""
        batches = self.inner.cut(file, start, end, batch_records, first_record_no, batch_bytes, block_end)
        return renumbered(batches, self.bounded, first_record_no)

    def bounded(self, batch: Batch, first_record_no: int) -> Batch:
        """The batch within the bounds, with records numbered from ``first_record_no``."""
        if not batch.records:
            return replace(batch, first_record_no=first_record_no)
        if self.keeps(min(batch.lengths)) and self.keeps(max(batch.lengths)):
            kept = replace(batch, first_record_no=first_record_no)
        else:
            kept = select(batch, lambda record: self.keeps(len(record)), first_record_no)
        if self.record_start_offset or self.record_end_offset:
            return trim(kept, self.record_start_offset, self.record_end_offset)
        return kept


def renumbered(
    batches: Iterator[Batch], change: Callable[[Batch, int], Batch], first_record_no: int
) -> Iterator[Batch]:
    """The batches after ``change``, which is called with each batch and the number of its first record."""
    for batch in batches:
        changed = change(batch, first_record_no)
        yield changed
        first_record_no += changed.records


def select(batch: Batch, keeps: Callable[[bytes], bool], first_record_no: int) -> Batch:
    """The records for which ``keeps`` is true, numbered from ``first_record_no``. The others count as skipped."""
    records = [
        batch.data[stop - length : stop] for stop, length in zip(accumulate(batch.lengths), batch.lengths, strict=True)
    ]
    kept = list(map(keeps, records))
    return replace(
        batch,
        first_record_no=first_record_no,
        data=b"".join(compress(records, kept)),
        offsets=array("Q", compress(batch.offsets, kept)),
        lengths=array("I", compress(batch.lengths, kept)),
        skipped=batch.skipped + len(kept) - sum(kept),
    )


def trim(batch: Batch, head: int, tail: int) -> Batch:
    """The records without their first ``head`` and last ``tail`` bytes; LRF034 for a record with fewer bytes."""
    both = head + tail
    for offset, length in zip(batch.offsets, batch.lengths, strict=True):
        if length < both:
            raise InputError(
                "LRF034",
                f"byte {offset}: the record has {length} bytes, of which {both} are to be removed",
                remedy="Check record_start_offset and record_end_offset, or set minimum_record_length.",
                offset=offset,
            )
    stops = accumulate(batch.lengths)
    pieces = (batch.data[stop - length + head : stop - tail] for stop, length in zip(stops, batch.lengths, strict=True))
    return replace(batch, data=b"".join(pieces), lengths=array("I", (length - both for length in batch.lengths)))
