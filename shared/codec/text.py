"""TEXT: characters of a code page, as UTF-8 of fixed stride; what is not single bytes goes on to ``wide_text``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from shared.codec.catalogue import Fault, bad_values
from shared.codec.charsets import Form
from shared.codec.code_pages import UNDEFINED, CodePage, code_page
from shared.codec.columns import Bytes, Column, Lengths
from shared.codec.fields import Controls, FieldSpec, Trim
from shared.codec.rows import copy_bytes
from shared.codec.swar import WORD
from shared.codec.trim import SPACE, move_left, right_lengths
from shared.codec.utf8 import code_points, expand
from shared.errors import InputError


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The texts of fields that share a code page and what becomes of its control characters.

    All fields are gathered into one block, column after column, and translated at once, with spaces as zeros so
    that the lengths can be told; then the spaces are put back. While that gives nothing but ASCII it is already
    the answer; a column that has other characters goes the long way by itself.
    """
    page = code_page(specs[0].code_page, specs[0].controls)
    if page.form.paired:
        return [_decode_wide(records[:, spec.offset : spec.end], spec) for spec in specs]
    block = _translate(records, specs, page)
    lengths = _lengths(block, len(records), specs)
    block ^= np.uint8(SPACE)
    plain = _is_ascii(block)
    columns = [
        _trimmed(column, size, spec)
        if plain or _is_ascii(column)
        else _beyond_ascii(records[:, spec.offset : spec.end], column, spec, page)
        for column, size, spec in zip(_columns(block, len(records), specs), lengths, specs, strict=True)
    ]
    if specs[0].controls is not Controls.DROP:
        return columns
    return [_without_nuls(column, spec) for column, spec in zip(columns, specs, strict=True)]


def _without_nuls(column: Column, spec: FieldSpec) -> Column:
    """The column without its NULs, which control characters were read as; trimmed once more, for they hid spaces."""
    values, sizes = column.values, column.lengths
    if sizes is None or not (values == 0).any():
        return column
    inside = np.arange(values.shape[1]) < sizes[:, np.newaxis]
    kept = inside & (values != 0)
    order = np.argsort(~kept, axis=1, kind="stable")
    lengths = kept.sum(axis=1, dtype=np.int32)
    moved = np.take_along_axis(values, order, axis=1)
    moved[np.arange(values.shape[1]) >= lengths[:, np.newaxis]] = SPACE
    if spec.trim in (Trim.RIGHT, Trim.BOTH):
        used = np.append(moved != SPACE, np.zeros(WORD, bool)).view(np.uint8)
        lengths = right_lengths(used, 0, *moved.shape)
    return replace(_trimmed(moved, lengths, spec), valid=column.valid)


def _translate(records: Bytes, specs: Sequence[FieldSpec], page: CodePage) -> Bytes:
    gathered = bytearray(len(records) * sum(spec.length for spec in specs) + WORD)
    block = np.frombuffer(gathered, np.uint8)
    for spec, column in zip(specs, _columns(block, len(records), specs), strict=True):
        copy_bytes(records, spec.offset, column, 0, spec.length)
    return np.frombuffer(gathered.translate(page.blanked), np.uint8)


def _columns(block: Bytes, count: int, specs: Sequence[FieldSpec]) -> list[Bytes]:
    starts = _starts(count, specs)
    pairs = zip(specs, starts, strict=True)
    return [block[at : at + count * spec.length].reshape(count, spec.length) for spec, at in pairs]


def _starts(count: int, specs: Sequence[FieldSpec]) -> list[int]:
    return list(accumulate((count * spec.length for spec in specs[:-1]), initial=0))


def _lengths(blanked: Bytes, count: int, specs: Sequence[FieldSpec]) -> list[Lengths]:
    return [
        np.full(count, spec.length, np.int32)
        if spec.trim in (Trim.NONE, Trim.LEFT)
        else right_lengths(blanked, start, count, spec.length)
        for spec, start in zip(specs, _starts(count, specs), strict=True)
    ]


def _is_ascii(values: Bytes) -> bool:
    return not values.size or int(values.max()) < 0x80


def _beyond_ascii(raw: Bytes, ascii_part: Bytes, spec: FieldSpec, page: CodePage) -> Column:
    if page.form is not Form.SINGLE:
        return _decode_wide(raw, spec)
    values, lengths, valid = expand(raw, ascii_part, page)
    if spec.trim in (Trim.RIGHT, Trim.BOTH):
        used = np.append(values != SPACE, np.zeros(WORD, bool)).view(np.uint8)
        lengths = right_lengths(used, 0, *values.shape)
    return replace(_trimmed(values, lengths, spec), valid=valid)


def _trimmed(values: Bytes, lengths: Lengths, spec: FieldSpec) -> Column:
    if spec.trim in (Trim.LEFT, Trim.BOTH):
        values, lengths = move_left(values, lengths)
    return Column(values, lengths)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The characters, padded with the page's space on the right.

    Raises InputError LRD912 with the first row whose text the field cannot hold.
    """
    page = code_page(spec.code_page)
    values = np.ascontiguousarray(column.values, np.uint8)
    full = np.full(len(values), values.shape[1], np.int32)
    lengths = full if column.lengths is None else column.lengths
    if page.form is not Form.SINGLE:
        return _encode_wide(replace(column, values=values), spec)
    if page.from_ascii is None or not _is_ascii(values):
        return _encode_beyond_ascii(values, lengths, spec, page)
    if (lengths > spec.length).any():
        raise _too_much(values, int(np.argmax(lengths > spec.length)), spec)
    out = np.full((len(values), spec.length), page.space, np.uint8)
    width = min(spec.length, values.shape[1])
    written = np.frombuffer(values[:, :width].tobytes().translate(page.from_ascii), np.uint8)
    inside = np.arange(width) < lengths[:, np.newaxis]
    out[:, :width] = np.where(inside, written.reshape(len(values), width), np.uint8(page.space))
    return out


def _encode_beyond_ascii(values: Bytes, lengths: Lengths, spec: FieldSpec, page: CodePage) -> Bytes:
    rows, places, points = code_points(values, lengths)
    codes = page.from_code_point[points]
    wrong = (codes < 0) | (places >= spec.length)
    if wrong.any():
        raise _too_much(values, int(rows[np.argmax(wrong)]), spec)
    out = np.full((len(values), spec.length), page.space, np.uint8)
    out[rows, places] = codes
    return out


# Only those who have such pages load what they need: the tables, the unpacking, a quarter of the codec's code.


def _decode_wide(raw: Bytes, spec: FieldSpec) -> Column:
    from shared.codec.wide_text import decode_wide

    return decode_wide(raw, spec)


def _explain_wide(spec: FieldSpec, raw: bytes) -> Fault | None:
    from shared.codec.wide_text import explain_wide

    return explain_wide(spec, raw)


def _encode_wide(column: Column, spec: FieldSpec) -> Bytes:
    from shared.codec.wide_writing import encode_wide

    out, wrong = encode_wide(column, spec)
    if wrong >= 0:
        raise _too_much(column.values, wrong, spec)
    return out


def _too_much(values: Bytes, row: int, spec: FieldSpec) -> InputError:
    message = f"field {spec.name}: row {row} does not fit {spec.length} bytes of {spec.code_page}"
    return bad_values("LRD912", message, row=row, hex=values[row].tobytes().hex())


def explain(spec: FieldSpec, raw: bytes) -> Fault | None:
    """The first byte without a character."""
    page = code_page(spec.code_page)
    if page.form is not Form.SINGLE:
        return _explain_wide(spec, raw)
    for position, byte in enumerate(raw):
        if page.code_points[byte] == UNDEFINED:
            return Fault("LRD008", f"X'{byte:02X}' has no character in {page.name}", position)
    return None
