"""The characters of single-byte code pages, EBCDIC and ASCII.

Without NumPy, because processes that never decode check definitions with them.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from shared.codec.catalogue import bad_field
from shared.codec.charset_forms import DOUBLE, MIXED, SHIFT_IN, SHIFT_OUT, Form, charset

_PYTHON: Final = (
    "cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140",
    "ascii", "latin-1", "cp437", "cp850", "cp852", "cp858", "cp1250", "cp1252",
    "iso8859-2", "iso8859-9", "iso8859-15", "utf-8", "utf-16",
)  # fmt: skip
"""The best-known pages that Python has."""

COMMON: Final = "common"
"""The page of the characters that all or most EBCDIC pages share, as Cobrix defines it. All other bytes are spaces."""

_COMMON: Final = {0x6A: "|", 0xCA: "-"}
"""Where "common" differs from the printable ASCII characters of IBM-037."""

_CORRECTIONS: Final = {"cp273": {0xBC: "¯"}}
"""Bytes where Python's table differs from IBM's own (CDRA): 273 has the characters of Latin-1, like 037."""

_OF_MANY_BYTES = "é漢"
"""Every codec of more than one byte a character encodes at least one of these in more than one byte."""


def require(name: str) -> None:
    """Raise JobError LRD901, with similar names, unless ``name`` is a known code page."""
    characters(name)


@lru_cache(maxsize=64)
def characters(name: str) -> str:
    """The 256 characters of a page's single bytes, U+FFFD for a byte without a character.

    For other pages these are the characters of the single-byte part. Shifts have no character there, and neither have
    bytes above X'7F' of Unicode's forms. Raises JobError LRD901, with similar names, for unknown pages.
    """
    page = charset(name)
    text = _single(page.single)
    if "0" not in text or " " not in text or len(text) != 256:
        raise _unknown(name, "is not a single-byte code page")
    return _without_shifts(text) if page.form is Form.MIXED else text


def _single(name: str) -> str:
    if name == COMMON:
        printable = "".join(char if "!" <= char <= "~" else " " for char in _single("cp037"))
        return _replaced(printable, _COMMON)
    if name not in _PYTHON and name in _tables():
        base, runs = _tables()[name]
        return _replaced(_single(base), {at + step: char for at, run in runs for step, char in enumerate(run)})
    return _replaced(_decoded(name), _CORRECTIONS.get(name, {}))


def _tables() -> Mapping[str, tuple[str, tuple[tuple[int, str], ...]]]:
    from shared.codec.generated_pages import PAGES  # only for pages that Python does not have

    return PAGES


def _replaced(text: str, changes: Mapping[int, str]) -> str:
    return "".join(changes.get(place, char) for place, char in enumerate(text))


def _without_shifts(text: str) -> str:
    return _replaced(text, {SHIFT_OUT: "\ufffd", SHIFT_IN: "\ufffd"})


def _decoded(name: str) -> str:
    try:
        if any(len(char.encode(name, "ignore")) > 1 for char in _OF_MANY_BYTES):
            raise _unknown(name, "is not a single-byte code page")
        return "".join(bytes([byte]).decode(name, "replace") for byte in range(256))
    except (LookupError, ValueError) as cause:  # ValueError: UnicodeError, and a NUL in the name
        raise _unknown(name, "is unknown") from cause


def _unknown(name: str, why: str) -> Exception:
    known = [*_PYTHON, COMMON, *_tables(), *MIXED, *DOUBLE]
    near = difflib.get_close_matches(charset(name).name, known, n=4, cutoff=0.3) or list(_PYTHON)
    shown = name if name.isprintable() else repr(name)
    return bad_field("LRD901", f"code page {shown} {why}; similar names: {', '.join(near)}", code_page=name, near=near)
