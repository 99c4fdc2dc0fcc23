"""Text to pages of more than one byte a character: for samples and tests, a value at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shared.codec.charsets import SHIFT_IN, SHIFT_OUT, Charset, Form, charset
from shared.codec.code_pages import CodePage, code_page
from shared.codec.columns import Bytes, Column
from shared.codec.double_pages import DoublePage, double_page
from shared.codec.fields import FieldSpec


def encode_wide(column: Column, spec: FieldSpec) -> tuple[Bytes, int]:
    """(n, length) uint8, and the first row that the field cannot hold, or -1.

    A loop over values and, in EBCDIC, over characters: a microsecond each.
    """
    page = charset(spec.code_page)
    out = np.empty((len(column), spec.length), np.uint8)
    texts = column.values if column.lengths is None else map(_cut, column.values, column.lengths.tolist())
    for row, text in enumerate(texts):
        written = _written(text.tobytes(), page)
        if written is None or len(written) > spec.length:
            return out, row
        out[row] = np.frombuffer(_padded(written, spec.length, page), np.uint8)
    return out, -1


def _cut(text: Bytes, length: int) -> Bytes:
    return text[:length]


def _padded(written: bytes, length: int, page: Charset) -> bytes:
    if page.form is Form.UTF16:
        return written + " ".encode(page.name) * ((length - len(written)) // 2)
    return written.ljust(length, bytes([code_page(page.name).space]))


def _written(text: bytes, page: Charset) -> bytes | None:
    """The bytes of UTF-8 text, None where the page lacks a character or the text is no UTF-8."""
    try:
        if page.form in (Form.UTF8, Form.UTF16):
            return text.decode().encode(page.name)
        return b"".join(_parts(text.decode(), page))
    except (UnicodeError, KeyError):
        return None


def _parts(text: str, page: Charset) -> Iterator[bytes]:
    """The bytes of each character, with shifts where those of a mixed page change their kind."""
    single, table = code_page(page.single), double_page(page.double)
    mixed, inside, place = page.form is Form.MIXED, False, 0
    while place < len(text):
        code, used = _code(text, place, single if mixed else None, table)
        if mixed and inside != (len(code) == 2):
            inside = not inside
            yield bytes([SHIFT_OUT if inside else SHIFT_IN])
        yield code
        place += used
    if inside:
        yield bytes([SHIFT_IN])


def _code(text: str, place: int, single: CodePage | None, table: DoublePage) -> tuple[bytes, int]:
    """The bytes at ``place``, and of how many characters they are; KeyError when there are none."""
    both = text[place : place + 2]
    if len(both) == 2 and both in table.codes:
        return table.codes[both], 2
    char = both[0]
    if single is not None and ord(char) <= 0xFFFF and single.from_code_point[ord(char)] >= 0:
        return bytes([single.from_code_point[ord(char)]]), 1
    return table.codes[char], 1
