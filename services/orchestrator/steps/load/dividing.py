"""Dividing a file: where its data begin and end, and at which places several readers can begin.

Records of one length are divided by arithmetic. Others need a pass that finds the places; each part is handed out as
soon as its end is known, so that it is read while the pass goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shared.framing.fixed_blocked import FixedBlockedFraming
from shared.framing.registry import bare, fixed_length, framing_from_dict
from shared.framing.survey import Edges, Mark, Survey, Walk, survey
from shared.jobs.compile import CompiledJob
from shared.records.conditions import RecordType
from shared.records.open_records import OpenRecords, PlacedRecord


@dataclass(frozen=True, slots=True)
class Part:
    """A range of a file's data, and the records before it that its own may belong to."""

    begin: Mark
    end: int
    open_records: tuple[PlacedRecord, ...] = ()


class Divider:
    """Divides files of one job.

    ``watch`` is called again and again while a file is read; what it raises ends the work.
    """

    def __init__(self, compiled: CompiledJob, watch: Callable[[], None]) -> None:
        self._framing = framing_from_dict(compiled.framing)
        self._edges = Edges(**compiled.edges)
        self._types = [RecordType.from_dict(record["type"]) for record in compiled.plan["records"]]
        self._watch = watch

    def parts(self, content: BinaryIO, size: int, path: str, wanted: int) -> Iterator[Part]:
        """At most ``wanted`` parts of the uncompressed ``content`` of ``size`` bytes; none where there are no data.

        The errors of ``survey``. The same file is divided alike every time.
        """
        hierarchy = OpenRecords(self._types)
        length = fixed_length(self._framing)
        if length is not None and (wanted == 1 or not hierarchy.has_parents):
            found = survey(self._framing, content, size, self._edges, path=path)
            return self._even(found, length, wanted)
        share = max(1, size // wanted)
        walk = Walk(self._framing, content, size, self._edges, path=path, batch_bytes=min(share, _STEP_BYTES))
        if wanted == 1 and not self._edges.trailer_records:
            return iter([Part(walk.first, walk.end)] if walk.first.offset < walk.end else [])
        return self._found(walk, wanted, hierarchy)

    def _even(self, found: Survey, length: int, wanted: int) -> Iterator[Part]:
        """Parts of about one size that begin with a block, where the size of blocks is known, or with a record."""
        first, end = found.first, found.end
        unit = self._block_length() or length
        begin = self._edges.header_bytes
        cuts = [first.offset]
        for number in range(1, wanted):
            at = first.offset + (end - first.offset) * number // wanted
            cuts.append(min(end, begin - (begin - at) // unit * unit))
        for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
            if start < stop:
                numbered = (start - first.offset) // length if found.records else 0
                yield Part(Mark(start, first.record_no + numbered), stop)

    def _block_length(self) -> int | None:
        inner = bare(self._framing)
        if not isinstance(inner, FixedBlockedFraming):
            return None
        return inner.block_length or (inner.records_per_block or 0) * inner.record_length or None

    def _found(self, walk: Walk, wanted: int, hierarchy: OpenRecords) -> Iterator[Part]:
        before: tuple[PlacedRecord, ...] = ()
        begin, made = walk.first, 1
        first, share = walk.first.offset, -(-(walk.end - walk.first.offset) // wanted)
        for batch in walk:
            self._watch()
            hierarchy.add_all(batch.offsets, batch.lengths, batch.data)
            if made < wanted and batch.end >= first + made * share:
                yield Part(begin, batch.end, before)
                begin = Mark(batch.end, batch.first_record_no + batch.records, batch.block_end)
                before, made = tuple(hierarchy.current()), made + 1
        if begin.offset < walk.end:
            yield Part(begin, walk.end, before)


_STEP_BYTES = 1024 * 1024
