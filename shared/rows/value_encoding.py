"""Single values, as people write them in JSON, to the bytes of a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shared.codec import Column, DateForm, FieldSpec, Kind, column_of, encode
from shared.codec.columns import Bytes
from shared.errors import InputError
from shared.rows.flattening import RowFault
from shared.scaled_decimals import TooManyPlaces, to_scaled


def encode_value(spec: FieldSpec, value: Any, date_form: DateForm | None = None) -> bytes:
    """The bytes of one value. Raises RowFault when the value does not fit the field."""
    try:
        return encode(column_of([_to_codec(spec, value, date_form)], spec), spec).tobytes()
    except InputError as error:
        raise RowFault(spec.name, f"{value!r} does not fit ({error.code}: {_capacity(spec)})") from error


def encode_values(spec: FieldSpec, values: Sequence[Any], date_form: DateForm | None) -> Bytes | None:
    """(n, length) uint8 of many values; None when one of them does not fit the field."""
    try:
        return encode(column_of([_to_codec(spec, value, date_form) for value in values], spec), spec)
    except (InputError, RowFault):
        return None


def empty(spec: FieldSpec) -> bytes:
    """The bytes of a field without a value: zero in a number, as INITIALIZE sets it, and spaces in text."""
    if spec.is_number or spec.kind in (Kind.FLOAT, Kind.LONG):
        return encode_value(spec, 0)
    return bytes(spec.length) if spec.kind is Kind.RAW else encode_value(spec, "")


def null(spec: FieldSpec) -> bytes | None:
    """The bytes of a null field (``null_when``); None when the field cannot be null."""
    if not spec.null_when:
        return None
    column = column_of([0 if spec.is_number or spec.kind is Kind.FLOAT else b""], spec)
    return encode(Column(column.values, column.lengths, null=np.ones(1, np.bool_)), spec).tobytes()


def _capacity(spec: FieldSpec) -> str:
    if spec.is_number or spec.kind is Kind.LONG:
        return f"{spec.digits} digits with scale {spec.scale}, {'signed' if spec.signed else 'unsigned'}"
    return f"{spec.length} bytes of {spec.code_page}" if spec.kind is Kind.TEXT else f"{spec.length} bytes"


def _to_codec(spec: FieldSpec, value: Any, date_form: DateForm | None) -> Any:
    """The value as ``column_of`` takes it: a scaled integer, a float, or bytes."""
    if isinstance(value, bool):
        raise RowFault(spec.name, f"{value!r} is neither text nor a number")
    if date_form is not None and isinstance(value, str):
        value = date_form.of_iso(value)
    if spec.is_number:
        return _scaled(spec, value)
    if spec.kind is Kind.FLOAT:
        return _float(spec, value)
    if spec.kind is Kind.RAW:
        return _bytes(spec, value)
    if spec.kind is Kind.LONG:
        return str(value).encode()
    if not isinstance(value, str):
        raise RowFault(spec.name, f"{value!r} is not text; write it in quotes")
    return value.encode()


def _scaled(spec: FieldSpec, value: Any) -> int:
    try:
        return to_scaled(value, spec.scale)
    except TooManyPlaces as error:
        raise RowFault(spec.name, f"{value!r} has more decimal places than the picture ({spec.scale})") from error
    except ValueError as error:
        raise RowFault(spec.name, f"{value!r} is not a number") from error


def _float(spec: FieldSpec, value: Any) -> float:
    try:
        return float(value)
    except (ValueError, TypeError) as error:
        raise RowFault(spec.name, f"{value!r} is not a number") from error


def _bytes(spec: FieldSpec, value: Any) -> bytes:
    try:
        raw = bytes.fromhex(value)
    except (ValueError, TypeError) as error:
        raise RowFault(spec.name, f"{value!r} is not bytes in hex") from error
    if len(raw) != spec.length:
        raise RowFault(spec.name, f"{len(raw)} bytes instead of {spec.length}")
    return raw
