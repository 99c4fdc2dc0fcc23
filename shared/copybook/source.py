"""Source text → logical lines, without format columns, comments and listing statements, and with continuations joined.

Rules: Enterprise COBOL Language Reference, "Reference format" (areas A and B, indicator area, continuation lines) and
"Compiler-directing statements" (EJECT, SKIP1–3, TITLE, CBL/PROCESS, \\*CBL/\\*CONTROL). Debugging lines (D in column 7)
are comments, as in a program without WITH DEBUGGING MODE.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from shared.copybook.errors import BAD_CONTINUATION, BAD_INDICATOR, TOO_LARGE, Position, failure, shown
from shared.copybook.limits import MAX_LINE, MAX_TEXT
from shared.copybook.reference import LAST_COLUMN, ChosenFormat, ReferenceFormat, detect, is_comment

_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTE_OR_COMMENT = re.compile(r"['\"]|\*>")
_LISTING = re.compile(r"\s*(?:(?:EJECT|SKIP[123])\s*\.?\s*$|TITLE\s+['\"]|(?:CBL|PROCESS)\s)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"\s*(?:>>|\$\s*SET\b)", re.IGNORECASE)
_END_OF_FILE = "\x1a"


class LogicalLine(NamedTuple):
    """The program text of one line and its continuations. ``parts`` are (start in the text, line, column), in order."""

    text: str
    parts: tuple[tuple[int, int, int], ...]

    def position(self, source: str, index: int) -> Position:
        """The position in the user's text of the character at ``index``."""
        start, line, column = self.parts[bisect_right(self.parts, (index, MAX_TEXT, 0)) - 1]
        return Position(source, line, column + index - start)


class _Part(NamedTuple):
    line: int
    column: int
    text: str
    continues: bool


def logical_lines(text: str, source: str, reference_format: ReferenceFormat) -> tuple[ChosenFormat, list[LogicalLine]]:
    """The reference format of ``text``, and its logical lines.

    Raises ``CopybookError`` LRC001 (too large), LRC002 (indicator) or LRC003 (continuation).
    """
    lines = _physical_lines(text, source)
    chosen = detect(lines) if reference_format == "auto" else reference_format
    parts = _free_parts(lines) if chosen == "free" else _column_parts(lines, source, chosen)
    return chosen, list(_joined(parts, source, chosen))


def _physical_lines(text: str, source: str) -> list[str]:
    if len(text) > MAX_TEXT:
        raise failure(
            TOO_LARGE, f"the text has {len(text):,} characters; the maximum is {MAX_TEXT:,}", Position(source, 0, 0)
        )
    lines = _LINE_END.split(text.removeprefix("\ufeff").partition(_END_OF_FILE)[0])
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise failure(
                TOO_LARGE,
                f"the line has {len(line):,} characters; the maximum is {MAX_LINE:,}",
                Position(source, number, MAX_LINE),
            )
    return [line.replace("\f", " ").expandtabs(8).rstrip() for line in lines]


def _free_parts(lines: list[str]) -> Iterator[_Part]:
    for number, line in enumerate(lines, 1):
        if not (line.lstrip().startswith("*") or _LISTING.match(line) or _DIRECTIVE.match(line)):
            yield _Part(number, 1, line, continues=False)


def _column_parts(lines: list[str], source: str, chosen: ChosenFormat) -> Iterator[_Part]:
    end = LAST_COLUMN if chosen == "fixed" else MAX_LINE * 8
    for number, line in enumerate(lines, 1):
        area, indicator = line[7:end], line[6:7]
        if is_comment(line) or _LISTING.match(area) or _DIRECTIVE.match(line[6:]):
            continue
        if indicator not in ("", " ", "-", "\u00a0"):
            message = f"column 7 is {shown(indicator)} in {chosen} format"
            raise failure(BAD_INDICATOR, message, Position(source, number, 7))
        yield _Part(number, 8, area, continues=indicator == "-")


def _joined(parts: Iterator[_Part], source: str, chosen: ChosenFormat) -> Iterator[LogicalLine]:
    line = _Joiner(source, LAST_COLUMN + 1 if chosen == "fixed" else 0)
    for part in parts:
        if not part.text.strip():
            continue
        if not part.continues and line.pieces:
            yield line.finish()
        line.add(part)
    if line.pieces:
        yield line.finish()


class _Joiner:
    """Collects the parts of one logical line. ``quote`` is the quotation mark of a literal that is still open."""

    def __init__(self, source: str, margin: int) -> None:
        self.source = source
        self.margin = margin
        self.pieces: list[str] = []
        self.parts: list[tuple[int, int, int]] = []
        self.length = 0
        self.quote = ""
        self.next_column = 0

    def add(self, part: _Part) -> None:
        text, column = self._continued(part) if part.continues else (part.text, part.column)
        self.parts.append((self.length, part.line, column))
        text, self.quote = _scan(text, self.quote)
        self._append(text)
        self.next_column = column + len(text)

    def finish(self) -> LogicalLine:
        line = LogicalLine("".join(self.pieces), tuple(self.parts))
        self.pieces, self.parts, self.length, self.quote = [], [], 0, ""
        return line

    def _continued(self, part: _Part) -> tuple[str, int]:
        text = part.text.lstrip()
        column = part.column + len(part.text) - len(text)
        at = Position(self.source, part.line, column)
        if not self.pieces:
            raise failure(BAD_CONTINUATION, "the continuation line has no line to continue", at)
        if not self.quote:
            self._append(self._take_last().rstrip())
            return text, column
        if not text.startswith(self.quote):
            raise failure(BAD_CONTINUATION, f"the literal is continued without its {self.quote}", at)
        # A literal continues to column 72, including trailing blanks that an editor removed.
        self._append(" " * (self.margin - self.next_column))
        return text[1:], column + 1

    def _take_last(self) -> str:
        last = self.pieces.pop()
        self.length -= len(last)
        return last

    def _append(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)


def _scan(text: str, quote: str) -> tuple[str, str]:
    """``text`` without its inline comment, and the quotation mark open at its end. ``quote`` is open at its start."""
    for match in _QUOTE_OR_COMMENT.finditer(text):
        mark = match.group()
        if quote:
            quote = "" if mark == quote else quote
        elif mark == "*>":
            return text[: match.start()], ""
        else:
            quote = mark
    return text, quote
