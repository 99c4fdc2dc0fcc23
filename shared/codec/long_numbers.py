"""LONG: numbers of more than 31 digits, which a Db2 DECIMAL cannot hold, as exact decimal text: ``-123.45``.

COBOL under ARITH(EXTEND) has at most 31 digits, but other dialects have up to 38. The bytes are those of DISPLAY,
PACKED, BINARY or TEXT_NUMBER (``FieldSpec.long_encoding``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from shared.codec import binary, display, packed, text_numbers
from shared.codec.catalogue import FieldFault, bad_values
from shared.codec.columns import Bytes, Column, Ints, Mask
from shared.codec.fields import FieldSpec, Kind, Sign
from shared.codec.page_tables import code_page
from shared.codec.signs import BAD, DIGIT, NEGATIVE, nibble_table
from shared.scaled_decimals import to_scaled

_ZERO, _MINUS, _POINT, _SPACE = b"0-. "
_LIMB: Final = np.uint64(10**9)
_HALF: Final = np.uint64(32)
_LOW_HALF: Final = np.uint64(2**32 - 1)
_LIMBS: Final = 5
"""Five groups of nine digits hold 128 bits."""


class _Digits(NamedTuple):
    """Digit values, (n, digits) uint8, the most significant first; which rows are negative, and which are faulty."""

    values: Bytes
    negative: Mask
    bad: Mask


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The texts of long numbers, without leading zeros, with a point when the picture has decimal places."""
    return [_text(_READERS[spec.long_encoding](records[:, spec.offset : spec.end], spec), spec) for spec in specs]


def _display(raw: Bytes, spec: FieldSpec) -> _Digits:
    page = code_page(spec.code_page)
    start, end = (place - spec.offset for place in display.digit_range(spec))
    values = raw[:, start:end] - np.uint8(page.zone)
    codes = _translated(raw, display.sign_position(spec) - spec.offset, display.sign_bytes(spec, page))
    if not spec.sign.separate:
        values[:, 0 if spec.sign is Sign.LEADING else -1] = codes & DIGIT
    return _Digits(values, (codes & NEGATIVE) != 0, ((codes & BAD) != 0) | (values > 9).any(axis=1))


def _packed(raw: Bytes, spec: FieldSpec) -> _Digits:
    nibbles = np.empty((len(raw), 2 * spec.length), np.uint8)
    nibbles[:, ::2], nibbles[:, 1::2] = raw >> 4, raw & 0xF
    none = np.zeros(len(raw), np.bool_)
    negative, bad = none, none
    if not spec.signless:
        codes = _translated(raw, spec.length - 1, nibble_table(spec.strict_sign, spec.signed))
        negative, bad, nibbles = (codes & NEGATIVE) != 0, (codes & BAD) != 0, nibbles[:, :-1]
    spare = nibbles.shape[1] - spec.digits
    bad = bad | (nibbles > 9).any(axis=1) | (nibbles[:, :spare] != 0).any(axis=1)
    return _Digits(nibbles[:, spare:], negative, bad)


def _binary(raw: Bytes, spec: FieldSpec) -> _Digits:
    """Long division of 128 bits by 10^9."""
    wide = np.zeros((len(raw), 16), np.uint8)
    wide[:, 16 - spec.length :] = raw[:, ::-1] if spec.little_endian else raw
    negative: Mask = (wide[:, 16 - spec.length] >= 0x80) & spec.signed
    wide[:, : 16 - spec.length] = np.where(negative, np.uint8(0xFF), np.uint8(0))[:, np.newaxis]
    halves = wide.view(">u8").astype(np.uint64)
    high, low = binary.negate(halves[:, 0], halves[:, 1], negative)
    limbs = [high >> _HALF, high & _LOW_HALF, low >> _HALF, low & _LOW_HALF]
    groups = [_remainder(limbs) for _ in range(_LIMBS)]
    digits = np.concatenate([_nine(group) for group in reversed(groups)], axis=1)
    spare = digits.shape[1] - spec.value_digits
    return _Digits(digits[:, spare:], negative, (digits[:, :spare] != 0).any(axis=1))


def _text_number(raw: Bytes, spec: FieldSpec) -> _Digits:
    found = text_numbers.read(raw, spec)
    bad = found.malformed | found.lost
    return _Digits(found.digits.T, found.negative, bad if spec.signed else bad | found.negative)


def _remainder(limbs: list[np.ndarray[tuple[int], np.dtype[np.uint64]]]) -> Ints:
    """The remainders by 10^9 of numbers in limbs of 32 bits; the limbs are divided in place."""
    rest = np.zeros(len(limbs[0]), np.uint64)
    for place, limb in enumerate(limbs):
        current = rest << _HALF | limb
        limbs[place] = current // _LIMB
        rest = current - limbs[place] * _LIMB
    return rest.view(np.int64)


def _nine(group: Ints) -> Bytes:
    places = 10 ** np.arange(8, -1, -1, dtype=np.int64)
    return (group[:, np.newaxis] // places % 10).astype(np.uint8)


def _translated(raw: Bytes, place: int, table: bytes) -> Bytes:
    return np.frombuffer(raw[:, place].tobytes().translate(table), np.uint8)


_READERS: Final[dict[Kind, Callable[[Bytes, FieldSpec], _Digits]]] = {
    Kind.DISPLAY: _display,
    Kind.PACKED: _packed,
    Kind.BINARY: _binary,
    Kind.TEXT_NUMBER: _text_number,
}


def _text(found: _Digits, spec: FieldSpec) -> Column:
    chars, whole = _unsigned(found.values, spec.scale)
    negative = found.negative & (found.values != 0).any(axis=1)
    first = np.argmax(chars != _ZERO, axis=1)
    first = np.minimum(np.where((chars != _ZERO).any(axis=1), first, whole - 1), whole - 1)
    lengths = chars.shape[1] - first + negative
    places = np.arange(chars.shape[1] + 1) + (first - negative)[:, np.newaxis]
    values = np.take_along_axis(chars, np.clip(places, 0, chars.shape[1] - 1), axis=1)
    values[np.arange(values.shape[1]) >= lengths[:, np.newaxis]] = _SPACE
    values[negative, 0] = _MINUS
    return Column(values, lengths.astype(np.int32), ~found.bad if found.bad.any() else None)


def _unsigned(digits: Bytes, scale: int) -> tuple[Bytes, int]:
    """All digits as ASCII with the point, and the number of digits before it, at least one."""
    count = digits.shape[1]
    lead, trail = max(scale + 1 - count, 0), max(-scale, 0)
    whole = lead + count + trail - max(scale, 0)
    chars = np.full((len(digits), lead + count + trail), _ZERO, np.uint8)
    chars[:, lead : lead + count] = np.minimum(digits, 9) + np.uint8(_ZERO)
    return (np.insert(chars, whole, _POINT, axis=1) if scale > 0 else chars), whole


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The bytes of numbers given as text, one value at a time. Raises InputError LRD911 for one that does not fit."""
    if column.lengths is None:
        raise bad_values("LRD913", f"field {spec.name}: long numbers are encoded from text")
    texts = [row[:length].tobytes().decode() for row, length in zip(column.values, column.lengths, strict=True)]
    if spec.long_encoding is Kind.TEXT_NUMBER:
        return _text_cells(texts, spec)
    raws = [_raw(_scaled(text, spec), spec) for text in texts]
    return np.frombuffer(b"".join(raws), np.uint8).reshape(len(raws), spec.length)


def _scaled(text: str, spec: FieldSpec) -> int:
    try:
        number = to_scaled(text.strip(), spec.scale)
    except ValueError as error:
        raise _unfit(text, spec) from error
    if abs(number) >= 10**spec.digits or (number < 0 and not spec.signed):
        raise _unfit(text, spec)
    return number


def _text_cells(texts: list[str], spec: FieldSpec) -> Bytes:
    """The texts right-aligned in their cells."""
    for text in texts:
        _scaled(text, spec)  # raises when it does not fit
    width = max(map(len, texts), default=1)
    block = b"".join(text.strip().rjust(width).encode("ascii") for text in texts)
    return text_numbers.in_cells(np.frombuffer(block, np.uint8).reshape(len(texts), width), spec)


def _raw(number: int, spec: FieldSpec) -> bytes:
    digits = f"{abs(number):0{spec.digits}}"
    if spec.long_encoding is Kind.BINARY:
        return number.to_bytes(spec.length, "little" if spec.little_endian else "big", signed=spec.signed)
    if spec.long_encoding is Kind.PACKED:
        sign = "" if spec.signless else ("D" if number < 0 else "C") if spec.signed else "F"
        return bytes.fromhex((digits + sign).rjust(2 * spec.length, "0"))
    page = code_page(spec.code_page)
    plain = np.array([[int(digit) for digit in digits]], np.uint8)
    out = np.full((1, spec.length), page.zone, np.uint8)
    start, end = (place - spec.offset for place in display.digit_range(spec))
    out[:, start:end] += plain
    if spec.signed:
        place = display.sign_position(spec) - spec.offset
        at = plain[:, 0 if spec.sign.leading else -1]
        out[:, place] = display.sign_characters(at, np.array([number < 0]), spec, page)
    return out.tobytes()


def _unfit(text: str, spec: FieldSpec) -> Exception:
    message = f"field {spec.name}: {text!r} does not fit {spec.digits} digits with scale {spec.scale}, {spec.sign} sign"
    return bad_values("LRD911", message)


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """The fault that the module of the field's encoding finds."""
    return _EXPLAIN[spec.long_encoding](spec, raw)


_EXPLAIN: Final[dict[Kind, Callable[[FieldSpec, bytes], FieldFault | None]]] = {
    Kind.DISPLAY: display.explain,
    Kind.PACKED: packed.explain,
    Kind.BINARY: binary.explain,
    Kind.TEXT_NUMBER: text_numbers.explain,
}
