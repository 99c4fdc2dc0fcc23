"""Descriptor words (RDW, SDW, BDW), as DFSMS writes them and as transfers change them.

IBM z/OS DFSMS, Using Data Sets (SC23-6855), "Format-V Records":

- RDW: bytes 0-1 hold the length LL of the record, including the four bytes of the RDW, 4 to 32,760. Bytes 2-3 are
  zero; other values are used for spanned records.
- SDW: the length LL of the segment in the same place. The two rightmost bits of byte 2 are the segment control code.
- BDW, nonextended (bit 0 is zero): bits 1-15 hold the length of the block, including the BDW, 8 to 32,760. Bits 16-31
  are zero. Extended (bit 0 is one, for blocks above 32,760 bytes on tape): bits 1-31 hold the length.

Programs that copy such files may reverse the bytes of the word (``little``: 00 00 LL LL with the low byte first), may
not count the four bytes of the descriptor (``counts_itself`` false), or may be off by a constant (``adjustment``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.framing.protocol import wrong_option
from shared.framing.sized_chain import Flaw

WIDTH: Final = 4
_EXTENDED: Final = 1 << 31
ByteOrder = Literal["big", "little"]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How the descriptor words of a file are written. Lengths are in bytes; ``largest`` includes the four bytes.

    LRF040 for invalid options.
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
        """The word as a number with the length in its upper half, for both byte orders."""
        return int.from_bytes(header, self.byte_order)

    def size(self, length: int) -> int:
        """Bytes from the start of the descriptor to the end of what it describes, for the length that it holds."""
        return length + self.adjustment + (0 if self.counts_itself else WIDTH)

    def record_size(self, header: bytes) -> int | Flaw:
        """Bytes from the start of the RDW to the end of the record."""
        word = self.word(header)
        return self.record_flaw(word) or self.size(word >> 16)

    def to_dict(self, prefix: str) -> dict[str, Any]:
        """A JSON-safe dictionary; every key starts with ``prefix``, as in ``rdw_byte_order``."""
        return {
            f"{prefix}_byte_order": self.byte_order,
            f"{prefix}_counts_itself": self.counts_itself,
            f"{prefix}_adjustment": self.adjustment,
            f"{prefix}_largest": self.largest,
        }

    @classmethod
    def from_dict(cls, prefix: str, data: dict[str, Any]) -> Descriptor:
        """The reverse of ``to_dict``; the defaults are the words that DFSMS writes."""
        names = ("byte_order", "counts_itself", "adjustment", "largest")
        return cls(**{name: data[f"{prefix}_{name}"] for name in names if f"{prefix}_{name}" in data})

    def record_flaw(self, word: int) -> Flaw | None:
        """What is wrong with ``word`` as an RDW or, with its control code cleared, as an SDW."""
        if word & 0xFFFF:
            return Flaw(
                "LRF023",
                f"this is not an RDW: the reserved bytes are {word & 0xFFFF:04x} instead of zeros",
                "Other bytes lie between the records, or the byte order is wrong, or the records are spanned (VBS).",
            )
        return self._length_flaw("RDW", "LRF020", "LRF021", word >> 16, WIDTH)

    def block_flaw(self, header: bytes) -> Flaw | None:
        """What is wrong with ``header`` as a BDW."""
        word = self.word(header)
        if word & _EXTENDED:
            if self.size(word & ~_EXTENDED) < 2 * WIDTH:
                return Flaw("LRF024", "an extended BDW of a block without records", _NO_BLOCK)
            return None
        if word & 0xFFFF:
            reserved = f"{word & 0xFFFF:04x}"
            return Flaw("LRF024", f"this is not a BDW: the reserved bytes are {reserved} instead of zeros", _NO_BLOCK)
        return self._length_flaw("BDW", "LRF024", "LRF024", word >> 16, 2 * WIDTH)

    def block_size(self, header: bytes) -> int:
        """Bytes from the start of a correct BDW to the end of its block."""
        word = self.word(header)
        return self.size(word & ~_EXTENDED if word & _EXTENDED else word >> 16)

    def _length_flaw(self, name: str, too_small: str, too_large: str, length: int, least: int) -> Flaw | None:
        size = self.size(length)
        if not length or size < least:
            counted = "including its own four bytes" if self.counts_itself else "without its own four bytes"
            return Flaw(
                too_small,
                f"a {name} of {length}, which is too small ({counted})",
                f"Other bytes lie here, or {name.lower()}_counts_itself or {name.lower()}_adjustment is wrong.",
            )
        if size > self.largest:
            return Flaw(
                too_large,
                f"a {name} of {length}, more than the largest length of {self.largest} bytes",
                f"Other bytes lie here, or the byte order is wrong. For such a length raise {name.lower()}_largest.",
            )
        return None


def words_to_dict(plain: str, blocked: str, rdw: Descriptor, bdw: Descriptor | None) -> dict[str, Any]:
    """The options of a format with RDWs or SDWs: ``plain`` is its name, ``blocked`` its name when blocks have BDWs."""
    if bdw is None:
        return {"format": plain, **rdw.to_dict("rdw")}
    return {"format": blocked, **rdw.to_dict("rdw"), **bdw.to_dict("bdw")}


def words_from_dict(blocked: str, data: dict[str, Any]) -> tuple[Descriptor, Descriptor | None]:
    """The reverse of ``words_to_dict``: RDW and BDW; LRF040 for invalid options."""
    bdw = Descriptor.from_dict("bdw", data) if data["format"] == blocked else None
    return Descriptor.from_dict("rdw", data), bdw


_NO_BLOCK: Final = "Other bytes lie between the blocks, or the byte order is wrong, or the file has no blocks (V)."
