"""The loop that cuts the input of all formats of variable length into batches.

A format is a chain. ``run`` takes complete and correct records as fast as possible; ``measure`` examines the next
record when ``run`` stops before it. Where a batch ends depends on the limits, the input, and the start of reading, but
not on the size of the window.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from shared.framing.protocol import LARGEST_RECORD, Batch
from shared.framing.window import Window


class BatchBuilder:
    """The batch that is being filled."""

    __slots__ = ("_bytes", "_records", "block_end", "first_record_no", "offset", "offsets", "pieces")

    def __init__(self, offset: int, first_record_no: int, batch_records: int, batch_bytes: int) -> None:
        self._records = batch_records
        self._bytes = batch_bytes
        self._begin(offset, first_record_no)

    def _begin(self, offset: int, first_record_no: int) -> None:
        self.offset = offset
        self.first_record_no = first_record_no
        self.offsets: array[int] = array("Q")
        self.pieces: list[bytes] = []

    @property
    def room(self) -> int:
        """The number of records that can still be added."""
        return self._records - len(self.pieces)

    @property
    def ceiling(self) -> int:
        """The offset at which the batch must end, unless it has only one record."""
        return self.offset + self._bytes

    def began_at(self, base: int, starts: list[int]) -> None:
        """Add the positions at which the records just taken start."""
        self.offsets.extend(map(base.__add__, starts))

    def finish(self, end: int, block_end: int) -> Batch:
        """The batch, which covers the input up to ``end``; the next batch starts there."""
        lengths = array("I", map(len, self.pieces))
        batch = Batch(self.offset, self.first_record_no, b"".join(self.pieces), self.offsets, lengths, end, block_end)
        self._begin(end, self.first_record_no + len(lengths))
        return batch


class Chain(Protocol):
    """A record format while it is cut: how to take records, and how to examine one."""

    block_end: int
    """The offset of the end of the block that contains the next record; 0 outside of blocks."""

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """Take up to ``count`` records that end at or before the position ``limit``, and move ``window.pos``.

        Stops before a record that is incomplete or faulty. Appends the records' positions and payloads to the lists.
        """

    def measure(self, window: Window) -> int | None:
        """Input bytes up to the end of the next record; None when more bytes are needed to tell.

        Raises InputError when the record is faulty.
        """

    def close(self, window: Window) -> None:
        """Called at the end of the input; raises InputError when a block is incomplete."""


def cut_chain(
    chain: Chain, file: BinaryIO, start: int, end: int, batch_records: int, first_record_no: int, batch_bytes: int
) -> Iterator[Batch]:
    """The batches of ``chain`` between ``start`` and ``end``.

    LRF022 when the last record is incomplete, LRF029 when a record is longer than any may be, and the chain's errors.
    """
    window = Window(file, start, end)
    builder = BatchBuilder(start, first_record_no, batch_records, min(batch_bytes, LARGEST_RECORD))
    while not window.exhausted:
        _take(chain, window, builder, builder.ceiling, builder.room)
        if (not builder.room or _is_closed(chain, window, builder)) and builder.pieces:
            yield builder.finish(window.offset, chain.block_end)
    chain.close(window)
    if builder.pieces:
        yield builder.finish(window.offset, chain.block_end)


def _take(chain: Chain, window: Window, builder: BatchBuilder, ceiling: int, count: int) -> None:
    starts: list[int] = []
    limit = min(ceiling - window.base, len(window.data))
    chain.run(window, limit, count, starts, builder.pieces)
    builder.began_at(window.base, starts)


def _is_closed(chain: Chain, window: Window, builder: BatchBuilder) -> bool:
    """Whether the next record belongs to the next batch; reads more bytes when that cannot be told yet."""
    if window.exhausted:
        return False
    size = chain.measure(window)
    _refuse_giants(window, size)
    stop = window.offset + (size or 0)
    if size is None or stop > window.read_to:
        _read_on(window, size)
        return False
    if not builder.pieces:
        _take(chain, window, builder, stop, 1)
    return True


def _refuse_giants(window: Window, size: int | None) -> None:
    if max(size or 0, 0 if size else window.read_to - window.offset) > LARGEST_RECORD:
        raise window.fault(
            "LRF029",
            f"a record longer than {LARGEST_RECORD} bytes",
            "The record format or its options do not fit the file. Compare them with what lrecl inspect prints.",
        )


def _read_on(window: Window, size: int | None) -> None:
    left = window.end - window.offset
    if (size or 0) > left or window.complete:
        wanted = f"needs {size} bytes" if size else "is not complete"
        raise window.fault(
            "LRF022",
            f"the record that starts here {wanted}, but the input ends after {left}",
            "The last transfer was incomplete, or a length before this record is wrong. Transfer the file again.",
        )
    window.more(size or 0)
