"""RECFM V and VB: each record behind its RDW; in VB blocks of them behind a BDW.

The rules of the words are in ``descriptor``. A transferred V file has RDWs only: the blocks of the data set are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from shared.framing.batch import MAX_BATCH_BYTES, Batch
from shared.framing.cutting import Chain, cut_chain
from shared.framing.descriptor import WIDTH, Descriptor, words_from_dict, words_to_dict
from shared.framing.sized import SizedChain
from shared.framing.window import Window


@dataclass(frozen=True, slots=True)
class VariableFraming:
    """Framing of V files (``bdw`` is None) and VB files."""

    rdw: Descriptor = field(default_factory=Descriptor)
    bdw: Descriptor | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, for messages."""
        return words_to_dict("V", "VB", self.rdw, self.bdw)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> VariableFraming:
        """What ``to_dict`` described; LRF040 for options that cannot be."""
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
        """See ``protocol.Framing.cut``. Errors LRF020 to LRF026 name the word that is wrong."""
        records = record_chain(self.rdw)
        chain: Chain = records if self.bdw is None else BlockChain(records, self.bdw, block_end)
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)


def record_chain(rdw: Descriptor) -> SizedChain:
    """Records behind RDWs, one after the other."""
    return SizedChain(0, WIDTH, WIDTH, rdw.record_size)


class BlockChain:
    """Blocks of records: BDW, then RDWs up to the block's end."""

    def __init__(self, records: SizedChain, bdw: Descriptor, block_end: int) -> None:
        self._records = records
        self._blocks = Blocks(bdw)
        self.block_end = block_end

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``. A BDW alone may be taken, too: the place behind it is as good as the one before."""
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
                "A BDW or an RDW before this place is damaged, or their options are wrong.",
                ahead=ahead,
            )
        return None if size is None else ahead + size

    def close(self, window: Window) -> None:
        """LRF025 when the block goes on, but the input does not."""
        self._blocks.close(window, self.block_end)


class Blocks:
    """What VB and VBS have in common: the BDWs."""

    def __init__(self, bdw: Descriptor) -> None:
        self._bdw = bdw
        self.flaw = bdw.block_flaw
        self.size = bdw.block_size

    def measure(self, window: Window, ahead: int) -> int | None:
        """The size of the block whose BDW lies ``ahead`` bytes from here; None when it is not held. LRF024."""
        pos = window.pos + ahead
        header = window.data[pos : pos + WIDTH]
        if len(header) < WIDTH:
            return None
        if flaw := self.flaw(header):
            raise window.fault(*flaw, ahead=ahead)
        return self.size(header)

    def close(self, window: Window, block_end: int) -> None:
        """LRF025 when the block goes on, but the input does not; a range that ends within a block is no fault."""
        if block_end > window.end and not window.goes_on():
            raise window.fault(
                "LRF025",
                f"the input ends here, but its last block reaches to byte {block_end}",
                "The last transfer was cut short, or the last BDW is wrong; transfer the file again.",
            )
