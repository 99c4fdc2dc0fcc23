"""Single-byte code pages, EBCDIC and ASCII, as 256-entry tables."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import bad_field
from shared.codec.columns import Bytes

UNDEFINED = 0xFFFD
"""Stands in ``CodePage.code_points`` for a byte that has no character."""

KNOWN = (
    "cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1047", "cp1140",
    "ascii", "latin-1", "cp437", "cp850", "cp852", "cp858", "cp1250", "cp1252",
    "iso8859-2", "iso8859-9", "iso8859-15",
)  # fmt: skip

# IBM-1047 (open systems Latin-1) is IBM-037 with six characters at each other's places (CDRA, code page
# 1047).
_CP1047 = {0x5F: "^", 0xAD: "[", 0xB0: "¬", 0xBA: "Ý", 0xBB: "¨", 0xBD: "]"}

_OF_MANY_BYTES = "é漢"
"""No codec of more than one byte a character writes each of these in one byte or not at all."""


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
    return _load(_canonical(name))


def _canonical(name: str) -> str:
    plain = name.strip().lower().removeprefix("ibm").removeprefix("-").removeprefix("cp")
    if not plain.isdigit():
        return name.strip().lower()
    return f"cp{int(plain):03d}"


@lru_cache(maxsize=32)
def _load(name: str) -> CodePage:
    text = _characters(name)
    if "0" not in text or " " not in text or len(text) != 256:
        raise _unknown(name, "is not a single-byte code page")
    return _build(name, text)


def _characters(name: str) -> str:
    if name == "cp1047":
        return "".join(_CP1047.get(byte, char) for byte, char in enumerate(_characters("cp037")))
    try:
        if any(len(char.encode(name, "ignore")) > 1 for char in _OF_MANY_BYTES):
            raise _unknown(name, "is not a single-byte code page")
        return "".join(bytes([byte]).decode(name, "replace") for byte in range(256))
    except (LookupError, UnicodeError) as cause:
        raise _unknown(name, "is unknown") from cause


def _unknown(name: str, why: str) -> Exception:
    near = difflib.get_close_matches(name, KNOWN, n=4, cutoff=0.3) or list(KNOWN)
    return bad_field("LRD901", f"code page {name} {why}; near: {', '.join(near)}", code_page=name, near=near)


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
