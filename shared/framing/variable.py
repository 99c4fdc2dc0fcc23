"""V and VB: each record follows an RDW; in VB, each block of them follows a BDW.

See ``descriptor`` for the words. A transferred V file has only RDWs: the transfer drops the blocks of the data set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from shared.framing.cutting import Chain, cut_chain
from shared.framing.descriptor import WIDTH, Descriptor, words_from_dict, words_to_dict
from shared.framing.protocol import MAX_BATCH_BYTES, Batch
from shared.framing.sized_chain import SizedChain
from shared.framing.window import Window


@dataclass(frozen=True, slots=True)
class VariableFraming:
    """Framing of V files (``bdw`` is None) and VB files."""

    rdw: Descriptor = field(default_factory=Descriptor)
    bdw: Descriptor | None = None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages."""
        return words_to_dict("V", "VB", self.rdw, self.bdw)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> VariableFraming:
        """The reverse of ``to_dict``; LRF040 for invalid options."""
        return cls(*words_from_dict("VB", data))

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
        """See ``protocol.Framing.cut``. LRF020 to LRF026 for a wrong descriptor word."""
        records = record_chain(self.rdw)
        chain: Chain = records if self.bdw is None else BlockChain(records, self.bdw, block_end)
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)


def record_chain(rdw: Descriptor) -> SizedChain:
    """Records with RDWs, one after the other."""
    return SizedChain(0, WIDTH, WIDTH, rdw.record_size)


class BlockChain:
    """Blocks of records: a BDW, then records with RDWs up to the end of the block."""

    def __init__(self, records: SizedChain, bdw: Descriptor, block_end: int) -> None:
        self._records = records
        self._blocks = Blocks(bdw)
        self.block_end = block_end

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``. A BDW alone may be taken: reading can start after it as well as before it."""
        full = len(pieces) + count
        while self._enter(window, limit):
            inside = min(limit, self.block_end - window.base)
            self._records.run(window, inside, full - len(pieces), starts, pieces)
            if window.offset < self.block_end:
                return
            self.block_end = 0
            if len(pieces) == full:
                return

    def _enter(self, window: Window, limit: int) -> bool:
        if self.block_end:
            return True
        header = window.data[window.pos : min(limit, window.pos + WIDTH)]
        if len(header) < WIDTH or self._blocks.flaw(header):
            return False
        self.block_end = window.offset + self._blocks.size(header)
        window.pos += WIDTH
        return True

    def measure(self, window: Window) -> int | None:
        """See ``cutting.Chain``."""
        ahead, block_end = 0, self.block_end
        if not block_end:
            block = self._blocks.measure(window, 0)
            if block is None:
                return None
            ahead, block_end = WIDTH, window.offset + block
        size = self._records.size_ahead(window, ahead)
        if size is not None and window.offset + ahead + size > block_end:
            raise window.fault(
                "LRF026",
                f"a record of {size} bytes, but its block ends after {block_end - window.offset - ahead}",
                "A BDW or an RDW before this byte is damaged, or their options are wrong.",
                ahead=ahead,
            )
        return None if size is None else ahead + size

    def close(self, window: Window) -> None:
        """LRF025 when the input ends within a block."""
        self._blocks.close(window, self.block_end)


class Blocks:
    """The BDWs of VB and VBS files."""

    def __init__(self, bdw: Descriptor) -> None:
        self.flaw = bdw.block_flaw
        self.size = bdw.block_size

    def measure(self, window: Window, ahead: int) -> int | None:
        """The size of the block whose BDW is ``ahead`` bytes from the next byte; None if not in memory. LRF024."""
        pos = window.pos + ahead
        header = window.data[pos : pos + WIDTH]
        if len(header) < WIDTH:
            return None
        if flaw := self.flaw(header):
            raise window.fault(*flaw, ahead=ahead)
        return self.size(header)

    def close(self, window: Window, block_end: int) -> None:
        """LRF025 when the input ends within a block. A range may end within a block."""
        if block_end > window.end and not window.continues():
            raise window.fault(
                "LRF025",
                f"the input ends here, but its last block ends at byte {block_end}",
                "The last transfer was incomplete, or the last BDW is wrong. Transfer the file again.",
            )
