"""Descriptor words: RDW, SDW and BDW, as DFSMS writes them and as transfers leave them.

IBM z/OS DFSMS, Using Data Sets (SC23-6855), "Format-V Records":

- RDW: bytes 0-1 hold the record's length LL, the RDW's own four bytes included, 4 to 32,760; bytes 2-3 are zero,
  because other values are used for spanned records.
- SDW: LL of the segment in the same place; the two rightmost bits of byte 2 are the segment control code.
- BDW, nonextended (bit 0 is zero): bits 1-15 hold the block's length, the BDW included, 8 to 32,760; bits 16-31 are
  zero. Extended (bit 0 is one, blocks above 32,760 bytes on tape): bits 1-31 hold the length.

Programs that copy such files write the word with its bytes reversed (``little``: 00 00 LL LL with the low byte first),
leave the descriptor's own four bytes out of the count (``counts_itself`` false), or are off by a constant
(``adjustment``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.framing.faults import wrong_option
from shared.framing.sized import Flaw

WIDTH: Final = 4
_EXTENDED: Final = 1 << 31
ByteOrder = Literal["big", "little"]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How the descriptor words of a file are written. Lengths in bytes; ``largest`` counts the four bytes, too.

    LRF040 when an option cannot be.
    """

    byte_order: ByteOrder = "big"
    counts_itself: bool = True
    adjustment: int = 0
    largest: int = 32_760

    def __post_init__(self) -> None:
        if self.byte_order not in ("big", "little"):
            raise wrong_option(f"byte order {self.byte_order!r} is neither big nor little")
        if not WIDTH < self.largest <= 2**31 - 1:
            raise wrong_option(f"the largest length {self.largest} is out of range")

    def word(self, header: bytes) -> int:
        """The word with its length in the upper half, whatever the byte order."""
        return int.from_bytes(header, self.byte_order)

    def size(self, length: int) -> int:
        """Bytes from the descriptor to the end of what it describes, when it says ``length``."""
        return length + self.adjustment + (0 if self.counts_itself else WIDTH)

    def record_size(self, header: bytes) -> int | Flaw:
        """Bytes from the RDW to the record's end."""
        word = self.word(header)
        return self.record_flaw(word) or self.size(word >> 16)

    def to_dict(self, prefix: str) -> dict[str, Any]:
        """JSON-safe form; every key begins with ``prefix``, as in ``rdw_byte_order``."""
        return {
            f"{prefix}_byte_order": self.byte_order,
            f"{prefix}_counts_itself": self.counts_itself,
            f"{prefix}_adjustment": self.adjustment,
            f"{prefix}_largest": self.largest,
        }

    @classmethod
    def from_dict(cls, prefix: str, data: dict[str, Any]) -> Descriptor:
        """What ``to_dict`` described; absent keys mean the words that DFSMS writes."""
        names = ("byte_order", "counts_itself", "adjustment", "largest")
        return cls(**{name: data[f"{prefix}_{name}"] for name in names if f"{prefix}_{name}" in data})

    def record_flaw(self, word: int) -> Flaw | None:
        """What is wrong with ``word`` as RDW or, its control code cleared, as SDW."""
        if word & 0xFFFF:
            return Flaw(
                "LRF023",
                f"no RDW: its reserved bytes hold {word & 0xFFFF:04x} instead of zeros",
                "Something lies between the records, or the byte order is wrong, or the records are spanned (VBS).",
            )
        return self._length_flaw("RDW", "LRF020", "LRF021", word >> 16, WIDTH)

    def block_flaw(self, header: bytes) -> Flaw | None:
        """What is wrong with ``header`` as BDW."""
        word = self.word(header)
        if word & _EXTENDED:
            if self.size(word & ~_EXTENDED) < 2 * WIDTH:
                return Flaw("LRF024", "an extended BDW of a block without records", _NO_BLOCK)
            return None
        if word & 0xFFFF:
            return Flaw("LRF024", f"no BDW: its reserved bytes hold {word & 0xFFFF:04x} instead of zeros", _NO_BLOCK)
        return self._length_flaw("BDW", "LRF024", "LRF024", word >> 16, 2 * WIDTH)

    def block_size(self, header: bytes) -> int:
        """Bytes from a faultless BDW to the end of its block."""
        word = self.word(header)
        return self.size(word & ~_EXTENDED if word & _EXTENDED else word >> 16)

    def _length_flaw(self, name: str, too_small: str, too_large: str, length: int, least: int) -> Flaw | None:
        size = self.size(length)
        if not length or size < least:
            counted = "its own four bytes included" if self.counts_itself else "without its own four bytes"
            return Flaw(
                too_small,
                f"a {name} of {length}, which is too small ({counted})",
                f"Garbage or padding lies here, or {name.lower()}_counts_itself or {name.lower()}_adjustment is wrong.",
            )
        if size > self.largest:
            return Flaw(
                too_large,
                f"a {name} of {length}, more than the {self.largest} bytes there can be",
                f"Garbage lies here, or the byte order is wrong; raise {name.lower()}_largest if it is really so long.",
            )
        return None


def words_to_dict(plain: str, blocked: str, rdw: Descriptor, bdw: Descriptor | None) -> dict[str, Any]:
    """JSON-safe form of a format with RDWs (or SDWs), named ``plain``, or ``blocked`` where blocks have BDWs."""
    if bdw is None:
        return {"format": plain, **rdw.to_dict("rdw")}
    return {"format": blocked, **rdw.to_dict("rdw"), **bdw.to_dict("bdw")}


def words_from_dict(blocked: str, data: dict[str, Any]) -> tuple[Descriptor, Descriptor | None]:
    """RDW and BDW that ``words_to_dict`` described; LRF040 for options that cannot be."""
    bdw = Descriptor.from_dict("bdw", data) if data["format"] == blocked else None
    return Descriptor.from_dict("rdw", data), bdw


_NO_BLOCK: Final = "Garbage lies between the blocks, or the byte order is wrong, or the file has no blocks (V)."
