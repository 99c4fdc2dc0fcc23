"""VS and VBS: logical records in segments, which may be in several blocks.

IBM z/OS DFSMS, Using Data Sets (SC23-6855), "Segment Descriptor Word": LL counts the four bytes of the SDW. The
segment control code is 00 for a complete record, 01 for the first segment, 10 for the last, and 11 for one in between;
all other bits of bytes 2 and 3 are zero. "Null Segments": a one in bit 0 of the SDW means that the block has no more
segments. The rest of the block is zeros, and a null segment does not end a record.

VS is a VBS file without BDWs, which some transfers drop, as V is such a VB file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, BinaryIO, Final

from shared.framing.cutting import cut_chain
from shared.framing.descriptor import WIDTH, Descriptor, words_from_dict, words_to_dict
from shared.framing.protocol import MAX_BATCH_BYTES, Batch
from shared.framing.variable import Blocks, record_chain
from shared.framing.window import Window

NULL: Final = 1 << 31
CONTROL_BITS: Final = 3 << 8
CONTINUES: Final = 1 << 8


@dataclass(frozen=True, slots=True)
class SpannedFraming:
    """Framing of VS files (``bdw`` is None) and VBS files; ``rdw`` describes the SDWs."""

    rdw: Descriptor = field(default_factory=Descriptor)
    bdw: Descriptor | None = field(default_factory=Descriptor)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages."""
        return words_to_dict("VS", "VBS", self.rdw, self.bdw)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpannedFraming:
        """The reverse of ``to_dict``; LRF040 for invalid options."""
        return cls(*words_from_dict("VBS", data))

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
        """See ``protocol.Framing.cut``. Segments are joined to records. LRF020 to LRF028."""
        chain = SegmentChain(self.rdw, self.bdw, block_end)
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)


class Control(IntEnum):
    """Segment control codes. Bit 0: the record continues after the segment. Bit 1: it started before the segment."""

    COMPLETE = 0
    FIRST = 1
    LAST = 2
    MIDDLE = 3


@dataclass(slots=True)
class _Walk:
    """A look ahead over segments and blocks, by ``ahead`` bytes from the window's next byte."""

    ahead: int
    block_end: int
    pieces: list[bytes] = field(default_factory=list)
    whole: bool = False


class SegmentChain:
    """Spanned records; in blocks if ``bdw`` is given."""

    def __init__(self, sdw: Descriptor, bdw: Descriptor | None, block_end: int) -> None:
        self._sdw = sdw
        self._complete = record_chain(sdw)
        self._blocks = None if bdw is None else Blocks(bdw)
        self.block_end = block_end

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``. Unsegmented records are taken by the loop of V, the others segment by segment."""
        full = len(pieces) + count
        while len(pieces) < full and not window.exhausted:
            walk = _Walk(0, self.block_end)
            at_segment = self._over_gaps(window, walk)
            at_end = window.offset + walk.ahead >= window.end
            if not (at_segment or at_end) or window.pos + walk.ahead > limit:
                return
            self._move(window, walk)
            before = window.pos
            stop = min(limit, self.block_end - window.base) if self.block_end else limit
            self._complete.run(window, stop, full - len(pieces), starts, pieces)
            if window.pos == before and not self._take_spanned(window, limit, starts, pieces):
                return

    def _take_spanned(self, window: Window, limit: int, starts: list[int], pieces: list[bytes]) -> bool:
        walk = self._walk(window)
        if not walk.whole or window.pos + walk.ahead > limit:
            return False
        starts.append(window.pos)
        pieces.append(b"".join(walk.pieces))
        self._move(window, walk)
        return True

    def _move(self, window: Window, walk: _Walk) -> None:
        window.pos += walk.ahead
        self.block_end = walk.block_end

    def measure(self, window: Window) -> int | None:
        """See ``cutting.Chain``. LRF028 when the input ends within a record."""
        walk = self._walk(window)
        nothing_left = window.offset + walk.ahead >= window.end and not walk.pieces
        if walk.whole or nothing_left:
            return walk.ahead
        if window.complete and walk.pieces:
            raise window.fault(
                "LRF028",
                f"a record of which the last segment is missing after {len(walk.pieces)} segments",
                "The last transfer was incomplete. Transfer the file again.",
            )
        return None

    def close(self, window: Window) -> None:
        """LRF025 when the input ends within a block."""
        if self._blocks is not None:
            self._blocks.close(window, self.block_end)

    def _walk(self, window: Window) -> _Walk:
        """Look at the next record, as far as it is in memory."""
        walk = _Walk(0, self.block_end)
        while not walk.whole and self._over_gaps(window, walk) and self._over_segment(window, walk):
            pass
        return walk

    def _over_gaps(self, window: Window, walk: _Walk) -> bool:
        """Move over BDWs and null segments to the next segment; False when that is not in memory."""
        if self._blocks is None:
            return True
        while window.offset + walk.ahead < window.end:
            if window.offset + walk.ahead == walk.block_end:
                walk.block_end = 0
            if walk.block_end:
                if not self._is_null(window, walk):
                    return True
                if walk.block_end > window.read_to:
                    return False
                walk.ahead = walk.block_end - window.offset
            else:
                size = self._blocks.measure(window, walk.ahead)
                if size is None:
                    return False
                walk.block_end = window.offset + walk.ahead + size
                walk.ahead += WIDTH
        return False

    def _is_null(self, window: Window, walk: _Walk) -> bool:
        pos = window.pos + walk.ahead
        header = window.data[pos : pos + WIDTH]
        if len(header) < WIDTH or not self._sdw.word(header) & NULL:
            return False
        rest = window.data[pos : walk.block_end - window.base]
        if rest.count(0) < len(rest) - 1:
            raise window.fault(
                "LRF023",
                "a null segment, but the rest of its block is not zeros",
                "Other bytes lie in the block, or the byte order is wrong.",
                ahead=walk.ahead,
            )
        return True

    def _over_segment(self, window: Window, walk: _Walk) -> bool:
        """Move over one segment; False when it is not in memory."""
        pos = window.pos + walk.ahead
        header = window.data[pos : pos + WIDTH]
        if len(header) < WIDTH:
            return False
        word = self._sdw.word(header)
        if flaw := self._sdw.record_flaw(word & ~CONTROL_BITS):
            raise window.fault(*flaw, ahead=walk.ahead)
        size = self._sdw.size(word >> 16)
        self._check(window, walk, Control((word & CONTROL_BITS) >> 8), size)
        if pos + size > len(window.data):
            return False
        walk.pieces.append(window.data[pos + WIDTH : pos + size])
        walk.ahead += size
        walk.whole = not word & CONTINUES
        return True

    def _check(self, window: Window, walk: _Walk, control: Control, size: int) -> None:
        if walk.block_end and window.offset + walk.ahead + size > walk.block_end:
            raise window.fault(
                "LRF026",
                f"a segment of {size} bytes, but its block ends at byte {walk.block_end}",
                "A BDW or an SDW before this byte is damaged, or their options are wrong.",
                ahead=walk.ahead,
            )
        if bool(walk.pieces) != (control in (Control.MIDDLE, Control.LAST)):
            where = f"after {len(walk.pieces)} segments of a record" if walk.pieces else "where a record should start"
            raise window.fault(
                "LRF027",
                f"a segment {control.name} (code {control:02b}) {where}",
                "Segments or blocks are missing or out of order. Transfer the file again.",
                ahead=walk.ahead,
            )
