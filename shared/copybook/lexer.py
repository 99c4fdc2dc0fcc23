"""Logical lines → tokens, each with its position and whether it touches the token before it.

Pictures, signed numbers and ``:TAG:`` placeholders have no single rule for where a word ends. So the lexer makes small
tokens and records which of them are adjacent (``glued``), and the reader of a picture or a name joins them again. This
also allows COPY REPLACING to change a part of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from shared.copybook.errors import OPEN_LITERAL, TOO_LARGE, Position, failure
from shared.copybook.limits import MAX_TOKENS
from shared.copybook.source import LogicalLine


class Kind(Enum):
    """The kind of a token."""

    WORD = "word"
    LITERAL = "literal"
    PERIOD = "period"
    PSEUDO = "=="
    MARK = "mark"


class Token(NamedTuple):
    """A piece of COBOL text. ``glued``: it directly follows the token before."""

    kind: Kind
    text: str
    at: Position
    glued: bool

    @property
    def upper(self) -> str:
        """The text as COBOL compares it; literals keep their case."""
        return self.text if self.kind is Kind.LITERAL else self.text.upper()


_TOKEN = re.compile(
    r"""(?P<skip>[\s\u00a0]+|[,;](?=[\s\u00a0]|$))
      | (?P<literal>(?:NX|BX|[XNGZB])?(?:'[^']*+(?:''[^']*+)*+'|"[^"]*+(?:""[^"]*+)*+"))
      | (?P<open>['"])
      | (?P<pseudo>==)
      | (?P<period>\.(?=[\s\u00a0]|==|$))
      | (?P<word>[\w$\#@-]+)
      | (?P<mark>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_KINDS = {
    "literal": Kind.LITERAL,
    "pseudo": Kind.PSEUDO,
    "period": Kind.PERIOD,
    "word": Kind.WORD,
    "mark": Kind.MARK,
}


def tokens(lines: list[LogicalLine], source: str) -> list[Token]:
    """Cut logical lines into tokens. Raises ``CopybookError`` LRC004 (open literal) or LRC001 (too many)."""
    found: list[Token] = []
    for line in lines:
        found.extend(_line_tokens(line, source))
        if len(found) > MAX_TOKENS:
            raise failure(TOO_LARGE, f"more than {MAX_TOKENS:,} words", line.position(source, 0))
    return found


def _line_tokens(line: LogicalLine, source: str) -> Iterator[Token]:
    glued = False
    for match in _TOKEN.finditer(line.text):
        group = str(match.lastgroup)
        if group == "open":
            raise failure(OPEN_LITERAL, "this literal is not closed", line.position(source, match.start()))
        if group != "skip":
            yield Token(_KINDS[group], match.group(), line.position(source, match.start()), glued)
        glued = group != "skip"


def joined(found: list[Token]) -> list[Token]:
    """Join adjacent words, which only replacements create (``:TAG:`` in ``:TAG:-NAME``)."""
    result: list[Token] = []
    pieces: list[str] = []
    for token in found:
        if token.glued and token.kind is Kind.WORD and pieces:
            pieces.append(token.text)
            continue
        _close(result, pieces)
        result.append(token)
        pieces = [token.text] if token.kind is Kind.WORD else []
    _close(result, pieces)
    return result


def _close(result: list[Token], pieces: list[str]) -> None:
    """Join the pieces of the last word at once, because a long word can have many short pieces."""
    if len(pieces) > 1:
        result[-1] = result[-1]._replace(text="".join(pieces))
