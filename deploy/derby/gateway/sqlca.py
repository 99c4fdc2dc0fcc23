"""The SQLCA on the wire: SQLCAGRP of DRDA volume 1, in Derby's byte order (QTDSQLASC, big-endian).

``null(1)``, and unless that is FF: ``SQLCODE(4) SQLSTATE(5) SQLERRP(8) null(1) SQLERRD(6 x 4) SQLWARN(11)``, three
texts of ``length(2) bytes`` (database, message in mixed and in single-byte characters), and the null indicator of the
diagnostics, which Derby never sends.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

NULL = b"\xff"
_PRESENT = b"\x00"
_COUNT = struct.Struct(">H")
_FIXED = struct.Struct(">B i 5s 8s B 24s 11s")
_WORDS = struct.Struct(">6i")
_ROWS = 2

MESSAGE_LIMIT = 70
"""The most bytes that SQLERRMC can hold. For the driver a longer text is a syntax error (SQL30020N, reason 0100)."""


class Sqlca(NamedTuple):
    """One SQLCA without its database name, which Derby leaves empty. X'14' separates the tokens of ``message``."""

    code: int
    state: bytes
    product: bytes
    words: bytes = bytes(_WORDS.size)
    warnings: bytes = b" " * 11
    message: bytes = b""

    @property
    def rows(self) -> int:
        """The number of rows inserted, updated or deleted: the third word of SQLERRD."""
        return int(_WORDS.unpack(self.words)[_ROWS])

    def with_rows(self, rows: int) -> Sqlca:
        """The same SQLCA with another number of rows."""
        words = list(_WORDS.unpack(self.words))
        words[_ROWS] = rows
        return self._replace(words=_WORDS.pack(*words))

    def encode(self) -> bytes:
        """The bytes, with the message in mixed characters."""
        fixed = _FIXED.pack(0, self.code, self.state, self.product, 0, self.words, self.warnings)
        texts = (b"", self.message, b"")
        return fixed + b"".join(_COUNT.pack(len(text)) + text for text in texts) + NULL


def decode(data: bytes, offset: int = 0) -> tuple[Sqlca | None, int]:
    """The SQLCA at ``offset`` and the offset after it. None for a null SQLCA, or for bytes that are not one."""
    if data[offset : offset + 1] != _PRESENT or offset + _FIXED.size > len(data):
        return None, offset + 1
    _, code, state, product, _, words, warnings = _FIXED.unpack_from(data, offset)
    texts: list[bytes] = []
    end = offset + _FIXED.size
    for _ in range(3):
        length = int.from_bytes(data[end : end + _COUNT.size], "big")
        texts.append(data[end + _COUNT.size : end + _COUNT.size + length])
        end += _COUNT.size + length
    if data[end : end + 1] != NULL:
        return None, offset + 1
    return Sqlca(code, state, product, words, warnings, texts[1] or texts[2]), end + 1


def shortened(message: bytes) -> bytes:
    """The message cut to the length that an SQLCA can hold, never inside a character of UTF-8."""
    return message[:MESSAGE_LIMIT].decode("utf-8", errors="ignore").encode()
