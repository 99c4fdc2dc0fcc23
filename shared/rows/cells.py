"""Values as people write them, as the columns that the codec encodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from shared.codec import WIDE_BASE, Column, DateForm, FieldSpec, Kind, encode
from shared.codec.columns import Bytes
from shared.errors import InputError
from shared.rows.flattening import RowFault

_ISO_LENGTH = 10


def encoded(spec: FieldSpec, value: Any, date_form: DateForm | None = None) -> bytes:
    """The bytes of one value; RowFault says why there are none."""
    try:
        return encode(_column(spec, [_plain(spec, value, date_form)]), spec).tobytes()
    except InputError as error:
        raise RowFault(spec.name, f"{value!r} does not fit ({error.code}: {_why(spec)})") from error


def encoded_column(spec: FieldSpec, values: Sequence[Any], date_form: DateForm | None) -> Bytes | None:
    """(n, length) uint8 of many values; None when one of them has no bytes."""
    try:
        return encode(_column(spec, [_plain(spec, value, date_form) for value in values]), spec)
    except (InputError, RowFault):
        return None


def empty(spec: FieldSpec) -> bytes:
    """What stands in a field that nobody gives a value: zero in a number, as INITIALIZE writes it, else spaces."""
    if spec.is_number or spec.kind in (Kind.FLOAT, Kind.LONG):
        return encoded(spec, 0)
    return bytes(spec.length) if spec.kind is Kind.RAW else encoded(spec, "")


def null(spec: FieldSpec) -> bytes | None:
    """The filling that means "no value"; None where the field knows none."""
    if not spec.null_when:
        return None
    column = _column(spec, [0 if spec.is_number or spec.kind is Kind.FLOAT else b""])
    nulls = np.ones(1, np.bool_)
    return encode(Column(column.values, column.lengths, null=nulls), spec).tobytes()


def _why(spec: FieldSpec) -> str:
    if spec.is_number or spec.kind is Kind.LONG:
        return f"{spec.digits} digits with scale {spec.scale}, {'signed' if spec.signed else 'unsigned'}"
    return f"{spec.length} bytes of {spec.code_page}" if spec.kind is Kind.TEXT else f"{spec.length} bytes"


def _plain(spec: FieldSpec, value: Any, date_form: DateForm | None) -> Any:
    """The value as the codec's columns hold it: a scaled integer, a float, or bytes."""
    if isinstance(value, bool):
        raise RowFault(spec.name, f"{value!r} is neither text nor a number")
    if date_form is not None and isinstance(value, str):
        value = _written_date(value, date_form)
    if spec.is_number:
        return _scaled(spec, value)
    if spec.kind is Kind.FLOAT:
        return _float(spec, value)
    if spec.kind is Kind.RAW:
        return _bytes(spec, value)
    if spec.kind is Kind.LONG:
        return str(value).encode()
    if not isinstance(value, str):
        raise RowFault(spec.name, f"{value!r} is no text; write it in quotes")
    return value.encode()


def _scaled(spec: FieldSpec, value: Any) -> int:
    try:
        exact = Fraction(Decimal(value)) * Fraction(10) ** spec.scale
    except (ArithmeticError, ValueError, TypeError) as error:
        raise RowFault(spec.name, f"{value!r} is no number") from error
    if exact.denominator != 1:
        raise RowFault(spec.name, f"{value!r} has more decimal places than the picture ({spec.scale})")
    return exact.numerator


def _float(spec: FieldSpec, value: Any) -> float:
    try:
        return float(value)
    except (ValueError, TypeError) as error:
        raise RowFault(spec.name, f"{value!r} is no number") from error


def _bytes(spec: FieldSpec, value: Any) -> bytes:
    try:
        raw = bytes.fromhex(value)
    except (ValueError, TypeError) as error:
        raise RowFault(spec.name, f"{value!r} are no bytes in hex") from error
    if len(raw) != spec.length:
        raise RowFault(spec.name, f"{len(raw)} bytes instead of {spec.length}")
    return raw


def _written_date(value: str, form: DateForm) -> str:
    """An ISO date in the form that the field has it; anything else as it is."""
    parts = value.split("-")
    if len(value) != _ISO_LENGTH or [len(part) for part in parts] != [4, 2, 2]:
        return value
    year, month, day = parts
    if form is DateForm.JULIAN:
        return f"{year}{date.fromisoformat(value).timetuple().tm_yday:03}"
    text = form.value.replace("YYYY", year).replace("MM", month).replace("DD", day)
    return text.replace("YY", year[2:])


def _column(spec: FieldSpec, values: list[Any]) -> Column:
    if spec.is_number:
        return Column(_integers(spec, values))
    if spec.kind is Kind.FLOAT:
        return Column(np.array(values, np.float64))
    if spec.kind is Kind.RAW:
        return Column(np.frombuffer(b"".join(values), np.uint8).reshape(len(values), spec.length))
    width = max(1, *map(len, values), spec.length)
    text = np.frombuffer(b"".join(value.ljust(width) for value in values), np.uint8).reshape(len(values), width)
    return Column(text, np.array([len(value) for value in values], np.int32))


def _integers(spec: FieldSpec, values: list[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Scaled integers; what no column can hold is a fault before the codec sees it."""
    limit = 10**spec.value_digits
    for value in values:
        if abs(value) >= limit:
            raise RowFault(spec.name, f"{value} (scaled) has more than {spec.value_digits} digits")
    if not spec.wide:
        return np.array(values, np.int64)
    parts = [(abs(value) // WIDE_BASE, abs(value) % WIDE_BASE, -1 if value < 0 else 1) for value in values]
    return np.array([(high * sign, low * sign) for high, low, sign in parts], np.int64).reshape(-1, 2)
