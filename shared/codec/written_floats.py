"""Floating-point numbers as people write them, in the cells of delimited rows: ``-1.5E+3``, ``0.25``.

They are Python's ``float`` of the text, without infinities, NaN and underscores.
"""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np

from shared.codec.catalogue import Fault, bad_values
from shared.codec.code_pages import code_page
from shared.codec.columns import Bytes, Column
from shared.codec.fields import FieldSpec

_NUMBER: Final = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)? *")


def decode(raw: Bytes, spec: FieldSpec) -> Column:
    """float64 of each cell, a value at a time: such items are few."""
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


def explain(spec: FieldSpec, raw: bytes) -> Fault | None:
    """What no finite number is."""
    if _value(raw, spec) is not None:
        return None
    return Fault("LRD013", f"{_text(raw, spec).strip()!r} is no finite number", 0)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The shortest text that reads as the same float64, at the left; LRD911 for what is not finite or too long."""
    space = code_page(spec.code_page).space
    out = np.full((len(column), spec.length), space, np.uint8)
    for row, value in enumerate(column.values.tolist()):
        text = repr(value).replace(".", "," if spec.decimal_comma else ".")
        if not math.isfinite(value) or len(text) > spec.length:
            raise bad_values("LRD911", f"field {spec.name}: row {row} is {value}", row=row, value=value)
        codes = code_page(spec.code_page).from_code_point[[ord(char) for char in text]]
        out[row, : len(text)] = codes
    return out
