"""One pass over a file of variable records: where the data begin and end, how many there are, where it can be split."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, Final

from shared.errors import InputError
from shared.framing.batch import Batch
from shared.framing.delimited import DelimitedFraming
from shared.framing.faults import named, wrong_option
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
    shape = framing if isinstance(framing, ShapedFraming) else ShapedFraming(framing)
    length = fixed_length(framing)
    if length is not None:
        start, end = data_bytes(size, edges, path)
        return _fixed(shape, length, file, start, end, edges, path)
    walk = Walk(framing, file, size, edges, path=path, batch_records=min(every, _BATCH_RECORDS))
    marks = [walk.first]
    for batch in walk:
        number = batch.first_record_no + batch.records
        if number >= marks[-1].record_no + every:
            marks.append(Mark(batch.end, number, batch.block_end))
    inside = tuple(mark for mark in marks if mark.offset < walk.end) or tuple(marks[:1])
    return Survey(inside, walk.end, walk.records, walk.skipped, walk.header, walk.trailer)


def data_bytes(size: int, edges: Edges, path: str = "the file") -> tuple[int, int]:
    """Begin and end of what lies between the bytes of header and trailer; LRF041 when the file is too small."""
    start, end = edges.header_bytes, size - edges.trailer_bytes
    if start > end:
        raise InputError(
            "LRF041",
            f"{path} has {size} bytes, fewer than header and trailer, which have {start} and {edges.trailer_bytes}",
            remedy="Check the file and the options for its header and trailer.",
            path=path,
        )
    return start, end


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


class Walk:
    """One pass over the data of a file, without its header and trailer, in batches as they are delivered.

    ``first`` is known at once, ``end`` (the end of the data), ``records``, ``skipped`` and ``trailer`` when the pass is
    over. A batch is handed out as soon as it is certain that no trailer record is in it; those with trailer records
    are not handed out at all. LRF042 when there are fewer records than header and trailer have, LRF047 when the
    last header record does not name the values of delimited rows, and the errors of the format.
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
        self._shape = framing if isinstance(framing, ShapedFraming) else ShapedFraming(framing)
        self._file = file
        self._edges = edges
        self._path = path
        self._limits = (batch_records, batch_bytes)
        self._tail: deque[tuple[int, bytes]] = deque(maxlen=edges.trailer_records)
        self._seen = self._kept = self._skipped = 0
        self.first, self.header = self._over_header(start)
        inner = self._shape.inner
        if isinstance(inner, DelimitedFraming) and inner.header and self.header:
            self._check_names(inner)

    def __iter__(self) -> Iterator[Batch]:
        """The pass; to be made once."""
        held: deque[Batch] = deque()
        number = 1
        for batch in self._raw_batches():
            self._note(batch)
            held.append(batch)
            while held and self._is_safe(held[0]):
                shaped = self._shape.shape(held.popleft(), number)
                number += shaped.records
                yield shaped
        if len(self._tail) < self._edges.trailer_records:
            raise _too_few(self._seen + len(self.header), self._edges, self._path)
        self.end = self._tail[0][0] if self._tail else self.end

    def _raw_batches(self) -> Iterator[Batch]:
        records, size = self._limits
        place = self.first
        return self._shape.inner.cut(self._file, place.offset, self.end, records, 1, size, place.block_end)

    def _over_header(self, start: int) -> tuple[Mark, tuple[bytes, ...]]:
        place = Mark(start, 1)
        header: list[bytes] = []
        batches = self._shape.inner.cut(self._file, start, self.end, 1, 1)
        while len(header) < self._edges.header_records:
            batch = next(batches, None)
            if batch is None:
                raise _too_few(len(header), self._edges, self._path)
            header += [batch.data] * batch.records  # none where a filler was left out
            place = Mark(batch.end, 1, batch.block_end)
        return place, tuple(header)

    def _check_names(self, framing: DelimitedFraming) -> None:
        try:
            framing.check_header(self.header[-1])
        except InputError as error:
            raise named(error, self._path) from error

    def _note(self, batch: Batch) -> None:
        self._seen += batch.records
        self._skipped += batch.skipped
        self._kept += sum(map(self._shape.keeps, batch.lengths))
        if self._edges.trailer_records:
            self._tail.extend(_last(batch, self._edges.trailer_records))

    def _is_safe(self, batch: Batch) -> bool:
        if not self._edges.trailer_records:
            return True
        return len(self._tail) == self._edges.trailer_records and batch.end <= self._tail[0][0]

    @property
    def trailer(self) -> tuple[bytes, ...]:
        """Payloads of the trailer records."""
        return tuple(payload for _, payload in self._tail)

    @property
    def records(self) -> int:
        """Records of the data that are delivered."""
        return self._kept - sum(self._shape.keeps(len(payload)) for payload in self.trailer)

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
        f"{path} has {records} records, fewer than header and trailer, which have {edges.header_records} and "
        f"{edges.trailer_records}",
        remedy="Check the file and the options for its header and trailer records.",
    )
