"""Segments of spanned records put together; the rules are in ``spanned``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from shared.framing.descriptor import WIDTH, Descriptor
from shared.framing.variable import Blocks, record_chain
from shared.framing.window import Window

NULL: Final = 1 << 31
CONTROL_BITS: Final = 3 << 8
GOES_ON: Final = 1 << 8


class Control(IntEnum):
    """Segment control codes; bit 0 says that a record goes on behind the segment, bit 1 that it began before."""

    COMPLETE = 0
    FIRST = 1
    LAST = 2
    MIDDLE = 3


@dataclass(slots=True)
class _Walk:
    """A look ahead over segments and blocks, in bytes from the window's next one; nothing is taken by it."""

    ahead: int
    block_end: int
    pieces: list[bytes] = field(default_factory=list)
    whole: bool = False


class SegmentChain:
    """Spanned records, in blocks when ``bdw`` is given."""

    def __init__(self, sdw: Descriptor, bdw: Descriptor | None, block_end: int) -> None:
        self._sdw = sdw
        self._complete = record_chain(sdw)
        self._blocks = None if bdw is None else Blocks(bdw)
        self.block_end = block_end

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``: complete records by the loop of V, the others by walking over their segments."""
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
        """See ``cutting.Chain``. LRF028 when the input ends within a record that has begun."""
        walk = self._walk(window)
        nothing_left = window.offset + walk.ahead >= window.end and not walk.pieces
        if walk.whole or nothing_left:
            return walk.ahead
        if window.complete and walk.pieces:
            raise window.fault(
                "LRF028",
                f"a record that has {len(walk.pieces)} segments, but no last one",
                "The last transfer was cut short; transfer the file again.",
            )
        return None

    def close(self, window: Window) -> None:
        """LRF025 when the block goes on, but the input does not."""
        if self._blocks is not None:
            self._blocks.close(window, self.block_end)

    def _walk(self, window: Window) -> _Walk:
        """Look at the next record, as far as it is held."""
        walk = _Walk(0, self.block_end)
        while not walk.whole and self._over_gaps(window, walk) and self._over_segment(window, walk):
            pass
        return walk

    def _over_gaps(self, window: Window, walk: _Walk) -> bool:
        """Walk over BDWs and null segments to the next segment; False when it is not held."""
        if self._blocks is None:
            return True
        while window.offset + walk.ahead < window.end:
            if window.offset + walk.ahead == walk.block_end:
                walk.block_end = 0
            if walk.block_end:
                if not self._is_null(window, walk):
                    return True
                if walk.block_end > window.held:
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
                "Garbage lies in the block, or the byte order is wrong.",
                ahead=walk.ahead,
            )
        return True

    def _over_segment(self, window: Window, walk: _Walk) -> bool:
        """Walk over one segment; False when it is not held."""
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
        walk.whole = not word & GOES_ON
        return True

    def _check(self, window: Window, walk: _Walk, control: Control, size: int) -> None:
        if walk.block_end and window.offset + walk.ahead + size > walk.block_end:
            raise window.fault(
                "LRF026",
                f"a segment of {size} bytes, but its block ends at byte {walk.block_end}",
                "A BDW or an SDW before this place is damaged, or their options are wrong.",
                ahead=walk.ahead,
            )
        if bool(walk.pieces) != (control in (Control.MIDDLE, Control.LAST)):
            where = f"behind {len(walk.pieces)} segments of a record" if walk.pieces else "where a record should begin"
            raise window.fault(
                "LRF027",
                f"a segment {control.name} (code {control:02b}) {where}",
                "Segments or blocks are missing or out of order; transfer the file again.",
                ahead=walk.ahead,
            )
