"""The bytes of an elementary item, and its boundary with SYNCHRONIZED.

Enterprise COBOL for z/OS, Language Reference, "USAGE clause" (computational items), "PICTURE clause" (character-string
and item size) and "SYNCHRONIZED clause". Outside IBM: COMP-6 is ACUCOBOL's unsigned packed decimal, COMP-9 is Cobrix's
little-endian COMP.
"""

from __future__ import annotations

from shared.copybook.ast import SignPosition, Usage
from shared.copybook.picture import Category, Picture

BINARY = frozenset({Usage.COMP, Usage.COMP_5, Usage.COMP_9})
PACKED = frozenset({Usage.COMP_3, Usage.COMP_6})
WITHOUT_PICTURE = {
    Usage.COMP_1: 4,
    Usage.COMP_2: 8,
    Usage.INDEX: 4,
    Usage.POINTER: 4,
    Usage.PROCEDURE_POINTER: 8,
}
"""Usages without a picture, and their bytes."""

_WIDE = frozenset({Usage.NATIONAL, Usage.DISPLAY_1})


def storage_length(picture: Picture | None, usage: Usage, sign: SignPosition) -> int:
    """The bytes of one occurrence. ``picture`` is None only for the usages in ``WITHOUT_PICTURE``."""
    if picture is None:
        return WITHOUT_PICTURE[usage]
    if usage in BINARY:
        return binary_length(picture.digits)
    if usage is Usage.COMP_3:
        return (picture.digits + 2) // 2
    if usage is Usage.COMP_6:
        return (picture.digits + 1) // 2
    return (picture.size + sign.separate) * (2 if usage in _WIDE else 1)


def binary_length(digits: int) -> int:
    """The bytes of a binary number: IBM's 2, 4 and 8 for up to 18 digits.

    IBM has no longer binary items. Dialects that have them (Micro Focus, up to 38 digits) use the fewest bytes for the
    signed value, and so do existing files: 9 bytes for 19 and 20 digits, 12 for 28, 16 for 37.
    """
    if digits <= 4:
        return 2
    if digits <= 9:
        return 4
    if digits <= 18:
        return 8
    largest: int = 10**digits - 1
    return (largest.bit_length() + 1 + 7) // 8


def alignment(usage: Usage, digits: int) -> int:
    """The boundary of a SYNCHRONIZED item in bytes: the m of "Slack bytes within records", or 1.

    A binary item of 10 digits and more is a doubleword on a fullword boundary.
    """
    if usage in BINARY:
        return 2 if digits <= 4 else 4
    return WITHOUT_PICTURE.get(usage, 1)


def category_of(picture: Picture | None, usage: Usage) -> Category:
    """The category of an elementary item. A picture of N with USAGE DISPLAY-1 is DBCS."""
    if picture is None:
        return Category.FLOAT if usage in (Usage.COMP_1, Usage.COMP_2) else Category.POINTER
    if usage is Usage.DISPLAY_1:
        return Category.DBCS
    return picture.category


def conflict(picture: Picture | None, usage: Usage) -> str:
    """Why ``picture`` and ``usage`` conflict, or ''."""
    if picture is None:
        return ""
    if usage in WITHOUT_PICTURE:
        return f"USAGE {usage.value} cannot have a picture"
    if (usage in BINARY or usage in PACKED) and picture.category is not Category.NUMERIC:
        return f"USAGE {usage.value} needs a numeric picture, not {picture.text}"
    if usage is Usage.COMP_6 and picture.signed:
        return "USAGE COMP-6 cannot have a sign"
    if usage is Usage.DISPLAY_1 and picture.category not in (Category.NATIONAL, Category.DBCS):
        return f"USAGE DISPLAY-1 needs a picture of G or N, not {picture.text}"
    if usage is Usage.NATIONAL and picture.category in (
        Category.ALPHANUMERIC,
        Category.ALPHABETIC,
        Category.DBCS,
    ):
        return f"USAGE NATIONAL needs a picture of N or 9, not {picture.text}"
    return ""
