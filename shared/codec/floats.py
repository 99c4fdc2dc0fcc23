"""FLOAT: COMP-1 and COMP-2, in IBM's hexadecimal form or in the form of IEEE 754.

z/Architecture Principles of Operation, chapter 18 ("Hexadecimal-floating-point instructions") and 19 (binary): a
hexadecimal number has a sign, an exponent of 16 in excess-64 notation, and a fraction of 6 or 14 hexadecimal digits. It
need not be normalised. It has no infinities and no NaN: every bit pattern is a number.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.codec import text_floats
from shared.codec.catalogue import FieldFault, bad_values
from shared.codec.columns import Bytes, Column, Floats, Mask, Words
from shared.codec.fields import FieldSpec, FloatForm

_EXCESS: Final = 64
_LARGEST_EXPONENT: Final = 127


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """float64 of each field. Rows with an infinity or NaN, which Db2 columns cannot hold, are not valid.

    COMP-1 is exact. A hexadecimal COMP-2, whose fraction has up to 56 bits, becomes the nearest float64.
    ``text_floats`` decodes numbers held as text.
    """
    return [_decode(records, spec) for spec in specs]


def _decode(records: Bytes, spec: FieldSpec) -> Column:
    if spec.float_form is FloatForm.TEXT:
        return text_floats.decode(records[:, spec.offset : spec.end], spec)
    count, width = records.shape
    order = f"{'<' if spec.little_endian else '>'}{'u' if spec.float_form is FloatForm.IBM else 'f'}{spec.length}"
    if count == 0:
        return Column(np.zeros(0, np.float64))
    loaded = np.ndarray((count,), order, records, spec.offset, (width,))
    if spec.float_form is FloatForm.IBM:
        return Column(_from_hexadecimal(loaded.astype(np.uint64), 8 * spec.length))
    with np.errstate(invalid="ignore"):  # widening a signalling NaN would warn
        values = loaded.astype(np.float64)
    finite: Mask = np.isfinite(values)
    if finite.all():
        return Column(values)
    values[~finite] = 0
    return Column(values, valid=finite)


def _from_hexadecimal(words: Words, bits: int) -> Floats:
    fraction_bits = np.uint64(bits - 8)
    fraction = (words & np.uint64(2 ** int(fraction_bits) - 1)).astype(np.float64)
    exponent = ((words >> fraction_bits) & np.uint64(0x7F)).astype(np.int32)
    values: Floats = np.ldexp(fraction, 4 * (exponent - _EXCESS) - int(fraction_bits))
    negative = (words >> np.uint64(bits - 1)).astype(bool)
    return np.where(negative, -values, values)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The nearest number in the field's form; hexadecimal numbers are normalised.

    Raises InputError LRD911 with the first row that is NaN, infinite, or outside the form's range. A number that is too
    small for the form is refused too; it does not become zero.
    """
    if spec.float_form is FloatForm.TEXT:
        return text_floats.encode(column, spec)
    values = column.values.astype(np.float64)
    order = "<" if spec.little_endian else ">"
    if spec.float_form is FloatForm.IBM:
        words, fits = _to_hexadecimal(values, 8 * spec.length)
        out = words.astype(f"{order}u{spec.length}")
    else:
        with np.errstate(over="ignore", under="ignore"):
            out = values.astype(f"{order}f{spec.length}")
        fits = np.isfinite(out) & ((out != 0) == (values != 0))
    if not fits.all():
        row = int(np.argmin(fits))
        message = f"field {spec.name}: the number of row {row} does not fit a float of {spec.length} bytes"
        raise bad_values("LRD911", message, row=row, value=float(values[row]))
    return np.ascontiguousarray(out).view(np.uint8).reshape(len(values), spec.length)


def _to_hexadecimal(values: Floats, bits: int) -> tuple[Words, Mask]:
    """The words, and which values fit. Words of values that do not fit are unspecified."""
    finite = np.isfinite(values)
    digits_bits = bits - 8
    mantissa, exponent = np.frexp(np.where(finite, np.abs(values), 0))
    power = -(-exponent // 4)
    fraction = np.rint(np.ldexp(mantissa, exponent - 4 * power + digits_bits)).astype(np.uint64)
    carried = fraction == np.uint64(2**digits_bits)
    fraction[carried] >>= np.uint64(4)
    characteristic = np.where(fraction == 0, 0, power + carried + _EXCESS)
    fits: Mask = finite & (characteristic >= 0) & (characteristic <= _LARGEST_EXPONENT)
    characteristic = np.clip(characteristic, 0, _LARGEST_EXPONENT).astype(np.uint64)
    sign = np.signbit(values).astype(np.uint64) << np.uint64(bits - 1)
    return sign | characteristic << np.uint64(digits_bits) | fraction, fits


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """Names the IEEE bit pattern that is not a finite number."""
    if spec.float_form is FloatForm.TEXT:
        return text_floats.explain(spec, raw)
    if spec.float_form is FloatForm.IBM:
        return None
    order = "<" if spec.little_endian else ">"
    (value,) = struct.unpack(f"{order}{'f' if spec.length == struct.calcsize('f') else 'd'}", raw)
    if np.isfinite(value):
        return None
    return FieldFault("LRD009", f"X'{raw.hex().upper()}' is {value}, not a finite number", 0)
