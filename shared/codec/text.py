"""TEXT: characters of a code page as UTF-8 of constant stride.

Pages of more than one byte a character are decoded by ``multibyte_text``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from shared.codec.catalogue import FieldFault, bad_values
from shared.codec.charset_forms import Form
from shared.codec.columns import Bytes, Column, Ints, Lengths, Mask
from shared.codec.copying import copy_bytes
from shared.codec.fields import Controls, FieldSpec, Trim
from shared.codec.page_tables import UNDEFINED, CodePage, code_page
from shared.codec.swar import WORD
from shared.codec.trim import SPACE, move_left, right_lengths
from shared.errors import InputError


def decode(records: Bytes, specs: Sequence[FieldSpec]) -> list[Column]:
    """The texts of fields that share a code page and a policy for control characters.

    All fields are copied into one block, column after column, and translated at once. Spaces become zeros for measuring
    the lengths, and spaces again afterwards. A column of ASCII is then complete; a column with other characters is
    decoded again by itself.
    """
    page = code_page(specs[0].code_page, specs[0].controls)
    if page.form.paired:
        return [_decode_multibyte(records[:, spec.offset : spec.end], spec) for spec in specs]
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
    """The column without its NULs, which stand for control characters, and trimmed again without them."""
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
        return _decode_multibyte(raw, spec)
    values, lengths, valid = _expand(raw, ascii_part, page)
    if spec.trim in (Trim.RIGHT, Trim.BOTH):
        used = np.append(values != SPACE, np.zeros(WORD, bool)).view(np.uint8)
        lengths = right_lengths(used, 0, *values.shape)
    return replace(_trimmed(values, lengths, spec), valid=valid)


def _expand(raw: Bytes, ascii_part: Bytes, page: CodePage) -> tuple[Bytes, Lengths, Mask | None]:
    """UTF-8 text, its lengths with all spaces, and which rows are valid (None when all are).

    raw: (n, w) bytes of the page. ascii_part: the same in ASCII, with bytes above X'7F' for other characters. The
    stride is the length of the longest row, at least w. Only rows with characters outside ASCII are converted.
    """
    count, width = ascii_part.shape
    rows = np.flatnonzero((ascii_part >= 0x80).any(axis=1))
    texts, sizes, undefined = _expand_rows(raw[rows], page)
    lengths = np.full(count, width, np.int32)
    lengths[rows] = sizes
    values = np.full((count, texts.shape[1]), SPACE, np.uint8)
    values[:, :width] = ascii_part
    values[rows] = texts
    if not undefined.any():
        return values, lengths, None
    valid = np.ones(count, bool)
    valid[rows[undefined]] = False
    return values, lengths, valid


def _expand_rows(raw: Bytes, page: CodePage) -> tuple[Bytes, Lengths, Mask]:
    """Converts all rows as one long string, and then splits it by the sizes of the rows."""
    points = page.code_points[raw]
    packed = points.astype("<u2").tobytes().decode("utf-16-le").encode()
    sizes = page.utf8_lengths[raw].sum(axis=1, dtype=np.int32)
    stride = max(int(sizes.max()), raw.shape[1])
    texts = np.full((len(raw), stride), SPACE, np.uint8)
    texts[np.arange(stride) < sizes[:, np.newaxis]] = np.frombuffer(packed, np.uint8)
    return texts, sizes, (points == UNDEFINED).any(axis=1)


def _trimmed(values: Bytes, lengths: Lengths, spec: FieldSpec) -> Column:
    if spec.trim in (Trim.LEFT, Trim.BOTH):
        values, lengths = move_left(values, lengths)
    return Column(values, lengths)


def encode(column: Column, spec: FieldSpec) -> Bytes:
    """The characters, padded with the page's space on the right.

    Raises InputError LRD912 with the first row whose text does not fit the field.
    """
    page = code_page(spec.code_page)
    values = np.ascontiguousarray(column.values, np.uint8)
    full = np.full(len(values), values.shape[1], np.int32)
    lengths = full if column.lengths is None else column.lengths
    if page.form is not Form.SINGLE:
        return _encode_multibyte(replace(column, values=values), spec)
    if page.from_ascii is None or not _is_ascii(values):
        return _encode_beyond_ascii(values, lengths, spec, page)
    if (lengths > spec.length).any():
        raise _too_much(values, int(np.argmax(lengths > spec.length)), spec)
    out = np.full((len(values), spec.length), page.space, np.uint8)
    width = min(spec.length, values.shape[1])
    encoded = np.frombuffer(values[:, :width].tobytes().translate(page.from_ascii), np.uint8)
    inside = np.arange(width) < lengths[:, np.newaxis]
    out[:, :width] = np.where(inside, encoded.reshape(len(values), width), np.uint8(page.space))
    return out


def _encode_beyond_ascii(values: Bytes, lengths: Lengths, spec: FieldSpec, page: CodePage) -> Bytes:
    rows, places, points = _code_points(values, lengths)
    codes = page.from_code_point[points]
    wrong = (codes < 0) | (places >= spec.length)
    if wrong.any():
        raise _too_much(values, int(rows[np.argmax(wrong)]), spec)
    out = np.full((len(values), spec.length), page.space, np.uint8)
    out[rows, places] = codes
    return out


def _code_points(texts: Bytes, lengths: Lengths) -> tuple[Ints, Ints, Ints]:
    """Row, character index within the row, and code point of every character of UTF-8 rows, in order.

    Characters of four bytes and bytes that are not UTF-8 become ``UNDEFINED``, which no code page has.
    """
    inside = np.arange(texts.shape[1]) < lengths[:, np.newaxis]
    lead = inside & ((texts & 0xC0) != 0x80)
    rows, places = np.nonzero(lead)
    index = np.cumsum(lead, axis=1)[rows, places] - 1
    padded = np.pad(texts, ((0, 0), (0, 2))).astype(np.int64)
    first, second, third = (padded[rows, places + part] for part in range(3))
    two = (first & 0x1F) << 6 | (second & 0x3F)
    three = (first & 0x0F) << 12 | (second & 0x3F) << 6 | (third & 0x3F)
    sizes = [first < 0x80, first < 0xE0, first < 0xF0]
    return rows, index, np.select(sizes, [first, two, three], UNDEFINED)


# These pages are imported on first use, because their tables and code are a quarter of the codec.


def _decode_multibyte(raw: Bytes, spec: FieldSpec) -> Column:
    from shared.codec.multibyte_text import decode_multibyte

    return decode_multibyte(raw, spec)


def _explain_multibyte(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    from shared.codec.multibyte_text import explain_multibyte

    return explain_multibyte(spec, raw)


def _encode_multibyte(column: Column, spec: FieldSpec) -> Bytes:
    from shared.codec.multibyte_encoding import encode_multibyte

    out, wrong = encode_multibyte(column, spec)
    if wrong >= 0:
        raise _too_much(column.values, wrong, spec)
    return out


def _too_much(values: Bytes, row: int, spec: FieldSpec) -> InputError:
    message = f"field {spec.name}: row {row} does not fit {spec.length} bytes of {spec.code_page}"
    return bad_values("LRD912", message, row=row, hex=values[row].tobytes().hex())


def explain(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """The first byte without a character."""
    page = code_page(spec.code_page)
    if page.form is not Form.SINGLE:
        return _explain_multibyte(spec, raw)
    for position, byte in enumerate(raw):
        if page.code_points[byte] == UNDEFINED:
            return FieldFault("LRD008", f"X'{byte:02X}' has no character in {page.name}", position)
    return None
