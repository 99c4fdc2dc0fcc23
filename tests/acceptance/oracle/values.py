"""Values worth moving: the edges of a picture, and what COBOL has to cut off."""

from __future__ import annotations

from decimal import Decimal, localcontext

from shared.copybook import Category, LayoutField, Usage

Value = Decimal | str

WORK_FORMS = ((38, 0), (32, 6), (20, 18), (7, 31))
"""Integer and fraction digits of the items through which programs take and tell numbers; 38 is GnuCOBOL's limit."""

TEXT_LENGTH = 64
"""Bytes of the longest text."""

_FLOATS = ("0", "1", "-1", "0.5", "-2.25", "1234.0625", "-0.0009765625", "0.1", "-1234.56", "16777217", "9999999.75")
_PATTERN = "1234567890" * 4


def work_form(field: LayoutField) -> int:
    """Which of ``WORK_FORMS`` holds the item's numbers; floating point has no digits and takes a middle one."""
    if field.category is Category.FLOAT:
        return 2
    whole = field.digits - field.scale
    return next(n for n, (left, right) in enumerate(WORK_FORMS) if left >= whole and right >= field.scale)


def numbers(field: LayoutField) -> tuple[Value, ...]:
    """Zero, one unit, all nines, different digits, each with both signs; too many digits, and too long a fraction."""
    if field.category is Category.FLOAT:
        return tuple(Decimal(text) for text in _FLOATS)
    top, run = 10**field.digits - 1, int(_PATTERN[: field.digits])
    units = [0, 1, top, run, -1, -top, -run]
    if not _keeps_surplus(field):
        units += [top + 2, -top - 2]
    with localcontext(prec=60):
        made = [Decimal(number).scaleb(-field.scale) for number in units]
        made += [Decimal(sign * (10 * run + 7)).scaleb(-field.scale - 1) for sign in (1, -1)]
        return tuple(value for value in made if _fits(value, *WORK_FORMS[work_form(field)]))


def _keeps_surplus(field: LayoutField) -> bool:
    """Whether GnuCOBOL leaves digits beyond the picture: in binary numbers with P, which it takes for digits there."""
    return field.usage is Usage.COMP and not 0 <= field.scale <= field.digits


def _fits(value: Decimal, left: int, right: int) -> bool:
    return abs(value) < Decimal(10) ** left and value == round(value, right)


def in_range(value: Decimal, field: LayoutField) -> bool:
    """Whether the item can hold ``value`` as it is."""
    with localcontext(prec=80):
        units = value.scaleb(field.scale)
        return units == int(units) and abs(units) < 10**field.digits and (value >= 0 or field.signed)


def texts(field: LayoutField) -> tuple[Value, ...]:
    """Shorter and longer than the item, blanks at both ends; letters only, which every text item takes."""
    full = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" * 2)[: field.length]
    return (full, "Q", "", " lead", "in  side", (full + "OVERLONG")[:TEXT_LENGTH])
