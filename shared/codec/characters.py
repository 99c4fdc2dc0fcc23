"""The characters of single-byte code pages, EBCDIC and ASCII. Without NumPy: definitions are checked by processes that
never decode."""

from __future__ import annotations

import difflib
from functools import lru_cache

from shared.codec.catalogue import bad_field

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


def require(name: str) -> None:
    """LRD901, listing near names, unless ``name`` is a known page of single bytes."""
    characters(canonical(name))


def canonical(name: str) -> str:
    """The name as Python's codecs know it, for a number (037), an IBM name (IBM-037) or a codec's name."""
    plain = name.strip().lower().removeprefix("ibm").removeprefix("-").removeprefix("cp")
    if not plain.isdigit():
        return name.strip().lower()
    return f"cp{int(plain):03d}"


@lru_cache(maxsize=64)
def characters(name: str) -> str:
    """The 256 characters of a page by its canonical name, U+FFFD where a byte has none."""
    text = _decoded(name)
    if "0" not in text or " " not in text or len(text) != 256:
        raise _unknown(name, "is not a single-byte code page")
    return text


def _decoded(name: str) -> str:
    if name == "cp1047":
        return "".join(_CP1047.get(byte, char) for byte, char in enumerate(_decoded("cp037")))
    try:
        if any(len(char.encode(name, "ignore")) > 1 for char in _OF_MANY_BYTES):
            raise _unknown(name, "is not a single-byte code page")
        return "".join(bytes([byte]).decode(name, "replace") for byte in range(256))
    except (LookupError, UnicodeError) as cause:
        raise _unknown(name, "is unknown") from cause


def _unknown(name: str, why: str) -> Exception:
    near = difflib.get_close_matches(name, KNOWN, n=4, cutoff=0.3) or list(KNOWN)
    return bad_field("LRD901", f"code page {name} {why}; near: {', '.join(near)}", code_page=name, near=near)
