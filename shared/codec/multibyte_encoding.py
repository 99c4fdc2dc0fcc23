"""Text to bytes of pages of more than one byte a character, one value at a time: for sample files, encode and tests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shared.codec.charset_forms import SHIFT_IN, SHIFT_OUT, Charset, Form, charset
from shared.codec.columns import Bytes, Column
from shared.codec.double_byte_pages import DoublePage, double_page
from shared.codec.fields import FieldSpec
from shared.codec.page_tables import CodePage, code_page


def encode_multibyte(column: Column, spec: FieldSpec) -> tuple[Bytes, int]:
    """(n, length) uint8, and the first row whose text does not fit the field, or -1.

    This loops over values and, in EBCDIC, over characters, at a few microseconds each.
    """
    page = charset(spec.code_page)
    out = np.empty((len(column), spec.length), np.uint8)
    texts = column.values if column.lengths is None else map(_cut, column.values, column.lengths.tolist())
    for row, text in enumerate(texts):
        encoded = _encoded(text.tobytes(), page)
        if encoded is None or len(encoded) > spec.length:
            return out, row
        out[row] = np.frombuffer(_padded(encoded, spec.length, page), np.uint8)
    return out, -1


def _cut(text: Bytes, length: int) -> Bytes:
    return text[:length]


def _padded(encoded: bytes, length: int, page: Charset) -> bytes:
    if page.form is Form.UTF16:
        return encoded + " ".encode(page.name) * ((length - len(encoded)) // 2)
    return encoded.ljust(length, bytes([code_page(page.name).space]))


def _encoded(text: bytes, page: Charset) -> bytes | None:
    """The page's bytes of UTF-8 text; None when the page lacks a character or the text is not UTF-8."""
    try:
        if page.form in (Form.UTF8, Form.UTF16):
            return text.decode().encode(page.name)
        return _ebcdic(text.decode(), page)
    except (UnicodeError, KeyError):
        return None


def _ebcdic(text: str, page: Charset) -> bytes:
    """The bytes of a text, with shifts in a mixed page where single and double bytes meet.

    Some characters are in both tables of a mixed page. The result is the shortest encoding, so that a text that was
    decoded from a field always fits it again.
    """
    single = code_page(page.single) if page.form is Form.MIXED else None
    steps = list(_steps(text, single, double_page(page.double)))
    if single is None:
        return b"".join(double for _, double in steps)
    outside: bytes | None = b""
    inside: bytes | None = None
    for narrow, wide in steps:
        outside, inside = (
            _shorter(_then(outside, narrow), _then(inside, narrow and bytes([SHIFT_IN]) + narrow)),
            _shorter(_then(inside, wide), _then(outside, wide and bytes([SHIFT_OUT]) + wide)),
        )
    return _shorter(outside, _then(inside, bytes([SHIFT_IN]))) or b""


def _shorter(one: bytes | None, other: bytes | None) -> bytes | None:
    """The shorter of two encodings, the first of equal ones; None is no encoding."""
    if one is None or other is None:
        return one if other is None else other
    return one if len(one) <= len(other) else other


def _then(encoded: bytes | None, code: bytes) -> bytes | None:
    return encoded + code if encoded is not None and code else None


def _steps(text: str, single: CodePage | None, table: DoublePage) -> Iterator[tuple[bytes, bytes]]:
    """For each character its single byte and its double bytes, empty when it has none; KeyError when it has neither.

    Some pairs of characters are one double-byte code.
    """
    place = 0
    while place < len(text):
        both = text[place : place + 2]
        if len(both) == 2 and both in table.codes:
            yield b"", table.codes[both]
            place += 2
            continue
        char = both[0]
        narrow = b""
        if single is not None and ord(char) <= 0xFFFF and single.from_code_point[ord(char)] >= 0:
            narrow = bytes([single.from_code_point[ord(char)]])
        yield narrow, table.codes.get(char, b"") if narrow else table.codes[char]
        place += 1
