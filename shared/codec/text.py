"""TEXT: characters of a single-byte code page, as UTF-8 of fixed stride."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.codec.catalogue import Fault, bad_values
from shared.codec.code_pages import CodePage, code_page
from shared.codec.columns import Bytes, Column, Lengths, Mask
from shared.codec.fields import FieldSpec, Trim
from shared.codec.rows import copy_bytes
from shared.codec.trim import move_left, right_lengths
from shared.codec.utf8 import code_points, expand


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The texts of fields that share a code page.

    All fields are gathered into one block, column after column, and translated at once. While that gives
    nothing but ASCII it is already the answer; a column that has other characters goes the long way by
    itself.
    """
    page = code_page(specs[0].code_page)
    block = _translate(records, specs, page)
    ascii_only = _is_ascii(block)
    columns, start = [], 0
    for spec in specs:
        end = start + len(records) * spec.length
        values = block[start:end].reshape(len(records), spec.length)
        if ascii_only or _is_ascii(block[start:end]):
            columns.append(_trimmed(values, None, None, spec))
        else:
            columns.append(_trimmed(*expand(records[:, spec.offset : spec.end], values, page), spec))
        start = end
    return columns


def _translate(records: Bytes, specs: Sequence[FieldSpec], page: CodePage) -> Bytes:
    gathered = bytearray(len(records) * sum(spec.length for spec in specs))
    block = np.frombuffer(gathered, np.uint8)
    start = 0
    for spec in specs:
        end = start + len(records) * spec.length
        copy_bytes(records, spec.offset, block[start:end].reshape(len(records), spec.length))
        start = end
    return np.frombuffer(gathered.translate(page.fast), np.uint8)


def _is_ascii(flat: Bytes) -> bool:
    return not len(flat) or int(flat.max()) < 0x80


def _trimmed(values: Bytes, lengths: Lengths | None, valid: Mask | None, spec: FieldSpec) -> Column:
    if spec.trim is Trim.NONE:
        full = np.full(len(values), values.shape[1], np.int32) if lengths is None else lengths
        return Column(values, full, valid)
    lengths = right_lengths(values)
    if spec.trim is Trim.BOTH:
        values, lengths = move_left(values, lengths)
    return Column(values, lengths, valid)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The characters, padded with the page's space on the right.

    Raises InputError LRD912 with the first row whose text the field cannot hold.
    """
    page = code_page(spec.code_page)
    values = np.ascontiguousarray(column.values, np.uint8)
    full = np.full(len(values), values.shape[1], np.int32)
    rows, places, points = code_points(values, full if column.lengths is None else column.lengths)
    codes = page.from_code_point[points]
    wrong = (codes < 0) | (places >= spec.length)
    if wrong.any():
        row = int(rows[np.argmax(wrong)])
        message = f"field {spec.name}: row {row} does not fit {spec.length} characters of {page.name}"
        raise bad_values("LRD912", message, row=row, hex=values[row].tobytes().hex())
    out = np.full((len(values), spec.length), page.space, np.uint8)
    out[rows, places] = codes
    return out


def explain(spec: FieldSpec, raw: bytes) -> Fault | None:
    """The first byte without a character."""
    page = code_page(spec.code_page)
    for position, byte in enumerate(raw):
        if not page.utf8_lengths[byte]:
            return Fault("LRD008", f"X'{byte:02X}' has no character in {page.name}", position)
    return None
