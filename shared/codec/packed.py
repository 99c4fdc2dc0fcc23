"""PACKED: two digits per byte; the last nibble is a sign (COMP-3) or a digit (COMP-6)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.codec.catalogue import FieldFault
from shared.codec.columns import Bytes, Column, Ints, Words
from shared.codec.fields import NARROW_DIGITS, FieldSpec
from shared.codec.numbers import checked_magnitudes, digit_bytes, numbers, pair, sign_codes, signed_numbers
from shared.codec.signs import BAD, nibble_table
from shared.codec.swar import WORD, any_set, join_digit_nibbles, load_big, not_digit_nibbles

_CHUNK = 15
"""Nibbles in a word: one less than possible, because the digit check needs space for a carry."""


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The scaled integers of COMP-3 and COMP-6 fields."""
    return [_decode(records, spec) for spec in specs]


def _decode(records: Bytes, spec: FieldSpec) -> Column:
    values, bad = _values(records, spec)
    wrong = bad != 0 if any_set(bad) else None
    if spec.signless:
        return numbers(values, wrong)
    codes = sign_codes(records, spec.end - 1, nibble_table(spec.strict_sign, spec.signed))
    return signed_numbers(values, codes, wrong)


def _values(records: Bytes, spec: FieldSpec) -> tuple[Ints, Words]:
    """The numbers without their signs, and the faults: words that are not zero."""
    nibbles = 2 * spec.length - (not spec.signless)
    low, bad = _join(records, spec, max(nibbles - NARROW_DIGITS, 0), nibbles)
    if nibbles > spec.digits:
        bad |= _nibbles(records, spec, 0, 1)
    if not spec.wide:
        return low.view(np.int64), bad
    high, bad_high = _join(records, spec, 0, nibbles - NARROW_DIGITS)
    return pair(high, low), bad | bad_high


def _join(records: Bytes, spec: FieldSpec, start: int, end: int) -> tuple[Words, Words]:
    """The number in the nibbles [start, end) of the field, at most 18 of them, and the faults."""
    first = max(start, end - _CHUNK)
    words = _nibbles(records, spec, first, end)
    bad = not_digit_nibbles(words)
    total = join_digit_nibbles(words, end - first)
    if first > start:
        upper = _nibbles(records, spec, start, first)
        bad |= not_digit_nibbles(upper)
        total += join_digit_nibbles(upper, first - start) * np.uint64(10**_CHUNK)
    return total, bad


def _nibbles(records: Bytes, spec: FieldSpec, start: int, end: int) -> Words:
    """The nibbles [start, end) of the field, at most 15, in the low-order part of a word."""
    stop = spec.offset + (end + 1) // 2
    words = load_big(records, max(spec.offset + start // 2, stop - WORD), stop)
    if end % 2:
        words >>= np.uint64(4)
    if (end - start) != 2 * WORD and start % 2:
        words &= np.uint64(16 ** (end - start) - 1)
    return words


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The digits with sign C or D, with F for an unsigned picture, and without a sign for COMP-6."""
    high, low, negative = checked_magnitudes(column, spec)
    nibbles = np.zeros((len(column), 2 * spec.length), np.uint8)
    end = 2 * spec.length - (not spec.signless)
    nibbles[:, end - spec.digits : end] = digit_bytes(high, low, spec.digits)
    if not spec.signless:
        nibbles[:, end] = np.where(negative, 0xD, 0xC) if spec.signed else 0xF
    packed: Bytes = (nibbles[:, ::2] << np.uint8(4)) | nibbles[:, 1::2]
    return packed


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """The first nibble that does not match the picture."""
    text = raw.hex().upper()
    digits = text if spec.signless else text[:-1]
    for place, char in enumerate(digits):
        if char > "9":
            return FieldFault("LRD001", f"nibble {char} of X'{text}' is not a digit", place // 2)
    if not spec.signless and nibble_table(spec.strict_sign, spec.signed)[raw[-1]] & BAD:
        return FieldFault("LRD002", f"nibble {text[-1]} of X'{text}' is not an allowed sign", len(raw) - 1)
    if len(digits) > spec.digits and digits[0] != "0":
        return FieldFault("LRD007", f"X'{text}' has more than {spec.digits} digits", 0)
    return None
