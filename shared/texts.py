"""Texts that every message, header and column can carry, and that fit into so many bytes."""

from __future__ import annotations


def printable(text: str) -> str:
    """``text`` with an escape in place of NUL and of each half of a surrogate pair.

    >>> printable("a\\udcff\\0")
    'a\\\\udcff\\\\x00'
    """
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def cut_text(text: str, most: int) -> str:
    """The first characters of ``printable(text)``, at most ``most`` bytes in UTF-8.

    >>> cut_text("München", 3)
    'Mü'
    """
    return printable(text).encode()[:most].decode("utf-8", "ignore")
