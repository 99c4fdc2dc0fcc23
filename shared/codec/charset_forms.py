"""What the name of a code page stands for: single bytes, double bytes, a mix of both with shifts, or a Unicode form.

IBM's coded character set identifiers (Character Data Representation Architecture) define a mixed page by its
single-byte and its double-byte part. Without NumPy, like ``single_byte_pages``.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SHIFT_OUT: Final = 0x0E
SHIFT_IN: Final = 0x0F
"""The shift characters around the double bytes of a mixed page."""


class Form(StrEnum):
    """How bytes encode characters."""

    SINGLE = "single"
    MIXED = "mixed"
    DOUBLE = "double"
    UTF8 = "utf-8"
    UTF16 = "utf-16"

    @property
    def paired(self) -> bool:
        """Whether characters consist of pairs of bytes."""
        return self in (Form.DOUBLE, Form.UTF16)


@dataclass(frozen=True, slots=True)
class Charset:
    """A code page by its canonical name.

    single: the single-byte page of its digits, signs and spaces. double: the double-byte table of MIXED and DOUBLE.
    """

    name: str
    form: Form
    single: str
    double: str = ""

    @property
    def little_endian(self) -> bool:
        """Whether UTF-16 is little-endian; it is big-endian unless the name says otherwise."""
        return self.name.endswith("le")


MIXED: Final = {
    "cp930": ("cp290", "cp300"),
    "cp933": ("cp833", "cp834"),
    "cp935": ("cp836", "cp837"),
    "cp937": ("cp28709", "cp835"),
    "cp939": ("cp1027", "cp300"),
    "cp1364": ("cp13121", "cp4930"),
    "cp1371": ("cp1159", "cp9027"),
    "cp1388": ("cp13124", "cp4933"),
    "cp1390": ("cp8482", "cp16684"),
    "cp1399": ("cp5123", "cp16684"),
}
"""The single-byte and the double-byte part of each mixed page."""

DOUBLE: Final = {double: single for single, double in reversed(MIXED.values())}
"""For each double-byte table the single-byte part of the first mixed page that has this table."""

DOUBLE_OF: Final = {name: double for name, (_, double) in MIXED.items()}

_UNICODE: Final = {
    "utf-8": Charset("utf-8", Form.UTF8, "ascii"),
    "utf-16-be": Charset("utf-16-be", Form.UTF16, "ascii"),
    "utf-16-le": Charset("utf-16-le", Form.UTF16, "ascii"),
}
_ALIASES: Final = {
    "utf-16": "utf-16-be",
    "cp1200": "utf-16-be",
    "cp1201": "utf-16-be",
    "cp1202": "utf-16-le",
    "cp1208": "utf-8",
    "cp65001": "utf-8",
    "cp5026": "cp930",
    "cp5035": "cp939",
}
"""Names of equal pages: Unicode's CCSIDs, and Japanese pages that differ only in user-defined characters."""


def charset(name: str) -> Charset:
    """The page called ``name``: a number (037), an IBM name (IBM-037), or a Python codec (cp037, latin-1).

    Does not check whether a single-byte page exists; ``single_byte_pages.require`` does.
    """
    found = canonical(name)
    if found in _UNICODE:
        return _UNICODE[found]
    if found in MIXED:
        return Charset(found, Form.MIXED, *MIXED[found])
    if found in DOUBLE:
        return Charset(found, Form.DOUBLE, DOUBLE[found], found)
    return Charset(found, Form.SINGLE, found)


def canonical(name: str) -> str:
    """The one name for all the names of a page."""
    found = _numbered(name.strip().lower())
    if found.startswith(("utf", "u8", "u16")):
        found = _python_name(found)
    return _ALIASES.get(found, found)


def _numbered(name: str) -> str:
    plain = name.removeprefix("ccsid").removeprefix("ibm").removeprefix("-").removeprefix("cp")
    plain = plain.removesuffix("ms")  # cp500ms, cp1148ms: Microsoft's equal tables in the package ebcdic
    return f"cp{int(plain):03d}" if plain.isdigit() else name


def _python_name(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return name
