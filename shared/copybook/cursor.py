"""Reading one data description entry token by token."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.copybook.errors import BAD_CLAUSE, BAD_NAME, Position, failure, shown
from shared.copybook.lexer import Kind, Token
from shared.copybook.limits import MAX_COUNT_DIGITS

_NAME = re.compile(r"(?=.*[^\W\d])[\w$#@](?:[\w$#@-]*[\w$#@])?")
_MAX_NAME = 128


class Cursor:
    """A place in the tokens of one entry; ``end`` is where its period stands."""

    def __init__(self, entry: Sequence[Token], end: Position) -> None:
        self._entry = entry
        self._index = 0
        self._end = end

    @property
    def at(self) -> Position:
        """Where the next token stands, or the period."""
        return self._entry[self._index].at if self else self._end

    def __bool__(self) -> bool:
        """Whether tokens are left."""
        return self._index < len(self._entry)

    def peek(self, ahead: int = 0) -> str:
        """The next token in upper case, or '' at the period."""
        index = self._index + ahead
        return self._entry[index].upper if index < len(self._entry) else ""

    def peek_literal(self) -> bool:
        """Whether a literal in quotation marks comes next."""
        return bool(self) and self._entry[self._index].kind is Kind.LITERAL

    def take(self) -> Token:
        """The next token; raises LRC016 at the period."""
        if not self:
            raise failure(BAD_CLAUSE, "the entry ends too early", self._end)
        self._index += 1
        return self._entry[self._index - 1]

    def accept(self, *words: str) -> str:
        """Take the next token if it is one of ``words``; return it or ''."""
        return self.take().upper if self.peek() in words and self else ""

    def expect(self, *words: str) -> str:
        """Take the next token, which must be one of ``words``; raises LRC016."""
        found = self.accept(*words)
        if not found:
            raise failure(BAD_CLAUSE, f"expected {' or '.join(words)}, not {self._next()}", self.at)
        return found

    def run(self) -> str:
        """The next token and all that touch it, as written."""
        text = [self.take().text]
        while self and self._entry[self._index].glued:
            text.append(self.take().text)
        return "".join(text)

    def name(self) -> str:
        """A data name in upper case; raises LRC013."""
        at = self.at
        name = self.run().upper() if self else ""
        if not is_name(name):
            remedy = "Replace the placeholder with COPY … REPLACING." if ":" in name else ""
            raise failure(BAD_NAME, f"{shown(name) if name else 'nothing'} where a data name is needed", at, remedy)
        return name

    def qualified(self) -> tuple[str, ...]:
        """NAME [OF | IN GROUP]…, innermost first."""
        names = [self.name()]
        while self.accept("OF", "IN"):
            names.append(self.name())
        return tuple(names)

    def integer(self) -> int:
        """An unsigned integer; raises LRC016."""
        at = self.at
        text = self.run() if self else ""
        digits = text.lstrip("0") or "0"
        if not text.isascii() or not text.isdigit() or len(digits) > MAX_COUNT_DIGITS:
            message = f"{shown(text) if text else 'nothing'} where a whole number is needed"
            raise failure(BAD_CLAUSE, message, at)
        return int(digits)

    def _next(self) -> str:
        return shown(self.peek()) if self else "the period"


def is_name(text: str) -> bool:
    """Whether ``text`` is a user-defined word: a letter somewhere, hyphens only inside."""
    return len(text) <= _MAX_NAME and bool(_NAME.fullmatch(text))
