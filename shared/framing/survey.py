"""One pass over a file: where its data start and end, and how many records they have."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, Final

from shared.errors import InputError
from shared.framing.delimited import DelimitedFraming
from shared.framing.fixed import FixedFraming
from shared.framing.protocol import Batch, Framing, named, wrong_option
from shared.framing.record_bounds import BoundedFraming
from shared.framing.registry import fixed_length

_BATCH_RECORDS: Final = 5_000
_BATCH_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Edges:
    """What a file has around its data: bytes at both ends, and records inside of these. LRF040 if negative."""

    header_bytes: int = 0
    trailer_bytes: int = 0
    header_records: int = 0
    trailer_records: int = 0

    def __post_init__(self) -> None:
        if min(self.header_bytes, self.trailer_bytes, self.header_records, self.trailer_records) < 0:
            raise wrong_option("a figure of the file header or trailer is negative")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place at which reading can start: record ``record_no`` (1-based) starts at ``offset``. See ``Framing.cut``."""

    offset: int
    record_no: int
    block_end: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """The data of a file: they start at ``first``, end at ``end``, and have ``records`` records.

    ``skipped`` records are left out. ``header`` and ``trailer`` are the payloads of the header and trailer records.
    """

    first: Mark
    end: int
    records: int
    skipped: int
    header: tuple[bytes, ...]
    trailer: tuple[bytes, ...]


def survey(framing: Framing, file: BinaryIO, size: int, edges: Edges, *, path: str = "the file") -> Survey:
    """Survey the uncompressed input of ``size`` bytes.

    Of files with records of one length only the header and trailer records are read. LRF001 when such a file is not a
    whole number of records, LRF041 when it is smaller than its edges, LRF042 when it has fewer records than them, and
    the errors of the format.
    """
    bounded = framing if isinstance(framing, BoundedFraming) else BoundedFraming(framing)
    length = fixed_length(framing)
    if length is not None:
        start, end = data_bytes(size, edges, path)
        return _fixed(bounded, length, file, start, end, edges, path)
    walk = Walk(framing, file, size, edges, path=path)
    for _ in walk:
        pass
    return Survey(walk.first, walk.end, walk.records, walk.skipped, walk.header, walk.trailer)


def data_bytes(size: int, edges: Edges, path: str = "the file") -> tuple[int, int]:
    """Start and end of the bytes between header and trailer bytes; LRF041 when the file is too small."""
    start, end = edges.header_bytes, size - edges.trailer_bytes
    if start > end:
        raise InputError(
            "LRF041",
            f"{path} has {size} bytes, but its header has {start} and its trailer {edges.trailer_bytes}",
            remedy="Check the file, and the options for its header and trailer.",
            path=path,
        )
    return start, end


def _fixed(
    bounded: BoundedFraming, length: int, file: BinaryIO, start: int, end: int, edges: Edges, path: str
) -> Survey:
    FixedFraming(length).check_size(path, end - start)
    total = (end - start) // length
    count = total - edges.header_records - edges.trailer_records
    if count < 0:
        raise _too_few(total, edges, path)
    first, last = start + edges.header_records * length, end - edges.trailer_records * length
    kept = count if bounded.keeps(length) else 0
    header = tuple(_read(file, at, length) for at in range(start, first, length))
    trailer = tuple(_read(file, at, length) for at in range(last, end, length))
    return Survey(Mark(first, 1), last, kept, count - kept, header, trailer)


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


class Walk:
    """One pass over the batches of a file's data, without its header and trailer.

    ``first`` is known at once; ``end`` (the end of the data), ``records``, ``skipped`` and ``trailer`` after the pass.
    The pass yields a batch as soon as it is certain that it has no trailer record, and does not yield batches
    that have one. LRF042 when the file has fewer records than header and trailer, LRF047 when the last header record
    does not name the values of delimited rows, and the errors of the format.
    """

    def __init__(
        self,
        framing: Framing,
        file: BinaryIO,
        size: int,
        edges: Edges,
        *,
        path: str = "the file",
        batch_records: int = _BATCH_RECORDS,
        batch_bytes: int = _BATCH_BYTES,
    ) -> None:
        start, self.end = data_bytes(size, edges, path)
        self._bounded = framing if isinstance(framing, BoundedFraming) else BoundedFraming(framing)
        self._file = file
        self._edges = edges
        self._path = path
        self._limits = (batch_records, batch_bytes)
        self._tail: deque[tuple[int, bytes]] = deque(maxlen=edges.trailer_records)
        self._seen = self._kept = self._skipped = 0
        self.first, self.header = self._over_header(start)
        inner = self._bounded.inner
        if isinstance(inner, DelimitedFraming) and inner.header and self.header:
            self._check_names(inner)

    def __iter__(self) -> Iterator[Batch]:
        """The batches; they can be iterated only once."""
        waiting: deque[Batch] = deque()
        number = 1
        for batch in self._unbounded_batches():
            self._count(batch)
            waiting.append(batch)
            while waiting and self._is_before_trailer(waiting[0]):
                bounded = self._bounded.bounded(waiting.popleft(), number)
                number += bounded.records
                yield bounded
        if len(self._tail) < self._edges.trailer_records:
            raise _too_few(self._seen + len(self.header), self._edges, self._path)
        self.end = self._tail[0][0] if self._tail else self.end

    def _unbounded_batches(self) -> Iterator[Batch]:
        records, size = self._limits
        place = self.first
        return self._bounded.inner.cut(self._file, place.offset, self.end, records, 1, size, place.block_end)

    def _over_header(self, start: int) -> tuple[Mark, tuple[bytes, ...]]:
        place = Mark(start, 1)
        header: list[bytes] = []
        batches = self._bounded.inner.cut(self._file, start, self.end, 1, 1)
        while len(header) < self._edges.header_records:
            batch = next(batches, None)
            if batch is None:
                raise _too_few(len(header), self._edges, self._path)
            header += [batch.data] * batch.records  # no record if it was a filler
            place = Mark(batch.end, 1, batch.block_end)
        return place, tuple(header)

    def _check_names(self, framing: DelimitedFraming) -> None:
        try:
            framing.check_header(self.header[-1])
        except InputError as error:
            raise named(error, self._path) from error

    def _count(self, batch: Batch) -> None:
        self._seen += batch.records
        self._skipped += batch.skipped
        self._kept += sum(map(self._bounded.keeps, batch.lengths))
        if self._edges.trailer_records:
            self._tail.extend(_last(batch, self._edges.trailer_records))

    def _is_before_trailer(self, batch: Batch) -> bool:
        if not self._edges.trailer_records:
            return True
        return len(self._tail) == self._edges.trailer_records and batch.end <= self._tail[0][0]

    @property
    def trailer(self) -> tuple[bytes, ...]:
        """Payloads of the trailer records."""
        return tuple(payload for _, payload in self._tail)

    @property
    def records(self) -> int:
        """Records of the data that are not left out."""
        return self._kept - sum(self._bounded.keeps(len(payload)) for payload in self.trailer)

    @property
    def skipped(self) -> int:
        """Records of the data that are left out."""
        return self._skipped + self._seen - len(self._tail) - self.records


def _last(batch: Batch, count: int) -> Iterator[tuple[int, bytes]]:
    stops = list(accumulate(batch.lengths))[-count:]
    for offset, length, stop in zip(batch.offsets[-count:], batch.lengths[-count:], stops, strict=True):
        yield offset, batch.data[stop - length : stop]


def _too_few(records: int, edges: Edges, path: str) -> InputError:
    return InputError(
        "LRF042",
        f"{path} has {records} records, but its header has {edges.header_records} and its trailer "
        f"{edges.trailer_records}",
        remedy="Check the file, and the options for its header and trailer records.",
    )
