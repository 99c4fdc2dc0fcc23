"""Double-byte EBCDIC tables: one xz file a language in ``double_bytes``, read when a field first needs it.

A file holds, big-endian: the number of its pages (2 bytes), the length of its list of strings (4 bytes), the list
(UTF-8, a string a line); then for each page its number (2 bytes), and the high and the low bytes of a UTF-16 unit for
each pair of bytes from X'4040' to X'FEFE', row by row. 0 is no character. A unit from X'D800' on is a place in the list
of strings: characters beyond U+FFFF, and pairs of a letter and a mark. Made by ``tests/support/code_page_tables.py``.
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.codec.code_pages import UNDEFINED

PAIRS: Final = 0x110000
"""Entries from here on are places in ``DoublePage.pairs``: no code point is as large."""

_FOLDER: Final = Path(__file__).parent / "double_bytes"
_FILES: Final = {
    "cp300": "japanese", "cp16684": "japanese",
    "cp834": "korean", "cp4930": "korean",
    "cp837": "simplified", "cp4933": "simplified",
    "cp835": "traditional", "cp9027": "traditional",
}  # fmt: skip
_FIRST: Final = 0x40
_SIDE: Final = 0xFF - _FIRST
_STRINGS: Final = range(0xD800, 0xE000)


@dataclass(frozen=True)
class DoublePage:
    """A table of double bytes.

    points: (65536,) uint32 code points by the two bytes as a big-endian number, UNDEFINED where they have no character,
    ``PAIRS`` + k where they have the two characters ``pairs[k]``. pairs: (m, 2) uint32.
    """

    points: NDArray[np.uint32]
    pairs: NDArray[np.uint32]

    @cached_property
    def codes(self) -> dict[str, bytes]:
        """The bytes of each character or pair of characters; the lowest where several have it."""
        defined = np.flatnonzero(self.points != UNDEFINED)[::-1].tolist()
        return {self.text(code): code.to_bytes(2, "big") for code in defined}

    def text(self, code: int) -> str:
        """What two bytes stand for, U+FFFD for nothing."""
        point = int(self.points[code])
        return chr(point) if point < PAIRS else "".join(map(chr, self.pairs[point - PAIRS].tolist()))


@lru_cache(maxsize=4)
def double_page(name: str) -> DoublePage:
    """The table of that canonical name (``charsets.DOUBLE``). 256 KiB, and some 10 ms to unpack."""
    data = lzma.decompress((_FOLDER / f"{_FILES[name]}.xz").read_bytes())
    count, size = struct.unpack_from(">HI", data)
    start = struct.calcsize(">HI") + size
    strings = data[struct.calcsize(">HI") : start].decode().splitlines()
    tables = dict(_tables(data[start:], count))
    return _page(tables[int(name.removeprefix("cp"))], strings)


def _tables(data: bytes, count: int) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    cells = _SIDE * _SIDE
    for start in range(0, count * (2 + 2 * cells), 2 + 2 * cells):
        (number,) = struct.unpack_from(">H", data, start)
        planes = np.frombuffer(data, np.uint8, 2 * cells, start + 2).reshape(2, _SIDE, _SIDE).astype(np.uint32)
        yield number, planes[0] << 8 | planes[1]


def _page(units: NDArray[np.uint32], strings: list[str]) -> DoublePage:
    points = np.full((256, 256), UNDEFINED, np.uint32)
    square = points[_FIRST:0xFF, _FIRST:0xFF]
    square[units > 0] = units[units > 0]
    pairs = [text for text in strings if len(text) > 1]
    places = {text: PAIRS + place for place, text in enumerate(pairs)}
    listed = np.array([places.get(text, ord(text[0])) for text in strings] or [UNDEFINED], np.uint32)
    inside = (units >= _STRINGS.start) & (units < _STRINGS.stop)
    square[inside] = listed[units[inside] - _STRINGS.start]
    halves = [[ord(char) for char in text] for text in pairs]
    return DoublePage(points.reshape(-1), np.array(halves, np.uint32).reshape(-1, 2))
