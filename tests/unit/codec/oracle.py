"""Slow decoding, byte by byte and independent of the codec, for comparison with its columns."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from shared.codec import WIDE_BASE, Column, FieldSpec, Kind, Sign, Trim

PLUS, MINUS = "ACEF", "BD"


def integers(column: Column) -> list[int | None]:
    """The exact integer of every row, None for rows that are not valid."""
    values = column.values.tolist()
    exact = [row[0] * WIDE_BASE + row[1] if isinstance(row, list) else row for row in values]
    valid = [True] * len(exact) if column.valid is None else column.valid.tolist()
    return [value if good else None for value, good in zip(exact, valid, strict=True)]


def texts(column: Column) -> list[str | None]:
    """The text of every row, None for rows that are not valid."""
    assert column.lengths is not None
    valid = [True] * len(column) if column.valid is None else column.valid.tolist()
    parts = zip(column.values, column.lengths.tolist(), valid, strict=True)
    return [bytes(row[:length]).decode() if good else None for row, length, good in parts]


def text(spec: FieldSpec, raw: bytes) -> str | None:
    try:
        found = raw.decode(spec.code_page)
    except UnicodeDecodeError:
        return None
    cut = {
        Trim.NONE: str,
        Trim.LEFT: lambda s: s.lstrip(" "),
        Trim.RIGHT: lambda s: s.rstrip(" "),
        Trim.BOTH: lambda s: s.strip(" "),
    }
    return cut[spec.trim](found)


def sign_of(nibble: str, strict: bool, signed: bool) -> int | None:
    plus, minus = (("CF" if signed else "F"), "D") if strict else (PLUS, MINUS)
    if nibble in plus:
        return 1
    return -1 if signed and nibble in minus else None


def packed(spec: FieldSpec, raw: bytes) -> int | None:
    nibbles = raw.hex().upper()
    sign: int | None = 1
    if not spec.signless:
        nibbles, sign = nibbles[:-1], sign_of(nibbles[-1], spec.strict_sign, signed=True)
    if sign == -1 and spec.sign is Sign.NONE:
        return None
    if sign is None or not nibbles.isdigit() or int(nibbles) >= 10**spec.digits:
        return None
    return sign * int(nibbles)


def zoned(spec: FieldSpec, raw: bytes) -> int | None:
    """EBCDIC DISPLAY, with all positions of the sign."""
    nibbles = raw.hex().upper()
    pairs = [nibbles[place : place + 2] for place in range(0, len(nibbles), 2)]
    at = 0 if spec.sign in (Sign.LEADING, Sign.LEADING_SEPARATE) else len(pairs) - 1
    carrier = pairs.pop(at)
    if spec.sign in (Sign.LEADING_SEPARATE, Sign.TRAILING_SEPARATE):
        sign, digit = {"4E": 1, "60": -1}.get(carrier), ""
    else:
        sign, digit = sign_of(carrier[0], spec.strict_sign, spec.sign is not Sign.NONE), carrier[1]
    if sign is None or any(pair[0] != "F" for pair in pairs):
        return None
    digits = [pair[1] for pair in pairs]
    digits.insert(at, digit)
    number = "".join(digits)
    return sign * int(number) if number.isdigit() else None


def binary(spec: FieldSpec, raw: bytes) -> int | None:
    order = "little" if spec.little_endian else "big"
    value = int.from_bytes(raw, order, signed=spec.sign is not Sign.NONE)
    limit = 10**31 if spec.native_binary else 10**spec.digits
    return value if abs(value) < limit else None


NUMBERS = {Kind.PACKED: packed, Kind.DISPLAY: zoned, Kind.BINARY: binary}


def expected(spec: FieldSpec, raws: list[bytes]) -> list[int | None]:
    return [NUMBERS[spec.kind](spec, raw) for raw in raws]


def decimal_text(value: int, digits: int, scale: int) -> str:
    """The text of ``format_decimal``, by Decimal."""
    with localcontext(prec=70):
        whole = Decimal(value).scaleb(-scale)
    width = max(digits - min(scale, 0), scale) + 2
    text = f"{whole:+0{width}.{max(scale, 0)}f}"
    return text if len(text) == width else text[0] + text[2:]  # +0.5 of one place is +.5


def batch(raws: list[bytes], offset: int, record_length: int, filler: int = 0xC1) -> np.ndarray:
    """Records with each of ``raws`` at ``offset``, and filler around it."""
    records = np.full((len(raws), record_length), filler, np.uint8)
    for row, raw in enumerate(raws):
        records[row, offset : offset + len(raw)] = list(raw)
    return records
