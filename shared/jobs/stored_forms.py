"""The bytes in which a value of the definition can be stored, for conditions on raw records. Without NumPy."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from shared.codec import FieldSpec, Form, Kind, Sign, charset
from shared.codec.signs import ascii_signs, ebcdic_signs, packed_signs
from shared.codec.single_byte_pages import characters
from shared.errors import JobError
from shared.jobs.plan_rules import scaled

Value = str | int | Decimal

_HEX: Final = re.compile(r"[Xx]'((?:[0-9A-Fa-f]{2})+)'")
_EBCDIC_SPACE: Final = 0x40


def stored_forms(spec: FieldSpec, value: Value) -> frozenset[bytes]:
    """All contents of the field that decode to ``value``; ``X'F1F2'`` stands for exactly these bytes.

    A number has a form for each of its possible signs. JobError LRJ072 when the field cannot hold the value, or is of a
    kind that can only be compared by its bytes; LRJ042 or LRJ043 for a value that is not a number of the field's scale.
    """
    match = _HEX.fullmatch(value) if isinstance(value, str) else None
    if match:
        return frozenset({_fitting(spec, value, bytes.fromhex(match[1]))})
    if spec.kind is Kind.TEXT:
        return frozenset({_text(spec, str(value))})
    if spec.kind not in _NUMBERS:
        raise _cannot(spec, value, "a field of this kind can only be compared by its bytes, X'…'")
    number = scaled(value, spec)
    if abs(number) >= 10**spec.value_digits or (number < 0 and not spec.signed):
        raise _cannot(spec, value, f"it has {spec.value_digits} digits{' and a sign' if spec.signed else ''}")
    return frozenset(_NUMBERS[spec.kind](spec, number))


def space_of(code_page: str) -> int:
    """The byte of a space in a code page."""
    text = characters(code_page)
    return _EBCDIC_SPACE if text[_EBCDIC_SPACE] == " " else text.index(" ")


def zone_of(code_page: str) -> int:
    """The byte of the digit 0 in a code page: X'F0' in EBCDIC, X'30' in ASCII."""
    return characters(code_page).index("0")


def _fitting(spec: FieldSpec, value: Value, raw: bytes) -> bytes:
    if len(raw) != spec.length:
        raise _cannot(spec, value, f"it has {spec.length} bytes")
    return raw


def _text(spec: FieldSpec, value: str) -> bytes:
    page = charset(spec.code_page)
    try:
        raw = value.encode(page.name) if page.form in (Form.UTF8, Form.UTF16) else _single(spec.code_page, value)
        space = " ".encode(page.name) if page.form is Form.UTF16 else bytes((space_of(spec.code_page),))
    except (UnicodeEncodeError, ValueError) as error:
        raise _cannot(spec, value, f"{spec.code_page} does not have its characters; write the bytes, X'…'") from error
    if len(raw) > spec.length or page.form is Form.DOUBLE:
        raise _cannot(spec, value, f"it has {spec.length} bytes of {spec.code_page}")
    return raw + space * ((spec.length - len(raw)) // len(space))


def _single(code_page: str, value: str) -> bytes:
    """The lowest byte of each character, and ``space_of`` for a space; ValueError for a character without a byte."""
    text = characters(code_page)
    if "\ufffd" in value:
        raise ValueError(value)
    return bytes(space_of(code_page) if char == " " else text.index(char) for char in value)


def _display(spec: FieldSpec, number: int) -> set[bytes]:
    zone = zone_of(spec.code_page)
    digits = bytes(zone + int(digit) for digit in f"{abs(number):0{spec.digits}}")
    if spec.sign.separate:
        text = characters(spec.code_page)
        signs = [bytes((text.index(sign),)) for sign in _signs(number)]
        return {sign + digits if spec.sign is Sign.LEADING_SEPARATE else digits + sign for sign in signs}
    entries = (ebcdic_signs if zone == 0xF0 else ascii_signs)(spec.strict_sign, spec.signed)
    place = 0 if spec.sign is Sign.LEADING else spec.digits - 1
    last = digits[place] - zone
    bytes_ = [byte for byte, digit, negative in entries if digit == last and (number == 0 or negative == (number < 0))]
    return {digits[:place] + bytes((byte,)) + digits[place + 1 :] for byte in bytes_}


def _signs(number: int) -> str:
    return "+-" if number == 0 else "-" if number < 0 else "+"


def _packed(spec: FieldSpec, number: int) -> set[bytes]:
    if spec.signless:
        return {bytes.fromhex(f"{number:0{2 * spec.length}}")}
    digits = f"{abs(number):0{2 * spec.length - 1}}"
    signs = packed_signs(spec.strict_sign, spec.signed)
    return {
        bytes.fromhex(f"{digits}{nibble:X}")
        for nibble, negative in signs
        if number == 0 or negative == (number < 0)
    }  # fmt: skip


def _binary(spec: FieldSpec, number: int) -> set[bytes]:
    try:
        return {number.to_bytes(spec.length, "little" if spec.little_endian else "big", signed=spec.signed)}
    except OverflowError as error:
        raise _cannot(spec, number, f"it has {spec.length} bytes") from error


_NUMBERS: Final = {Kind.DISPLAY: _display, Kind.PACKED: _packed, Kind.BINARY: _binary}


def _cannot(spec: FieldSpec, value: Value, why: str) -> JobError:
    message = f"{spec.name} cannot hold {value!r}"
    return JobError("LRJ072", f"{message}: {why}", remedy="Correct the value, or the name of the field.", key=spec.name)
