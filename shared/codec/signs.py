"""Sign bytes of zoned numbers and sign nibbles of packed ones: which are allowed, and the tables that translate them.

Without NumPy, because processes that never decode check definitions with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

LENIENT_PLUS: Final = frozenset({0xA, 0xC, 0xE, 0xF})
LENIENT_MINUS: Final = frozenset({0xB, 0xD})

# In ASCII files the sign is the translated EBCDIC character. Micro Focus and GnuCOBOL set bit X'40' in a negative digit
# instead.
ASCII_PLUS: Final = b"{ABCDEFGHI"
ASCII_MINUS: Final = b"}JKLMNOPQR"
ASCII_MINUS_MICRO_FOCUS: Final = b"pqrstuvwxy"

NEGATIVE: Final = 0x80
BAD: Final = 0x40
DIGIT: Final = 0x0F
"""A translated sign byte has these flags and, in the mask DIGIT, its digit."""


def allowed_signs(strict: bool, signed: bool) -> tuple[frozenset[int], frozenset[int]]:
    """The sign nibbles that mean plus and minus (z/Architecture Principles of Operation, chapter 8).

    Lenient: A, C, E, F and B, D. Strict: C, F and D; for an unsigned DISPLAY picture only F. An unsigned picture never
    allows a minus, because the value would silently lose its sign.
    """
    if strict:
        plus, minus = frozenset({0xC, 0xF}) if signed else frozenset({0xF}), frozenset({0xD})
    else:
        plus, minus = LENIENT_PLUS, LENIENT_MINUS
    return plus, minus if signed else frozenset()


def ebcdic_signs(strict: bool, signed: bool) -> set[tuple[int, int, bool]]:
    """The bytes of an EBCDIC digit with an overpunched sign: (byte, digit, negative)."""
    plus, minus = allowed_signs(strict, signed)
    return {(zone << 4 | digit, digit, zone in minus) for zone in plus | minus for digit in range(10)}


def ascii_signs(strict: bool, signed: bool) -> set[tuple[int, int, bool]]:
    """The bytes of an ASCII digit with a sign: (byte, digit, negative)."""
    entries = {(0x30 + digit, digit, False) for digit in range(10)}
    if signed or not strict:
        entries |= {(byte, digit, False) for digit, byte in enumerate(ASCII_PLUS)}
    if signed:
        minus = (ASCII_MINUS, ASCII_MINUS_MICRO_FOCUS)
        entries |= {(byte, digit, True) for chars in minus for digit, byte in enumerate(chars)}
    return entries


def packed_signs(strict: bool, signed: bool) -> set[tuple[int, bool]]:
    """The sign nibbles of a packed number: (nibble, negative).

    An unsigned picture allows a plus, because ZAP and AP leave C in every packed number.
    """
    (plus, _), (_, minus) = allowed_signs(strict, signed=True), allowed_signs(strict, signed)
    return {(nibble, nibble in minus) for nibble in plus | minus}


def sign_table(entries: Iterable[tuple[int, int, bool]]) -> bytes:
    """The ``bytes.translate`` table of (byte, digit, negative) entries; all other bytes become BAD."""
    table = bytearray([BAD]) * 256
    for byte, digit, negative in entries:
        table[byte] = digit | (NEGATIVE if negative else 0)
    return bytes(table)


@cache
def overpunch_table(strict: bool, signed: bool, ebcdic: bool) -> bytes:
    """The table for the byte of a zoned number that has the sign."""
    return sign_table(ebcdic_signs(strict, signed) if ebcdic else ascii_signs(strict, signed))


@cache
def nibble_table(strict: bool, signed: bool) -> bytes:
    """The table for the last byte of a packed number. It ignores the byte's digit, which is checked elsewhere."""
    signs = packed_signs(strict, signed)
    return sign_table((high << 4 | nibble, 0, negative) for high in range(16) for nibble, negative in signs)
