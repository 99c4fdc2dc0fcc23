"""TEXT in pages of more than one byte a character: EBCDIC with shifts (930 … 1399), DISPLAY-1, UTF-8, NATIONAL.

``text`` decodes columns that contain only single-byte characters; this module decodes the others. Mixed pages are
decoded without a loop: running sums give the bytes between SO and SI, their distance from the SO gives the bytes that
begin a character, and one look-up gives the code points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.codec.catalogue import FieldFault
from shared.codec.charset_forms import SHIFT_IN, SHIFT_OUT, Charset, Form, charset
from shared.codec.columns import Bytes, Column, Ints, Lengths, Mask
from shared.codec.double_byte_pages import PAIRS, DoublePage, double_page
from shared.codec.fields import Controls, FieldSpec, Trim
from shared.codec.page_tables import UNDEFINED, code_page

Points: TypeAlias = NDArray[np.uint32]

_NEWLINE: Final = 0x0A
_SPACE: Final = 0x20
_DELETE: Final = 0x7F
_NO_BREAK_SPACE: Final = 0xA0
_IDEOGRAPHIC_SPACE: Final = 0x3000
_SIZES: Final = (0x80, 0x800, 0x10000)
"""The code points from which on UTF-8 needs one more byte."""


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of all rows in order: each one's row and code point; and which rows are valid.

    Rows that are not valid have unspecified characters, but no surrogates.
    """

    rows: Ints
    points: Points
    valid: Mask


def decode_multibyte(raw: Bytes, spec: FieldSpec) -> Column:
    """The texts of one field, (n, length) uint8. In pages of double bytes only, the space that is trimmed is X'4040'.

    Takes 7 to 35 ns a byte; mixed pages are the slowest.
    """
    page = charset(spec.code_page)
    found = _without_controls(_READERS[page.form](raw, page), spec.controls)
    found = _trimmed(found, len(raw), spec.trim, _blank(page))
    values, lengths = _to_utf8(found, len(raw), spec.length)
    return Column(values, lengths, None if found.valid.all() else found.valid)


def _blank(page: Charset) -> int:
    return _IDEOGRAPHIC_SPACE if page.form is Form.DOUBLE else _SPACE


def _without_controls(found: Characters, controls: Controls) -> Characters:
    """U+0000 to U+001F and U+007F to U+009F replaced by spaces, or removed."""
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
    kept = places < _after_last(found.rows, used, count)[found.rows]  # nothing of a row of only spaces
    if trim is Trim.LEFT:
        kept |= np.isin(found.rows, found.rows[used])
    if trim in (Trim.LEFT, Trim.BOTH):
        kept &= places >= _first(found.rows, used, count)[found.rows]
    return Characters(found.rows[kept], found.points[kept], found.valid)


def _after_last(rows: Ints, used: Ints, count: int) -> Ints:
    """The index after each row's last character in ``used``; 0 for rows without one."""
    ends = np.zeros(count, np.int64)
    ends[rows[used]] = used + 1  # the last assignment to a row counts
    return ends


def _first(rows: Ints, used: Ints, count: int) -> Ints:
    starts = np.zeros(count, np.int64)
    starts[rows[used[::-1]]] = used[::-1]
    return starts


def _to_utf8(found: Characters, count: int, width: int) -> tuple[Bytes, Lengths]:
    """Encodes all characters as one long string, and then splits it by the sizes of the rows."""
    packed = found.points.astype("<u4").tobytes().decode("utf-32-le").encode()
    sizes = 1 + sum((found.points >= limit).astype(np.int64) for limit in _SIZES)
    lengths = np.bincount(found.rows, sizes, count).astype(np.int32)
    stride = max(int(lengths.max(initial=0)), width)
    values = np.full((count, stride), _SPACE, np.uint8)
    inside: Mask = np.arange(stride) < lengths[:, np.newaxis]
    values[inside] = np.frombuffer(packed, np.uint8)
    return values, lengths


def _mixed(raw: Bytes, page: Charset) -> Characters:
    """SO and SI must alternate, enclose an even number of bytes, and be paired at the end of the field.

    Enterprise COBOL for z/OS, Language Reference, "Nonnumeric literals": shifts are paired within the item.
    """
    out, back = raw == SHIFT_OUT, raw == SHIFT_IN
    depth = np.cumsum(out.astype(np.int8) - back.astype(np.int8), axis=1, dtype=np.int16)
    places = np.arange(raw.shape[1])
    last_out = np.maximum.accumulate(np.where(out, places, -1), axis=1)
    odd = ((places - last_out) & 1).astype(bool)
    inside = (depth == 1) & ~out
    valid = ((depth == 0) | (depth == 1)).all(axis=1) & (depth[:, -1] == 0) & ~(back & ~odd).any(axis=1)
    lead = inside & odd
    rows, columns = np.nonzero(lead | ((depth == 0) & ~back))
    next_byte = np.concatenate([raw[:, 1:], np.zeros((len(raw), 1), np.uint8)], axis=1)
    codes = raw[rows, columns].astype(np.uint32)
    double = lead[rows, columns]
    table = double_page(page.double)
    wide = table.points[codes << 8 | next_byte[rows, columns]]
    points = np.where(double, wide, code_page(page.single).code_points[codes]).astype(np.uint32)
    return _defined(Characters(rows, points, valid), table)


def _double(raw: Bytes, page: Charset) -> Characters:
    codes = np.ascontiguousarray(raw).view(">u2")
    table = double_page(page.double)
    found = Characters(_row_numbers(codes), table.points[codes].reshape(-1), np.ones(len(raw), bool))
    return _defined(found, table)


def _row_numbers(cells: NDArray[np.generic]) -> Ints:
    return np.repeat(np.arange(len(cells)), cells.shape[1])


def _defined(found: Characters, table: DoublePage) -> Characters:
    """Marks rows with undefined bytes as not valid, and splits codes that stand for two characters."""
    found.valid[found.rows[found.points == UNDEFINED]] = False
    paired = found.points >= PAIRS
    if not paired.any():
        return found
    counts = 1 + paired.astype(np.int64)
    starts = (np.cumsum(counts) - counts)[paired]
    points, rows = np.repeat(found.points, counts), np.repeat(found.rows, counts)
    both = table.pairs[found.points[paired] - PAIRS]
    points[starts], points[starts + 1] = both[:, 0], both[:, 1]
    return Characters(rows, points, found.valid)


def _utf16(raw: Bytes, page: Charset) -> Characters:
    units = np.ascontiguousarray(raw).view("<u2" if page.little_endian else ">u2").astype(np.uint32)
    high, low = (units & 0xFC00) == 0xD800, (units & 0xFC00) == 0xDC00
    before, after = np.zeros_like(high), np.zeros_like(low)
    before[:, 1:], after[:, :-1] = high[:, :-1], low[:, 1:]
    points = np.where(high | low, np.uint32(UNDEFINED), units)
    following = np.roll(units, -1, axis=1)
    points = np.where(high & after, 0x10000 + ((units & 0x3FF) << 10) + (following & 0x3FF), points).astype(np.uint32)
    kept = ~(low & before)
    valid = ~((high & ~after) | (low & ~before)).any(axis=1)
    return Characters(_row_numbers(units)[kept.reshape(-1)], points[kept], valid)


def _utf8(raw: Bytes, _page: Charset) -> Characters:
    """Python's decoder checks all rows at once. Only when that fails, each row with bytes above X'7F' is checked."""
    valid = np.ones(len(raw), bool)
    # A newline after each row separates an incomplete character at its end from the next row.
    apart = np.concatenate([raw, np.full((len(raw), 1), _NEWLINE, np.uint8)], axis=1)
    if not _is_utf8(apart.tobytes()):
        for row in np.flatnonzero((raw >= 0x80).any(axis=1)).tolist():
            valid[row] = _is_utf8(raw[row].tobytes())
        raw = np.where(valid[:, np.newaxis], raw, np.uint8(_SPACE))
    rows = np.nonzero((raw & 0xC0) != 0x80)[0]
    return Characters(rows, np.frombuffer(raw.tobytes().decode().encode("utf-32-le"), np.uint32), valid)


def _is_utf8(raw: bytes) -> bool:
    """Whether the bytes are complete characters of UTF-8 (RFC 3629)."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


_READERS: Final[dict[Form, Callable[[Bytes, Charset], Characters]]] = {
    Form.MIXED: _mixed,
    Form.DOUBLE: _double,
    Form.UTF8: _utf8,
    Form.UTF16: _utf16,
}
"""How (n, w) uint8 of each form become characters. Rows that are not text of the page are not valid."""


def explain_multibyte(spec: FieldSpec, raw: bytes) -> FieldFault | None:
    """The first invalid bytes: a character that the page lacks, an unpaired shift, or half a character."""
    page = charset(spec.code_page)
    if page.form in (Form.UTF8, Form.UTF16):
        return _not_unicode(page, raw)
    return _no_double_bytes(page, raw, 0) if page.form is Form.DOUBLE else _not_mixed(page, raw)


def _not_unicode(page: Charset, raw: bytes) -> FieldFault | None:
    try:
        raw.decode(page.name)
    except UnicodeDecodeError as error:
        broken = raw[error.start : error.end].hex().upper()
        return FieldFault("LRD011", f"X'{broken}' is not a character of {page.name}: {error.reason}", error.start)
    return None


def _no_double_bytes(page: Charset, raw: bytes, start: int) -> FieldFault | None:
    table = double_page(page.double)
    for place in range(0, len(raw), 2):
        pair = raw[place : place + 2]
        if len(pair) < 2:
            return FieldFault("LRD010", f"X'{pair.hex().upper()}' before SI is half a character", start + place)
        if table.points[int.from_bytes(pair, "big")] == UNDEFINED:
            return FieldFault("LRD008", f"X'{pair.hex().upper()}' has no character in {page.name}", start + place)
    return None


def _not_mixed(page: Charset, raw: bytes) -> FieldFault | None:
    single = code_page(page.single)
    place = 0
    while place < len(raw):
        if raw[place] == SHIFT_IN:
            return FieldFault("LRD010", "SI (X'0F') without SO (X'0E') before it", place)
        if raw[place] == SHIFT_OUT:
            end = raw.find(SHIFT_IN, place)
            again = raw.find(SHIFT_OUT, place + 1)
            if end < 0 or 0 <= again < end:
                return FieldFault("LRD010", "SO (X'0E') without SI (X'0F') after it", place)
            if fault := _no_double_bytes(page, raw[place + 1 : end], place + 1):
                return fault
            place = end
        elif single.code_points[raw[place]] == UNDEFINED:
            return FieldFault("LRD008", f"X'{raw[place]:02X}' has no character in {page.name}", place)
        place += 1
    return None
