"""DISPLAY: one digit per byte; without a sign, with an overpunched one (zoned), or with a separate one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared.codec.catalogue import FieldFault
from shared.codec.columns import Bytes, Column, Ints, Mask, Words
from shared.codec.fields import NARROW_DIGITS, FieldSpec, Sign
from shared.codec.numbers import checked_magnitudes, digit_bytes, pair, sign_codes, signed_numbers
from shared.codec.page_tables import CodePage, code_page
from shared.codec.signs import ASCII_MINUS, ASCII_PLUS, BAD, DIGIT, overpunch_table, sign_table
from shared.codec.swar import (
    WORD,
    any_set,
    join_digit_bytes,
    keep_bytes,
    load_little,
    not_digit_bytes,
    repeat,
)


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The scaled integers of DISPLAY fields that share a code page."""
    page = code_page(specs[0].code_page)
    return [
        _with_padded(_decode(records, spec, page), records, spec, page) if spec.padded else _decode(records, spec, page)
        for spec in specs
    ]


def _with_padded(column: Column, records: Bytes, spec: FieldSpec, page: CodePage) -> Column:
    """The column after a second attempt at rows that are not valid, with the padding around their digits removed."""
    if column.valid is None or spec.sign is Sign.LEADING:
        return column
    rows = np.flatnonzero(~column.valid)
    filled = [_filled(records[row, spec.offset : spec.end].tobytes(), spec, page) for row in rows]
    place = replace(spec, offset=0)
    block = np.zeros((len(rows), max(spec.length, WORD)), np.uint8)
    block[:, : spec.length] = np.frombuffer(b"".join(filled), np.uint8).reshape(len(rows), spec.length)
    again = _decode(block, place, page)
    valid = column.valid.copy()
    valid[rows] = True if again.valid is None else again.valid
    column.values[rows] = again.values
    return Column(column.values, valid=None if valid.all() else valid)


def _filled(raw: bytes, spec: FieldSpec, page: CodePage) -> bytes:
    """The digits right-aligned with leading zeros; unchanged when there are no digits."""
    found = raw.strip(bytes((page.space, 0)))
    sign = found[:1] if spec.sign is Sign.LEADING_SEPARATE else b""
    digits = found[len(sign) :]
    if len(digits) <= (spec.sign is Sign.TRAILING_SEPARATE):
        return raw
    return sign + digits.rjust(spec.length - len(sign), bytes((page.zone,)))


def _decode(records: Bytes, spec: FieldSpec, page: CodePage) -> Column:
    if spec.signed:
        return _decode_signed(records, spec, page)
    values, bad = _digits(records, spec, page, skip=-1)
    if not any_set(bad):
        return Column(values)
    # An unsigned picture may have a plus over its last digit. That is rare, so it costs a second pass only then.
    return _decode_signed(records, spec, page)


def _decode_signed(records: Bytes, spec: FieldSpec, page: CodePage) -> Column:
    position = sign_position(spec)
    values, bad = _digits(records, spec, page, skip=position)
    codes = sign_codes(records, position, sign_bytes(spec, page))
    if not spec.sign.separate:
        _add_digit(values, codes, spec)
    return signed_numbers(values, codes, bad != 0 if any_set(bad) else None)


def sign_position(spec: FieldSpec) -> int:
    """The offset in the record of the byte that has, or could have, the sign."""
    return spec.offset if spec.sign.leading else spec.end - 1


def digit_range(spec: FieldSpec) -> tuple[int, int]:
    """The start and end offsets in the record of the digits, without a separate sign."""
    leading = spec.sign is Sign.LEADING_SEPARATE
    start = spec.offset + leading
    return start, start + spec.digits


def _digits(records: Bytes, spec: FieldSpec, page: CodePage, skip: int) -> tuple[Ints, Words]:
    """The numbers, with 0 for the digit at ``skip``, and the faults: words that are not zero."""
    start, end = digit_range(spec)
    low, bad = _join(records, max(start, end - NARROW_DIGITS), end, page, skip)
    if not spec.wide:
        return low.view(np.int64), bad
    high, bad_high = _join(records, start, end - NARROW_DIGITS, page, skip)
    return pair(high, low), bad | bad_high


def _join(records: Bytes, start: int, end: int, page: CodePage, skip: int) -> tuple[Words, Words]:
    """The number in the bytes [start, end) of the record, at most 18 of them, and the faults."""
    first = end - (end - start - 1) // WORD * WORD
    total, bad = _word(records, start, first, page, skip)
    for stop in range(first + WORD, end + 1, WORD):
        words, more = _word(records, stop - WORD, stop, page, skip)
        total *= np.uint64(10**WORD)
        total += words
        bad |= more
    return total, bad


def _word(records: Bytes, start: int, end: int, page: CodePage, skip: int) -> tuple[Words, Words]:
    words = load_little(records, end)
    words ^= repeat(page.zone)
    if end - start < WORD or start <= skip < end:
        words &= keep_bytes(start, end, skip)
    bad = not_digit_bytes(words)
    return join_digit_bytes(words), bad


def _add_digit(values: Ints, codes: Bytes, spec: FieldSpec) -> None:
    digit = (codes & DIGIT).astype(np.int64)
    power = spec.digits - 1 if spec.sign.leading else 0
    column = values if values.ndim == 1 else values[:, 0 if power >= NARROW_DIGITS else 1]
    column += digit * 10 ** (power % NARROW_DIGITS)


def sign_bytes(spec: FieldSpec, page: CodePage) -> bytes:
    """The table that translates the sign byte, see ``signs``."""
    if spec.sign.separate:
        return sign_table([(page.plus, 0, False), (page.minus, 0, True)])
    return overpunch_table(spec.strict_sign, spec.signed, page.ebcdic)


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """The first byte that does not match the picture."""
    page = code_page(spec.code_page)
    table = sign_bytes(spec, page)
    sign_at = sign_position(spec) - spec.offset
    for position, byte in enumerate(raw):
        if position == sign_at:
            if table[byte] & BAD:
                return _sign_fault(spec, page, byte, position)
        elif not page.zone <= byte <= page.zone + 9:
            return FieldFault("LRD003", f"X'{byte:02X}' is not a digit", position)
    return None


def _sign_fault(spec: FieldSpec, page: CodePage, byte: int, position: int) -> FieldFault:
    if spec.sign.separate:
        return FieldFault("LRD005", f"X'{byte:02X}' is neither + nor -", position)
    if page.ebcdic and byte & DIGIT > 9:
        return FieldFault("LRD003", f"X'{byte:02X}' is not a digit, with or without a sign", position)
    return FieldFault("LRD004", f"X'{byte:02X}' is not a digit with an allowed sign", position)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The digits with the signs that compilers write: in EBCDIC C for plus, D for minus, F for an unsigned picture."""
    page = code_page(spec.code_page)
    high, low, negative = checked_magnitudes(column, spec)
    out = np.empty((len(column), spec.length), np.uint8)
    start, end = (place - spec.offset for place in digit_range(spec))
    out[:, start:end] = digit_bytes(high, low, spec.digits) + np.uint8(page.zone)
    if spec.signed:
        place = sign_position(spec) - spec.offset
        out[:, place] = sign_characters(out[:, place] & np.uint8(DIGIT), negative, spec, page)
    return out


def sign_characters(digits: Bytes, negative: Mask, spec: FieldSpec, page: CodePage) -> Bytes:
    """The bytes of digits (values 0 to 9) with an overpunched sign, or the bytes of the separate sign."""
    if spec.sign.separate:
        plus, minus = np.full(10, page.plus, np.uint8), np.full(10, page.minus, np.uint8)
        digits = np.zeros_like(digits)
    elif page.ebcdic:
        plus, minus = np.arange(0xC0, 0xCA, dtype=np.uint8), np.arange(0xD0, 0xDA, dtype=np.uint8)
    else:
        plus, minus = np.frombuffer(ASCII_PLUS, np.uint8), np.frombuffer(ASCII_MINUS, np.uint8)
    return np.where(negative, minus[digits], plus[digits])
