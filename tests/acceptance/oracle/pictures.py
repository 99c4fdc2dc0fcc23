"""Families of pictures: records of one item each of many pictures, usages and signs."""

from __future__ import annotations

from tests.acceptance.oracle.family import IBM, Family, pictures

_LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 15, 16, 17, 18, 19, 20, 24, 30, 31)
_BINARY_LENGTHS = (3, 4, 5, 6, 8, 9, 10, 12, 16, 17, 18)  # GnuCOBOL's binary numbers end at 18 digits
_SCALED = ("S9(5)V99", "S9(9)V9(9)", "S9(16)V99", "SV9(6)", "SV9(18)", "S9V9(17)")
_LONG = ("S9(29)V99", "S9(13)V9(18)", "SV9(31)")
_PADDED = ("S9(3)P(2)", "SP(3)9(4)", "SVP(2)9(3)", "S9P(6)", "S9(12)P(5)", "SP(5)9(12)")


def _of(usage: str, lengths: tuple[int, ...], *pictures: str) -> list[str]:
    """Unsigned and signed items."""
    signed = [f"S9({digits})" for digits in lengths] + list(pictures)
    return [f"PIC {picture[skip:]}{usage}" for skip in (1, 0) for picture in signed]


_ZONED = [f"S9({digits})" for digits in _LENGTHS] + [*_SCALED, *_LONG, *_PADDED]
_OVERPUNCHED = [f"PIC {picture}{sign}" for picture in _ZONED for sign in ("", " SIGN IS LEADING")]

DISPLAY = pictures(
    "display",
    *(f"PIC {picture[1:]}" for picture in _ZONED),
    *(f"PIC {picture} SIGN TRAILING SEPARATE CHARACTER" for picture in _ZONED),
    *(f"PIC {picture} LEADING SEPARATE" for picture in _ZONED),
)

ZONED = pictures("zoned", *_OVERPUNCHED)

ZONED_ASCII = pictures("zoned-ascii-sign", *_OVERPUNCHED, options=(*IBM[:-1], "-fsign=ASCII"))
"""A minus is bit X'40' over the last or first digit, as Micro Focus has it. lrecl reads it, and writes the other."""

PACKED = pictures("packed", *_of(" COMP-3", _LENGTHS, *_SCALED, *_LONG), "PIC S9(7)V99 PACKED-DECIMAL")
"""Without P: of that, GnuCOBOL loses digits between MOVE and MOVE."""

SIGNLESS = pictures(
    "comp-6", *(f"PIC 9({digits}) COMP-6" for digits in (1, 2, 3, 6, 7, 15, 16, 18, 19, 30, 31)), "PIC 9(7)V9(3) COMP-6"
)

BINARY = pictures(
    "binary",
    *_of(" COMP", (1, 2, *_BINARY_LENGTHS), *_SCALED, *_PADDED),
    "PIC S9(4) COMP-4",
    "PIC 9(9) COMP-4",
    "PIC S9(9) BINARY",
    "PIC S9(11)V99 USAGE IS BINARY",
    "PIC S9(4) USAGE COMPUTATIONAL",
)

NATIVE = pictures("comp-5", *_of(" COMP-5", _BINARY_LENGTHS, "S9(5)V99", "S9(9)V9(9)", "S9(3)P(2)", "SVP(2)9(3)"))
"""The machine's own byte order, and values up to what the bytes hold. One or two digits are a byte, unlike IBM's."""

FLOATS = pictures("floats", "COMP-1", "COMP-2", "USAGE IS COMPUTATIONAL-1", "USAGE COMPUTATIONAL-2")

_EDITED = (
    "Z(5)", "ZZZ9", "Z,ZZZ,ZZ9", "ZZ,ZZ9.99", "Z(7)9.9(2)", "ZZZ.ZZ", "*(5)9", "**,**9.99", "***.**", "$9(5)",
    "$ZZ,ZZ9.99", "$$$,$$9.99", "$(6)9", "$**,**9.99", "+9(5)", "-9(5)", "9(5)+", "9(5)-", "+++,++9.99",
    "---,--9.99", "-(6)9", "+(6)9", "Z(5)9-", "Z(5)9+", "ZZ,ZZ9.99CR", "ZZ,ZZ9.99DB", "$ZZ,ZZ9.99CR",
    "$$,$$9.99DB", "99/99/9999", "9(3)B9(3)B9(4)", "9(4)00", "99B99", "Z(3)B9(3)", "9(6).99", "9(3),9(3)",
    "Z(14)9.99", "Z(15)9.99-", "*(12)9.99CR", "ZZ9V99", "--9.9(4)", "+Z(5)9.99", "-ZZ9", "9.9(8)", ".99",
    "Z(3)9(3)", "$(4).99", "-(4).99",
)  # fmt: skip

EDITED = pictures(
    "edited",
    *(f"PIC {picture}" for picture in _EDITED),
    *(f"PIC {picture} BLANK WHEN ZERO" for picture in ("ZZZ9", "ZZ,ZZ9.99-", "9(5)", "$$,$$9.99", "-9(5).99")),
)

TEXT = pictures(
    "text",
    *(f"PIC X({length})" for length in (1, 2, 7, 20, 64)),
    *(f"PIC A({length})" for length in (1, 9, 40)),
    "PIC X(10) JUSTIFIED RIGHT", "PIC X(3) JUST", "PIC A(12) JUSTIFIED",
    "PIC XXBXX", "PIC X(3)/X(3)", "PIC A(4)BA(4)", "PIC X(2)0X(2)", "PIC XXX", "PIC AAXX", "PIC X(4)9(2)",
)  # fmt: skip

FAMILIES: tuple[Family, ...] = (
    DISPLAY, ZONED, ZONED_ASCII, PACKED, SIGNLESS, BINARY, NATIVE, FLOATS, EDITED, TEXT,
)  # fmt: skip
