"""TEXT in pages of more than one byte a character: EBCDIC with shifts (930 … 1399), DISPLAY-1, UTF-8, NATIONAL.

Columns that are plain single-byte text all the same are not decoded here but with those, see ``text``.
"""

from __future__ import annotations

import numpy as np

from shared.codec.catalogue import Fault
from shared.codec.charsets import SHIFT_IN, SHIFT_OUT, Charset, Form, charset
from shared.codec.code_pages import UNDEFINED, code_page
from shared.codec.columns import Bytes, Column, Ints, Lengths, Mask
from shared.codec.double_pages import double_page
from shared.codec.fields import Controls, FieldSpec, Trim
from shared.codec.wide_reading import Characters, read

_SPACE = 0x20
_DELETE = 0x7F
_NO_BREAK_SPACE = 0xA0
_IDEOGRAPHIC_SPACE = 0x3000
_SIZES = (0x80, 0x800, 0x10000)
"""From these code points on UTF-8 takes a byte more."""


def decode_wide(raw: Bytes, spec: FieldSpec) -> Column:
    """The texts of one field, (n, length) uint8. In pages of double bytes only, X'4040' is the space that is trimmed.

    Without a loop; 7 to 35 ns a byte, mixed pages the slowest.
    """
    page = charset(spec.code_page)
    found = _trimmed(_without_controls(read(raw, page), spec.controls), len(raw), spec.trim, _blank(page))
    values, lengths = _utf8(found, len(raw), spec.length)
    return Column(values, lengths, None if found.valid.all() else found.valid)


def _blank(page: Charset) -> int:
    return _IDEOGRAPHIC_SPACE if page.form is Form.DOUBLE else _SPACE


def _without_controls(found: Characters, controls: Controls) -> Characters:
    """U+0000 to U+001F and U+007F to U+009F as spaces, or left out."""
    if controls is Controls.KEEP:
        return found
    control = (found.points < _SPACE) | ((found.points >= _DELETE) & (found.points < _NO_BREAK_SPACE))
    if controls is Controls.SPACE:
        points = np.where(control, found.points.dtype.type(_SPACE), found.points)
        return Characters(found.rows, points, found.valid)
    return Characters(found.rows[~control], found.points[~control], found.valid)


def _trimmed(found: Characters, count: int, trim: Trim, blank: int) -> Characters:
    if trim is Trim.NONE:
        return found
    places = np.arange(len(found.points))
    used = np.flatnonzero(found.points != blank)
    kept = places < _after_last(found.rows, used, count)[found.rows]  # none of a row of nothing but spaces
    if trim is Trim.LEFT:
        kept |= np.isin(found.rows, found.rows[used])
    if trim in (Trim.LEFT, Trim.BOTH):
        kept &= places >= _first(found.rows, used, count)[found.rows]
    return Characters(found.rows[kept], found.points[kept], found.valid)


def _after_last(rows: Ints, used: Ints, count: int) -> Ints:
    """The place after each row's last character that counts; 0 for rows without."""
    ends = np.zeros(count, np.int64)
    ends[rows[used]] = used + 1  # of several assignments to one row the last remains
    return ends


def _first(rows: Ints, used: Ints, count: int) -> Ints:
    starts = np.zeros(count, np.int64)
    starts[rows[used[::-1]]] = used[::-1]
    return starts


def _utf8(found: Characters, count: int, width: int) -> tuple[Bytes, Lengths]:
    """All characters are encoded as one long string, which is then laid out by the sizes of the rows."""
    packed = found.points.astype("<u4").tobytes().decode("utf-32-le").encode()
    sizes = 1 + sum((found.points >= limit).astype(np.int64) for limit in _SIZES)
    lengths = np.bincount(found.rows, sizes, count).astype(np.int32)
    stride = max(int(lengths.max(initial=0)), width)
    values = np.full((count, stride), _SPACE, np.uint8)
    inside: Mask = np.arange(stride) < lengths[:, np.newaxis]
    values[inside] = np.frombuffer(packed, np.uint8)
    return values, lengths


def explain_wide(spec: FieldSpec, raw: bytes) -> Fault | None:
    """The first bytes without sense: a character the page lacks, a shift without its partner, half a character."""
    page = charset(spec.code_page)
    if page.form in (Form.UTF8, Form.UTF16):
        return _not_unicode(page, raw)
    return _no_double_bytes(page, raw, 0) if page.form is Form.DOUBLE else _not_mixed(page, raw)


def _not_unicode(page: Charset, raw: bytes) -> Fault | None:
    try:
        raw.decode(page.name)
    except UnicodeDecodeError as error:
        broken = raw[error.start : error.end].hex().upper()
        return Fault("LRD011", f"X'{broken}' is no character of {page.name}: {error.reason}", error.start)
    return None


def _no_double_bytes(page: Charset, raw: bytes, start: int) -> Fault | None:
    table = double_page(page.double)
    for place in range(0, len(raw), 2):
        pair = raw[place : place + 2]
        if len(pair) < 2:
            return Fault("LRD010", f"X'{pair.hex().upper()}' before SI is half a character", start + place)
        if table.points[int.from_bytes(pair, "big")] == UNDEFINED:
            return Fault("LRD008", f"X'{pair.hex().upper()}' has no character in {page.name}", start + place)
    return None


def _not_mixed(page: Charset, raw: bytes) -> Fault | None:
    single = code_page(page.single)
    place = 0
    while place < len(raw):
        if raw[place] == SHIFT_IN:
            return Fault("LRD010", "SI (X'0F') without SO (X'0E') before it", place)
        if raw[place] == SHIFT_OUT:
            end = raw.find(SHIFT_IN, place)
            again = raw.find(SHIFT_OUT, place + 1)
            if end < 0 or 0 <= again < end:
                return Fault("LRD010", "SO (X'0E') without SI (X'0F') after it", place)
            if fault := _no_double_bytes(page, raw[place + 1 : end], place + 1):
                return fault
            place = end
        elif single.code_points[raw[place]] == UNDEFINED:
            return Fault("LRD008", f"X'{raw[place]:02X}' has no character in {page.name}", place)
        place += 1
    return None
