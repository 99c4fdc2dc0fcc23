"""How every format of variable length is cut: run over whole records, look closely at the one that does not fit.

A format is a chain: it takes whole, faultless records as fast as it can (``run``) and explains the next one when it
would not take it (``measure``). Batches end where records or bytes are full; that follows from the input and the place
at which reading began, never from the size of the window.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from shared.framing.batch import LARGEST_RECORD, Batch
from shared.framing.window import Window


class Builder:
    """The batch in the making."""

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
        """How many records still fit in."""
        return self._records - len(self.pieces)

    @property
    def ceiling(self) -> int:
        """The offset behind which no record may end, unless it is the only one."""
        return self.offset + self._bytes

    def began_at(self, base: int, starts: list[int]) -> None:
        """Note where the records just taken begin."""
        self.offsets.extend(map(base.__add__, starts))

    def finish(self, end: int, block_end: int) -> Batch:
        """The batch, which reaches to ``end``; the next one begins there."""
        lengths = array("I", map(len, self.pieces))
        batch = Batch(self.offset, self.first_record_no, b"".join(self.pieces), self.offsets, lengths, end, block_end)
        self._begin(end, self.first_record_no + len(lengths))
        return batch


class Chain(Protocol):
    """What a format knows."""

    block_end: int
    """The offset at which the block ends in which the next record lies; 0 outside blocks."""

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """Take up to ``count`` whole records that end at or before position ``limit``; moves ``window.pos``.

        Stops before a record that is not whole or not faultless. Appends positions and payloads.
        """

    def measure(self, window: Window) -> int | None:
        """Input bytes from here to the end of the next record; None when more bytes are needed to know.

        Raises InputError when the record cannot be right.
        """

    def close(self, window: Window) -> None:
        """Called when everything is framed; raises InputError when something is still open."""


def cut_chain(
    chain: Chain, file: BinaryIO, start: int, end: int, batch_records: int, first_record_no: int, batch_bytes: int
) -> Iterator[Batch]:
    """The batches of ``chain`` between ``start`` and ``end``.

    LRF022 when the last record is cut off, LRF029 when a record is longer than any may be, and the chain's own errors.
    """
    window = Window(file, start, end)
    builder = Builder(start, first_record_no, batch_records, min(batch_bytes, LARGEST_RECORD))
    while not window.exhausted:
        _take(chain, window, builder, builder.ceiling, builder.room)
        if (not builder.room or _is_closed(chain, window, builder)) and builder.pieces:
            yield builder.finish(window.offset, chain.block_end)
    chain.close(window)
    if builder.pieces:
        yield builder.finish(window.offset, chain.block_end)


def _take(chain: Chain, window: Window, builder: Builder, ceiling: int, count: int) -> None:
    starts: list[int] = []
    limit = min(ceiling - window.base, len(window.data))
    chain.run(window, limit, count, starts, builder.pieces)
    builder.began_at(window.base, starts)


def _is_closed(chain: Chain, window: Window, builder: Builder) -> bool:
    """Whether the next record is one for the next batch; brings more bytes into the window when that is unknown."""
    if window.exhausted:
        return False
    size = chain.measure(window)
    _refuse_giants(window, size)
    stop = window.offset + (size or 0)
    if size is None or stop > window.held:
        _read_on(window, size)
        return False
    if not builder.pieces:
        _take(chain, window, builder, stop, 1)
    return True


def _refuse_giants(window: Window, size: int | None) -> None:
    if max(size or 0, 0 if size else window.held - window.offset) > LARGEST_RECORD:
        raise window.fault(
            "LRF029",
            f"a record longer than {LARGEST_RECORD} bytes",
            "The record format or its options do not fit the file; see what lrecl inspect thinks of it.",
        )


def _read_on(window: Window, size: int | None) -> None:
    left = window.end - window.offset
    if (size or 0) > left or window.complete:
        wanted = f"needs {size} bytes" if size else "is not complete"
        raise window.fault(
            "LRF022",
            f"the record that begins here {wanted}, but the input ends after {left}",
            "The last transfer was cut short, or an earlier length is wrong; transfer the file again.",
        )
    window.more(size or 0)
