"""Text lines and delimited rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.framing.delimited import DelimitedFraming
from shared.framing.detector.encodings import ASCII_PRINTABLE, share
from shared.framing.detector.guesses import Guess, Head, attempt
from shared.framing.text import LineEnd, TextFraming

_DELIMITERS: Final = ",;|\t"
_LONGEST_LINE: Final = 32_760
_EBCDIC_PRINTABLE: Final = frozenset((*range(0x40, 0xFF), 0x15, 0x25, 0x0D, 0x05))


def by_lines(head: Head, encoding: str) -> Iterator[Guess]:
    """Guesses at text: nearly all bytes are printable, and line ends occur regularly."""
    printable = share(head.data, ASCII_PRINTABLE if encoding == "ascii" else _EBCDIC_PRINTABLE)
    if printable < 0.98:
        return
    for line_end in _line_ends(head.data, encoding):
        lines = head.data.split(line_end.mark)
        ended = len(lines) - 1
        if not ended or max(map(len, lines)) > _LONGEST_LINE:
            continue
        why = (
            f"{printable:.0%} of the bytes are printable, with {ended} line ends ({line_end.value})",
            _widths(lines[:-1]),
        )
        if encoding == "ascii":
            yield from _delimited(head, line_end)
        yield Guess(TextFraming(line_end), 0.95, why)


def _line_ends(data: bytes, encoding: str) -> list[LineEnd]:
    if encoding == "ebcdic":
        return [end for end in (LineEnd.NEL, LineEnd.EBCDIC_LF) if end.mark in data]
    feeds, both = data.count(b"\n"), data.count(b"\r\n")
    if not feeds:
        return []
    return [LineEnd.CRLF if both == feeds else LineEnd.ANY if both else LineEnd.LF]


def _widths(lines: list[bytes]) -> str:
    shortest, longest = min(map(len, lines)), max(map(len, lines))
    return f"all lines have {longest} bytes" if shortest == longest else f"lines of {shortest} to {longest} bytes"


def _delimited(head: Head, line_end: LineEnd) -> Iterator[Guess]:
    """Guesses at rows that have the same number of values, at least two."""
    for delimiter in _DELIMITERS:
        framing = DelimitedFraming(delimiter)
        tried = attempt(framing, head)
        rows = [head.data[at : at + size] for at, size in zip(tried.offsets, tried.lengths, strict=True)]
        if delimiter.encode() not in head.data or not tried.fits or len(rows) < 2:
            continue
        whole = rows if head.is_whole else rows[:-1]
        (columns, count), *_ = Counter(len(framing.fields_of(row)) for row in whole).most_common(1)
        if columns < 2 or count < 0.98 * len(whole):
            continue
        header = {"header_records": 1} if _is_header(framing, whole) else {}
        why = [f"{count} of {len(whole)} rows have {columns} values between {delimiter!r} ({line_end.value})"]
        if header:
            why.append("the first row has no numbers, the others do")
        yield Guess(framing, 0.97, tuple(why), header)


def _is_header(framing: DelimitedFraming, rows: list[bytes]) -> bool:
    def has_number(row: bytes) -> bool:
        return any(value.strip().replace(b".", b"").lstrip(b"-").isdigit() for value in framing.fields_of(row))

    return not has_number(rows[0]) and all(map(has_number, rows[1:50]))
