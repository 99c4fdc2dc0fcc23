"""TEXT_NUMBER: numbers held as text, in the values of delimited files: ``-1234.5``, ``1234,50-``, ``  +7 ``, ``.5``.

A sign can stand before or after the digits, and spaces around the number. A picture without a sign allows a plus. The
picture must hold the number exactly; leading zeros and zeros at the end of the decimal places do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import FieldFault, bad_values
from shared.codec.columns import Bytes, Column, Ints, Mask
from shared.codec.decimals import format_decimal
from shared.codec.fields import NARROW_DIGITS, FieldSpec
from shared.codec.numbers import checked_magnitudes, numbers, pair
from shared.codec.page_tables import CodePage, code_page

_ASCII: Final = b"+-.0"


class TextDigits(NamedTuple):
    """The digits of n numbers in the positions of the picture: (digits, n) uint8, the most significant row first.

    ``lost``: the number has digits for which the picture has no position. ``malformed``: the text is not a number.
    """

    digits: Bytes
    negative: Mask
    malformed: Mask
    lost: Mask


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The scaled integers of fields that share a code page."""
    return [_decode(records[:, spec.offset : spec.end], spec) for spec in specs]


def _decode(raw: Bytes, spec: FieldSpec) -> Column:
    found = read(raw, spec)
    values = _number(found.digits[-NARROW_DIGITS:])
    if spec.wide:
        values = pair(_number(found.digits[:-NARROW_DIGITS]).view(np.uint64), values.view(np.uint64))
    if found.negative.any():
        signs = np.where(found.negative, -1, 1)
        values *= signs if values.ndim == 1 else signs[:, np.newaxis]
    return numbers(values, _bad(found, spec))


def _bad(found: TextDigits, spec: FieldSpec) -> Mask:
    bad: Mask = found.malformed | found.lost
    return bad if spec.signed else bad | found.negative


def _number(digits: Bytes) -> Ints:
    """The numbers of at most 18 rows of digits. Pairs, fours and eights are joined in the smallest integer types."""
    count, width = digits.shape
    rows = np.zeros((-(-count // 8) * 8, width), np.uint8)
    rows[len(rows) - count :] = digits
    pairs = rows[::2] * np.uint8(10) + rows[1::2]
    fours = pairs[::2].astype(np.uint16) * np.uint16(100) + pairs[1::2]
    total: Ints = np.zeros(width, np.int64)
    for eight in fours[::2].astype(np.uint32) * np.uint32(10_000) + fours[1::2]:
        total *= 10**8
        total += eight
    return total


def read(raw: Bytes, spec: FieldSpec) -> TextDigits:
    """The numbers in ``raw``, (n, length) uint8. Works on one character position at a time, because there are few."""
    page = code_page(spec.code_page)
    cells = np.ascontiguousarray(raw.T)
    values = cells - np.uint8(page.zone)
    is_digit = values < 10
    values *= is_digit
    is_point = cells == _byte(page, "," if spec.decimal_comma else ".")
    is_minus = cells == page.minus
    malformed = _malformed(cells != page.space, is_digit, is_point, is_minus | (cells == page.plus))
    places = np.arange(1, len(cells) + 1, dtype=np.uint16)[:, np.newaxis]
    point = (is_point * places).max(axis=0, initial=0)
    units = np.where(point, point - 1, (is_digit * places).max(axis=0, initial=0))
    digits = _placed(values, units, spec)
    lost = _count(values != 0) != _count(digits != 0)
    return TextDigits(digits, is_minus.any(axis=0), malformed, lost)


def _malformed(filled: Mask, is_digit: Mask, is_point: Mask, is_sign: Mask) -> Mask:
    """(n,) rows with inner spaces, inner signs, several signs or points, other characters, or no digit."""
    known = _count(is_digit) + _count(is_point) + _count(is_sign)
    wrong: Mask = (known != _count(filled)) | ~is_digit.any(axis=0)
    wrong |= (_count(is_sign) > 1) | (_count(is_point) > 1)
    wrong |= (is_sign[1:-1] & filled[:-2] & filled[2:]).any(axis=0)
    edges = _count(filled[1:] != filled[:-1]) + filled[0] + filled[-1]
    wrong |= edges > 2
    return wrong


def _count(marked: Mask) -> NDArray[np.uint16]:
    counts: NDArray[np.uint16] = np.add.reduce(marked, axis=0, dtype=np.uint16)
    return counts


def _placed(values: Bytes, units: NDArray[np.uint16], spec: FieldSpec) -> Bytes:
    """The digits in the positions of the picture.

    Numbers whose units digit is at the same character are placed together. Most are, because cells are right-aligned.
    """
    out = np.zeros((spec.digits, values.shape[1]), np.uint8)
    ends = np.flatnonzero(np.bincount(units)).tolist()
    for end in ends:
        rows = units == end if len(ends) > 1 else True
        for place in range(spec.digits):
            power = spec.digits - 1 - place - spec.scale
            at = end - 1 - power if power >= 0 else end - power
            if 0 <= at < len(values):
                np.copyto(out[place], values[at], where=rows)
    return out


def _byte(page: CodePage, character: str) -> int:
    return int(page.from_code_point[ord(character)])


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """What is wrong with the text as a whole, at position 0."""
    found = read(np.frombuffer(raw, np.uint8).reshape(1, -1), spec)
    points = code_page(spec.code_page).code_points
    text = "".join(chr(points[byte]) for byte in raw).strip()
    if found.malformed[0]:
        return FieldFault("LRD013", f"{text!r} is not a number", 0)
    if found.lost[0]:
        whole, scale = max(spec.digits - spec.scale, 0), spec.scale
        message = f"{text!r} has more than {whole} digits before or {scale} after the decimal point"
        return FieldFault("LRD014", message, 0)
    if found.negative[0] and not spec.signed:
        return FieldFault("LRD014", f"{text!r} is negative, but the picture has no sign", 0)
    return None


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The numbers without leading zeros, right-aligned. Raises InputError LRD911 for a number that does not fit."""
    _, _, negative = checked_magnitudes(column, spec)
    text = format_decimal(column.values, spec.digits, spec.scale)
    if text.shape[1] == spec.scale + 2:
        text = np.insert(text, 1, _ASCII[3], axis=1)  # people expect a digit before the point
    whole = text.shape[1] - (spec.scale + 1 if spec.scale > 0 else 0)  # columns up to the units
    shown = text != _ASCII[3]
    shown[:, 0] = False
    shown[:, whole - 1 :] = True
    first = np.argmax(shown, axis=1)
    text[np.arange(text.shape[1]) < first[:, np.newaxis]] = 0x20
    rows = np.flatnonzero(negative)
    text[rows, first[rows] - 1] = _ASCII[1]
    return in_cells(text, spec)


def in_cells(text: Bytes, spec: FieldSpec) -> Bytes:
    """(n, length) in the code page of right-aligned ASCII numbers, (n, w); LRD911 when one is longer than its cell."""
    page = code_page(spec.code_page)
    spare = text.shape[1] - spec.length
    if spare > 0 and (text[:, :spare] != 0x20).any():
        raise bad_values("LRD911", f"field {spec.name}: a number does not fit {spec.length} characters")
    out = np.full((len(text), spec.length), page.space, np.uint8)
    width = min(text.shape[1], spec.length)
    out[:, spec.length - width :] = _in_page(page, spec.decimal_comma)[text[:, text.shape[1] - width :]]
    return out


@lru_cache(maxsize=16)
def _in_page(page: CodePage, comma: bool) -> Bytes:
    table = page.from_code_point[:128].astype(np.uint8)
    if comma:
        table[ord(".")] = table[ord(",")]
    return table
