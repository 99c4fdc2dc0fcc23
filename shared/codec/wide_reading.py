"""Characters of more than one byte: rows of double-byte, mixed or Unicode text to code points, by columns.

A mixed field is read without a loop: running sums tell which bytes stand between SO and SI, their distance from the SO
which begin a character, and one look-up each gives the code points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.codec.charsets import SHIFT_IN, SHIFT_OUT, Charset, Form
from shared.codec.code_pages import UNDEFINED, code_page
from shared.codec.columns import Bytes, Ints, Mask
from shared.codec.double_pages import PAIRS, DoublePage, double_page

Points: TypeAlias = NDArray[np.uint32]

_NEWLINE: Final = 0x0A
_SPACE: Final = 0x20


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of all rows in order: each one's row and code point; and which rows are valid.

    Rows that are not valid hold anything, but no surrogates.
    """

    rows: Ints
    points: Points
    valid: Mask


def read(raw: Bytes, page: Charset) -> Characters:
    """The characters of ``raw``, (n, w) uint8; a row without sense in the page is not valid."""
    return _READERS[page.form](raw, page)


def _mixed(raw: Bytes, page: Charset) -> Characters:
    """SO and SI must alternate, stand around whole pairs, and be even at the end of the field.

    Enterprise COBOL for z/OS, Language Reference, "Nonnumeric literals": shifts pair up within the item.
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
    """Rows with bytes that stand for nothing are not valid; codes that stand for two characters become two."""
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
    """Python's decoder is asked once for all rows; only when it objects is each row with bytes above X'7F' tried."""
    valid = np.ones(len(raw), bool)
    # A newline after each row keeps the start of a character at its end apart from the next row.
    apart = np.concatenate([raw, np.full((len(raw), 1), _NEWLINE, np.uint8)], axis=1)
    if not is_utf8(apart.tobytes()):
        for row in np.flatnonzero((raw >= 0x80).any(axis=1)).tolist():
            valid[row] = is_utf8(raw[row].tobytes())
        raw = np.where(valid[:, np.newaxis], raw, np.uint8(_SPACE))
    rows = np.nonzero((raw & 0xC0) != 0x80)[0]
    return Characters(rows, np.frombuffer(raw.tobytes().decode().encode("utf-32-le"), np.uint32), valid)


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes are whole characters of UTF-8 (RFC 3629)."""
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
