"""The records of a batch as they were framed: where each lies, and where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.codec.columns import Bytes, Ints
from shared.errors import PoisonError
from shared.shaping.counters import Rows
from shared.transform.faults import bad_parts


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """n records in ``data``, back to back.

    ``starts``, ``lengths`` and ``offsets`` are (n,): bytes in ``data``, and the record's offset in the input.
    ``length`` is that of every record, None when they vary. The first ``context`` records lie before the batch: they
    may be parents, and are nothing else. ``first_record_no`` is the number of the first behind them.
    """

    data: bytes | memoryview
    starts: Ints
    lengths: Ints
    offsets: Ints
    length: int | None
    first_record_no: int
    context: int = 0

    def __len__(self) -> int:
        return len(self.starts)

    def record(self, row: int) -> bytes:
        """The bytes of one record."""
        start = int(self.starts[row])
        return bytes(self.data[start : start + int(self.lengths[row])])

    def record_no(self, row: int) -> int:
        """The number of a record, from 1 in its split."""
        return self.first_record_no + row - self.context

    @property
    def flat(self) -> Bytes:
        """All bytes, (len(data),)."""
        return np.frombuffer(self.data, np.uint8)

    def matrix(self, rows: Rows) -> Bytes:
        """The records of ``rows``, (n, length), which must have a length in common; a view when it is all of them."""
        return self.flat.reshape(len(self), self.length or 0)[rows]


def frame_fixed(data: bytes | memoryview, length: int, offset: int, first_record_no: int) -> Framed:
    """Records of ``length`` bytes that lie one after the other in the input from ``offset``.

    LRP020 when ``data`` is not a whole number of them (its sender broke the contract).
    """
    if len(data) % length:
        raise PoisonError("LRP020", f"a batch of {len(data)} bytes is not a whole number of {length}-byte records")
    starts = np.arange(0, len(data), length, dtype=np.int64)
    return Framed(data, starts, np.full(len(starts), length, np.int64), starts + offset, length, first_record_no)


def frame_parts(
    data: bytes | memoryview,
    length: int | None,
    first_record_no: int,
    parts: tuple[npt.NDArray[Any], npt.NDArray[Any]],
    context: int,
) -> Framed:
    """Records at the offsets and of the lengths in ``parts``; LRP021 when these are not those of ``data``."""
    offsets, lengths = (part.astype(np.int64) for part in parts)
    for message in _contradictions(len(data), length, offsets, lengths, context):
        raise bad_parts(message)
    ends = np.cumsum(lengths)
    return Framed(data, ends - lengths, lengths, offsets, length, first_record_no, context)


def _contradictions(size: int, length: int | None, offsets: Ints, lengths: Ints, context: int) -> Iterator[str]:
    if len(offsets) != len(lengths):
        yield f"a batch has {len(offsets)} offsets and {len(lengths)} lengths"
    elif (total := int(lengths.sum())) != size:
        yield f"the lengths of a batch's records sum to {total}, but it has {size} bytes"
    elif not 0 <= context <= len(offsets):
        yield f"{context} records shall lie before a batch of {len(offsets)}"
    elif length is not None and (lengths != length).any():
        yield f"a batch has records of another length than {length} bytes"
