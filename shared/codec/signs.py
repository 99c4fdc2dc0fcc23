"""Signs of zoned and packed numbers. Without NumPy: definitions are checked by processes that never decode."""

from __future__ import annotations

from typing import Final

LENIENT_PLUS: Final = frozenset({0xA, 0xC, 0xE, 0xF})
LENIENT_MINUS: Final = frozenset({0xB, 0xD})

# ASCII files carry the sign as the translated EBCDIC character, or, from Micro Focus and GnuCOBOL, with bit
# X'40' set over a negative digit.
ASCII_PLUS: Final = b"{ABCDEFGHI"
ASCII_MINUS: Final = b"}JKLMNOPQR"
ASCII_MINUS_MICRO_FOCUS: Final = b"pqrstuvwxy"


def allowed_signs(strict: bool, signed: bool) -> tuple[frozenset[int], frozenset[int]]:
    """The sign nibbles that mean plus and minus (z/Architecture Principles of Operation, chapter 8).

    Lenient: A, C, E, F and B, D. Strict: C, F and D, and F alone for an unsigned picture of DISPLAY. An unsigned
    picture never takes a minus: the value would lose its sign without a word.
    """
    if strict:
        plus, minus = frozenset({0xC, 0xF}) if signed else frozenset({0xF}), frozenset({0xD})
    else:
        plus, minus = LENIENT_PLUS, LENIENT_MINUS
    return plus, minus if signed else frozenset()


def ebcdic_signs(strict: bool, signed: bool) -> set[tuple[int, int, bool]]:
    """The bytes of an EBCDIC digit with a sign over it: (byte, digit, negative)."""
    plus, minus = allowed_signs(strict, signed)
    return {(zone << 4 | digit, digit, zone in minus) for zone in plus | minus for digit in range(10)}


def ascii_signs(strict: bool, signed: bool) -> set[tuple[int, int, bool]]:
    """The same of an ASCII digit."""
    entries = {(0x30 + digit, digit, False) for digit in range(10)}
    if signed or not strict:
        entries |= {(byte, digit, False) for digit, byte in enumerate(ASCII_PLUS)}
    if signed:
        minus = (ASCII_MINUS, ASCII_MINUS_MICRO_FOCUS)
        entries |= {(byte, digit, True) for chars in minus for digit, byte in enumerate(chars)}
    return entries


def packed_signs(strict: bool, signed: bool) -> set[tuple[int, bool]]:
    """The sign nibbles of a packed number: (nibble, negative).

    A plus says nothing that an unsigned picture denies, and ZAP and AP leave C in every packed number.
    """
    (plus, _), (_, minus) = allowed_signs(strict, signed=True), allowed_signs(strict, signed)
    return {(nibble, nibble in minus) for nibble in plus | minus}
