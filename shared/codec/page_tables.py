"""Code pages as NumPy tables of their single bytes. ``charset_forms`` and ``single_byte_pages`` define the pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from shared.codec.charset_forms import Form, charset
from shared.codec.columns import Bytes
from shared.codec.fields import Controls
from shared.codec.single_byte_pages import characters

UNDEFINED = 0xFFFD
"""The code point in ``CodePage.code_points`` of a byte without a character."""

_EBCDIC_SPACE = 0x40


@dataclass(frozen=True, slots=True, eq=False)
class CodePage:
    """The single bytes of a code page. Pages of another ``form`` than SINGLE have further characters.

    code_points: (256,) uint16, UNDEFINED where a byte has no character.
    blanked: 256 bytes for ``bytes.translate``: the ASCII character exclusive-or X'20', so that a space is 0; X'FF' for
        characters that need more than one byte of UTF-8.
    utf8_lengths: (256,) uint8.
    from_code_point: (65536,) int16, -1 where the page lacks the character.
    from_ascii: 256 bytes for ``bytes.translate`` from ASCII; None when the page lacks an ASCII character.
    zone: the byte of the digit 0 (X'F0' in EBCDIC, X'30' in ASCII).
    """

    name: str
    form: Form
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


def code_page(name: str, controls: Controls = Controls.KEEP) -> CodePage:
    """The page called ``name``: a number (037, 1047), an IBM name (IBM-037), a Python codec (cp037, latin-1), a form of
    Unicode (utf-8, utf-16, utf-16-le), or ``common``.

    ``controls``: SPACE makes its control characters spaces, and DROP makes them NUL, for the caller to remove.
    Raises JobError LRD901, with similar names, for unknown pages.
    """
    return _load(charset(name).name, controls)


@lru_cache(maxsize=32)
def _load(name: str, controls: Controls) -> CodePage:
    text = characters(name)
    if controls is Controls.KEEP:
        return _build(name, text)
    instead = " " if controls is Controls.SPACE else "\0"
    return _build(name, "".join(instead if category(char) == "Cc" else char for char in text))


def _build(name: str, text: str) -> CodePage:
    encoded = [char.encode() for char in text]
    space = _EBCDIC_SPACE if text[_EBCDIC_SPACE] == " " else text.index(" ")
    reverse = _reverse(text, space)
    ascii_codes = reverse[:128]
    return CodePage(
        name=name,
        form=charset(name).form,
        code_points=np.array([ord(char) for char in text], np.uint16),
        blanked=bytes(code[0] ^ 0x20 if len(code) == 1 else 0xFF for code in encoded),
        utf8_lengths=np.array([len(code) for code in encoded], np.uint8),
        from_code_point=reverse,
        from_ascii=ascii_codes.astype(np.uint8).tobytes().ljust(256) if ascii_codes.min() >= 0 else None,
        space=space,
        zone=text.index("0"),
        plus=text.index("+"),
        minus=text.index("-"),
    )


def _reverse(text: str, space: int) -> NDArray[np.int16]:
    table = np.full(65536, -1, np.int16)
    for byte in reversed(range(256)):  # of several bytes with one character the lowest is used
        table[ord(text[byte])] = byte
    table[ord(" ")] = space
    table[UNDEFINED] = -1
    return table
