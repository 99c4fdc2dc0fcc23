"""Single-byte code pages as tables for the kernels. Which pages there are, and their characters: ``characters``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shared.codec.characters import canonical, characters
from shared.codec.columns import Bytes

UNDEFINED = 0xFFFD
"""Stands in ``CodePage.code_points`` for a byte that has no character."""


@dataclass(frozen=True, slots=True, eq=False)
class CodePage:
    """A single-byte code page.

    code_points: (256,) uint16, UNDEFINED where a byte has no character. blanked: 256 bytes for
    ``bytes.translate``: the ASCII character exclusive-or X'20', so that a space is 0; X'FF' for all that needs
    more than one byte of UTF-8. utf8_lengths: (256,) uint8. from_code_point: (65536,) int16, -1 where the page
    lacks it. from_ascii: 256 bytes for the way back, None when the page lacks some ASCII. zone: the byte of the
    digit 0 (X'F0' for EBCDIC, X'30' for ASCII).
    """

    name: str
    code_points: NDArray[np.uint16]
    blanked: bytes
    utf8_lengths: Bytes
    from_code_point: NDArray[np.int16]
    from_ascii: bytes | None
    space: int
    zone: int
    plus: int
    minus: int

    @property
    def ebcdic(self) -> bool:
        return self.zone == 0xF0


def code_page(name: str) -> CodePage:
    """The page of that name: a number (037, 1047), an IBM name (IBM-037), or a Python codec (cp037, latin-1).

    Raises JobError LRD901, listing near names, for pages that are unknown or not of single bytes.
    """
    return _load(canonical(name))


@lru_cache(maxsize=32)
def _load(name: str) -> CodePage:
    return _build(name, characters(name))


def _build(name: str, text: str) -> CodePage:
    encoded = [char.encode() for char in text]
    reverse = _reverse(text)
    ascii_codes = reverse[:128]
    return CodePage(
        name=name,
        code_points=np.array([ord(char) for char in text], np.uint16),
        blanked=bytes(code[0] ^ 0x20 if len(code) == 1 else 0xFF for code in encoded),
        utf8_lengths=np.array([len(code) for code in encoded], np.uint8),
        from_code_point=reverse,
        from_ascii=ascii_codes.astype(np.uint8).tobytes().ljust(256) if ascii_codes.min() >= 0 else None,
        space=text.index(" "),
        zone=text.index("0"),
        plus=text.index("+"),
        minus=text.index("-"),
    )


def _reverse(text: str) -> NDArray[np.int16]:
    table = np.full(65536, -1, np.int16)
    for byte in reversed(range(256)):  # the lowest byte wins where a page repeats a character
        table[ord(text[byte])] = byte
    table[UNDEFINED] = -1
    return table
