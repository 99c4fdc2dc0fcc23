"""The records of a batch as they were framed: where each is in the batch, and where it was in the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.codec.columns import Bytes, Ints
from shared.errors import PoisonError
from shared.shaping.counters import Rows


@dataclass(frozen=True, slots=True, eq=False)
class BatchRecords:
    """n records in ``data``, one after the other.

    ``starts``, ``lengths`` and ``offsets`` are (n,): the start of each record in ``data``, its length, and its offset
    in the input. ``length`` is the length of all records, None if it varies. The first ``open_records`` come from
    earlier batches and can only be parents. ``first_record_no`` is the number of the record after them.
    """

    data: bytes | memoryview
    starts: Ints
    lengths: Ints
    offsets: Ints
    length: int | None
    first_record_no: int
    open_records: int = 0

    def __len__(self) -> int:
        return len(self.starts)

    def record(self, row: int) -> bytes:
        """The bytes of one record."""
        start = int(self.starts[row])
        return bytes(self.data[start : start + int(self.lengths[row])])

    def record_no(self, row: int) -> int:
        """The number of a record, from 1 in its split."""
        return self.first_record_no + row - self.open_records

    @property
    def flat(self) -> Bytes:
        """All bytes, (len(data),)."""
        return np.frombuffer(self.data, np.uint8)

    def matrix(self, rows: Rows) -> Bytes:
        """The records of ``rows``, (n, length), if all have one length; a view when these are all records."""
        return self.flat.reshape(len(self), self.length or 0)[rows]


def frame_fixed(data: bytes | memoryview, length: int, offset: int, first_record_no: int) -> BatchRecords:
    """Records of ``length`` bytes that follow each other in the input from ``offset``.

    LRP020 when ``data`` is not a whole number of records.
    """
    if len(data) % length:
        message = f"a batch of {len(data)} bytes is not a whole number of records of {length} bytes"
        raise PoisonError("LRP020", message, remedy=_BUG)
    starts = np.arange(0, len(data), length, dtype=np.int64)
    return BatchRecords(data, starts, np.full(len(starts), length, np.int64), starts + offset, length, first_record_no)


def frame_parts(
    data: bytes | memoryview,
    length: int | None,
    first_record_no: int,
    parts: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    open_records: int,
) -> BatchRecords:
    """Records with the offsets and lengths in ``parts``; LRP021 when these do not fit ``data``."""
    offsets, lengths = (part.astype(np.int64) for part in parts)
    for message in _contradictions(len(data), length, offsets, lengths, open_records):
        raise bad_parts(message)
    ends = np.cumsum(lengths)
    return BatchRecords(data, ends - lengths, lengths, offsets, length, first_record_no, open_records)


def _contradictions(size: int, length: int | None, offsets: Ints, lengths: Ints, open_records: int) -> Iterator[str]:
    if len(offsets) != len(lengths):
        yield f"a batch has {len(offsets)} offsets and {len(lengths)} lengths"
    elif (total := int(lengths.sum())) != size:
        yield f"the lengths of a batch's records add up to {total}, but it has {size} bytes"
    elif not 0 <= open_records <= len(offsets):
        yield f"a batch of {len(offsets)} records cannot have {open_records} open records"
    elif length is not None and (lengths != length).any():
        yield f"a batch has records that do not have {length} bytes"


def bad_parts(message: str) -> PoisonError:
    """LRP021: offsets and lengths that do not fit the records that they came with."""
    return PoisonError("LRP021", message, remedy=_BUG)


_BUG = "The reader sent a wrong message. Report this as a bug."
