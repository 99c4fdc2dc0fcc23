"""One pass over a file of variable records: where the data begin and end, how many there are, where it can be split."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, Final

from shared.errors import InputError
from shared.framing.batch import Batch
from shared.framing.faults import wrong_option
from shared.framing.fixed import FixedFraming
from shared.framing.protocol import Framing
from shared.framing.registry import fixed_length
from shared.framing.shaping import ShapedFraming

EVERY_RECORDS: Final = 100_000
_BATCH_RECORDS: Final = 5_000
_BATCH_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Edges:
    """What stands around the data: bytes at the file's ends, then whole records. LRF040 for negative figures."""

    header_bytes: int = 0
    trailer_bytes: int = 0
    header_records: int = 0
    trailer_records: int = 0

    def __post_init__(self) -> None:
        if min(self.header_bytes, self.trailer_bytes, self.header_records, self.trailer_records) < 0:
            raise wrong_option("a file header or trailer is negative")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place at which reading can begin: record ``record_no`` (1-based) begins at ``offset``; see ``Framing.cut``."""

    offset: int
    record_no: int
    block_end: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """The data lie between ``marks[0].offset`` and ``end`` and are ``records`` records; ``skipped`` are left out.

    ``header`` and ``trailer`` are the payloads of the records around them.
    """

    marks: tuple[Mark, ...]
    end: int
    records: int
    skipped: int
    header: tuple[bytes, ...]
    trailer: tuple[bytes, ...]

    def ranges(self, parts: int) -> list[tuple[Mark, int]]:
        """At most ``parts`` ranges of about the same size, each its first mark and its end; none for empty data."""
        begin = self.marks[0].offset
        share = max(1, -(-(self.end - begin) // max(1, parts)))
        firsts: list[Mark] = []
        for mark in self.marks:
            if mark.offset < self.end and mark.offset >= begin + len(firsts) * share:
                firsts.append(mark)
        ends = [mark.offset for mark in firsts[1:]] + [self.end]
        return list(zip(firsts, ends, strict=False))


def survey(
    framing: Framing, file: BinaryIO, size: int, edges: Edges, *, path: str = "the file", every: int = EVERY_RECORDS
) -> Survey:
    """Survey the uncompressed input of ``size`` bytes, with a mark about every ``every`` records.

    Files of fixed length are not read for it, but for the records around the data. LRF001 when such a file is not a
    whole number of records, LRF041 when it is smaller than its edges, LRF042 when it has fewer records than them, and
    the errors of the format.
    """
    start, end = edges.header_bytes, size - edges.trailer_bytes
    if start > end:
        raise InputError(
            "LRF041",
            f"{path} has {size} bytes, fewer than header and trailer, which have {start} and {edges.trailer_bytes}",
            remedy="Check the file and the options for its header and trailer.",
        )
    shape = framing if isinstance(framing, ShapedFraming) else ShapedFraming(framing)
    length = fixed_length(framing)
    if length is not None:
        return _fixed(shape, length, file, start, end, edges, path)
    return _Pass(shape, edges).over(file, start, end, every, path)


def _fixed(shape: ShapedFraming, length: int, file: BinaryIO, start: int, end: int, edges: Edges, path: str) -> Survey:
    FixedFraming(length).check_size(path, end - start)
    total = (end - start) // length
    count = total - edges.header_records - edges.trailer_records
    if count < 0:
        raise _too_few(total, edges, path)
    first, last = start + edges.header_records * length, end - edges.trailer_records * length
    kept = count if shape.keeps(length) else 0
    header = tuple(_read(file, at, length) for at in range(start, first, length))
    trailer = tuple(_read(file, at, length) for at in range(last, end, length))
    return Survey((Mark(first, 1),), last, kept, count - kept, header, trailer)


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


class _Pass:
    """The pass over a file of variable records."""

    def __init__(self, shape: ShapedFraming, edges: Edges) -> None:
        self._shape = shape
        self._edges = edges
        self._seen = 0
        self._skipped = 0
        self._kept = 0
        self._tail: deque[tuple[int, bytes]] = deque(maxlen=edges.trailer_records)

    def over(self, file: BinaryIO, start: int, end: int, every: int, path: str) -> Survey:
        """Read it all."""
        first, header = self._header(file, start, end, path)
        marks = [first]
        for batch in self._shape.inner.cut(
            file, first.offset, end, min(every, _BATCH_RECORDS), 1, _BATCH_BYTES, first.block_end
        ):
            self._note(batch)
            if self._kept + 1 >= marks[-1].record_no + every:
                marks.append(Mark(batch.end, self._kept + 1, batch.block_end))
        return self._finish(marks, header, end, path)

    def _header(self, file: BinaryIO, start: int, end: int, path: str) -> tuple[Mark, tuple[bytes, ...]]:
        place = Mark(start, 1)
        header: list[bytes] = []
        batches = self._shape.inner.cut(file, start, end, 1, 1)
        while len(header) < self._edges.header_records:
            batch = next(batches, None)
            if batch is None:
                raise _too_few(len(header), self._edges, path)
            header += [batch.data] * batch.records  # none where a filler was left out
            place = Mark(batch.end, 1, batch.block_end)
        return place, tuple(header)

    def _note(self, batch: Batch) -> None:
        self._seen += batch.records
        self._skipped += batch.skipped
        self._kept += sum(map(self._shape.keeps, batch.lengths))
        if self._edges.trailer_records:
            self._tail.extend(_last(batch, self._edges.trailer_records))

    def _finish(self, marks: list[Mark], header: tuple[bytes, ...], end: int, path: str) -> Survey:
        if len(self._tail) < self._edges.trailer_records:
            raise _too_few(self._seen + len(header), self._edges, path)
        trailer = tuple(payload for _, payload in self._tail)
        end = self._tail[0][0] if self._tail else end
        kept = self._kept - sum(self._shape.keeps(len(payload)) for payload in trailer)
        skipped = self._skipped + self._seen - len(trailer) - kept
        inside = tuple(mark for mark in marks if mark.offset < end) or tuple(marks[:1])
        return Survey(inside, end, kept, skipped, header, trailer)


def _last(batch: Batch, count: int) -> Iterator[tuple[int, bytes]]:
    stops = list(accumulate(batch.lengths))[-count:]
    for offset, length, stop in zip(batch.offsets[-count:], batch.lengths[-count:], stops, strict=True):
        yield offset, batch.data[stop - length : stop]


def _too_few(records: int, edges: Edges, path: str) -> InputError:
    return InputError(
        "LRF042",
        f"{path} has {records} records, fewer than header and trailer, which have {edges.header_records} and "
        f"{edges.trailer_records}",
        remedy="Check the file and the options for its header and trailer records.",
    )
