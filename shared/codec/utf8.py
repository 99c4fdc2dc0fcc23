"""Characters beyond ASCII: single bytes of a code page to UTF-8 and back, by columns."""

from __future__ import annotations

import numpy as np

from shared.codec.code_pages import UNDEFINED, CodePage
from shared.codec.columns import Bytes, Ints, Lengths, Mask

_SPACE = 0x20


def expand(raw: Bytes, ascii_part: Bytes, page: CodePage) -> tuple[Bytes, Lengths, Mask | None]:
    """UTF-8 text, its lengths with all spaces, and which rows are valid (None when all are).

    raw: (n, w) bytes of the page; ascii_part: the same as far as it is ASCII, else above X'7F'. The stride is the
    longest row's, or w. Only rows with characters beyond ASCII are worked on.
    """
    count, width = ascii_part.shape
    rows = np.flatnonzero((ascii_part >= 0x80).any(axis=1))
    texts, sizes, undefined = _expand_rows(raw[rows], page)
    lengths = np.full(count, width, np.int32)
    lengths[rows] = sizes
    values = np.full((count, texts.shape[1]), _SPACE, np.uint8)
    values[:, :width] = ascii_part
    values[rows] = texts
    if not undefined.any():
        return values, lengths, None
    valid = np.ones(count, bool)
    valid[rows[undefined]] = False
    return values, lengths, valid


def _expand_rows(raw: Bytes, page: CodePage) -> tuple[Bytes, Lengths, Mask]:
    """All rows are converted as one long string, which is then laid out by the sizes of the rows."""
    points = page.code_points[raw]
    packed = points.astype("<u2").tobytes().decode("utf-16-le").encode()
    sizes = page.utf8_lengths[raw].sum(axis=1, dtype=np.int32)
    stride = max(int(sizes.max()), raw.shape[1])
    texts = np.full((len(raw), stride), _SPACE, np.uint8)
    texts[np.arange(stride) < sizes[:, np.newaxis]] = np.frombuffer(packed, np.uint8)
    return texts, sizes, (points == UNDEFINED).any(axis=1)


def code_points(texts: Bytes, lengths: Lengths) -> tuple[Ints, Ints, Ints]:
    """Row, character index within the row, and code point of every character of UTF-8 rows, in order.

    Characters of four bytes, and bytes that are not UTF-8, give ``UNDEFINED``, which no code page holds.
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
