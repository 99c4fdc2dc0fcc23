"""Floating-point numbers held as text, in the values of delimited files: ``-1.5E+3``, ``0.25``.

The value is Python's ``float`` of the text. Infinities, NaN and underscores are not allowed.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

import numpy as np

from shared.codec.catalogue import FieldFault, bad_values
from shared.codec.columns import Bytes, Column
from shared.codec.fields import FieldSpec
from shared.codec.page_tables import code_page

_NUMBER: Final = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)? *")


def decode(raw: Bytes, spec: FieldSpec) -> Column:
    """float64 of each cell, one value at a time, because few items are of this kind."""
    values = [_value(row.tobytes(), spec) for row in raw]
    valid = np.array([value is not None for value in values], np.bool_)
    return Column(np.array([value or 0.0 for value in values], np.float64), valid=None if valid.all() else valid)


def _value(raw: bytes, spec: FieldSpec) -> float | None:
    text = _text(raw, spec)
    if spec.decimal_comma:
        text = text.replace(".", "?").replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _text(raw: bytes, spec: FieldSpec) -> str:
    points = code_page(spec.code_page).code_points
    return "".join(chr(points[byte]) for byte in raw)


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """Says that the text is not a finite number."""
    if _value(raw, spec) is not None:
        return None
    return FieldFault("LRD013", f"{_text(raw, spec).strip()!r} is not a finite number", 0)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """Left-aligned text that decodes to the same float64: Python's ``repr``, or a shorter form in a narrow cell.

    A value that was decoded from a cell fits into it again. Raises InputError LRD911 for values that are not finite or
    are too long for the cell.
    """
    page = code_page(spec.code_page)
    out = np.full((len(column), spec.length), page.space, np.uint8)
    for row, value in enumerate(column.values.tolist()):
        text = _fitting(value, spec.length)
        if text is None:
            message = f"field {spec.name}: {value} (row {row}) is not finite or does not fit {spec.length} characters"
            raise bad_values("LRD911", message, row=row, value=value)
        text = text.replace(".", "," if spec.decimal_comma else ".")
        out[row, : len(text)] = page.from_code_point[[ord(char) for char in text]]
    return out


def _fitting(value: float, length: int) -> str | None:
    """The first text of a finite number that has at most ``length`` characters; None when there is none."""
    if not math.isfinite(value):
        return None
    return next((text for text in (repr(value), _bare(value), _scientific(value)) if len(text) <= length), None)


def _bare(value: float) -> str:
    """Text without an exponent and without zeros that can be left out: ``5``, ``-.25``."""
    shown = f"{Decimal(repr(abs(value))).normalize():f}"
    return _minus(value) + (shown.lstrip("0") if "." in shown else shown)


def _scientific(value: float) -> str:
    """A whole number and an exponent, ``15E7``: a decimal point would never make it shorter."""
    _, digits, exponent = Decimal(repr(abs(value))).normalize().as_tuple()
    return f"{_minus(value)}{''.join(map(str, digits))}E{exponent}"


def _minus(value: float) -> str:
    return "-" if math.copysign(1, value) < 0 else ""
