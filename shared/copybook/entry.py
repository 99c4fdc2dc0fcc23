"""One data description entry: its tokens, which ``Cursor`` reads, and ``Entry``, what its clauses have said so far."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.copybook.ast import Condition, Item, Literal, Occurs, Rename, SignPosition, Usage
from shared.copybook.errors import BAD_CLAUSE, BAD_NAME, Position, failure, shown
from shared.copybook.lexer import Kind, Token
from shared.copybook.limits import MAX_COUNT_DIGITS
from shared.copybook.picture import Picture

_NAME = re.compile(r"(?=.*[^\W\d])[\w$#@](?:[\w$#@-]*[\w$#@])?")
_MAX_NAME = 128


class Cursor:
    """A position in the tokens of one entry. ``end`` is the position of the period."""

    def __init__(self, entry: Sequence[Token], end: Position) -> None:
        self._entry = entry
        self._index = 0
        self._end = end

    @property
    def at(self) -> Position:
        """The position of the next token, or of the period."""
        return self._entry[self._index].at if self else self._end

    def __bool__(self) -> bool:
        """Whether there are more tokens."""
        return self._index < len(self._entry)

    def peek(self, ahead: int = 0) -> str:
        """A following token in upper case, or '' after the last one."""
        index = self._index + ahead
        return self._entry[index].upper if index < len(self._entry) else ""

    def peek_literal(self) -> bool:
        """Whether the next token is a literal in quotation marks."""
        return bool(self) and self._entry[self._index].kind is Kind.LITERAL

    def take(self) -> Token:
        """Move past the next token and return it. Raises LRC016 at the period."""
        if not self:
            raise failure(BAD_CLAUSE, "the entry is not complete", self._end)
        self._index += 1
        return self._entry[self._index - 1]

    def accept(self, *words: str) -> str:
        """Move past the next token if it is one of ``words``. Returns the word or ''."""
        return self.take().upper if self.peek() in words and self else ""

    def expect(self, *words: str) -> str:
        """Move past the next token, which must be one of ``words``. Raises LRC016."""
        found = self.accept(*words)
        if not found:
            raise failure(BAD_CLAUSE, f"expected {' or '.join(words)}, not {self._next()}", self.at)
        return found

    def run(self) -> str:
        """Move past the next token and all that touch it. Returns their text."""
        text = [self.take().text]
        while self and self._entry[self._index].glued:
            text.append(self.take().text)
        return "".join(text)

    def name(self) -> str:
        """Move past a data name and return it in upper case. Raises LRC013."""
        at = self.at
        name = self.run().upper() if self else ""
        if not is_name(name):
            remedy = "Replace the placeholder with COPY … REPLACING." if ":" in name else ""
            raise failure(BAD_NAME, f"expected a data name, not {shown(name) if name else self._next()}", at, remedy)
        return name

    def qualified(self) -> tuple[str, ...]:
        """Move past NAME [OF | IN GROUP]… and return the names, innermost first."""
        names = [self.name()]
        while self.accept("OF", "IN"):
            names.append(self.name())
        return tuple(names)

    def integer(self) -> int:
        """Move past an unsigned integer and return it. Raises LRC016."""
        at = self.at
        text = self.run() if self else ""
        digits = text.lstrip("0") or "0"
        if not text.isascii() or not text.isdigit() or len(digits) > MAX_COUNT_DIGITS:
            message = f"expected a whole number, not {shown(text) if text else self._next()}"
            raise failure(BAD_CLAUSE, message, at)
        return int(digits)

    def _next(self) -> str:
        return shown(self.peek()) if self else "the period"


def is_name(text: str) -> bool:
    """Whether ``text`` is a user-defined word: with at least one letter, and hyphens only inside."""
    return len(text) <= _MAX_NAME and bool(_NAME.fullmatch(text))


@dataclass(slots=True)
class Entry:
    """A mutable draft of an ``Item``. Attributes without a clause are None. ``clauses`` are the clauses so far."""

    level: int
    name: str
    at: Position
    picture: Picture | None = None
    usage: Usage | None = None
    sign: SignPosition | None = None
    occurs: Occurs | None = None
    redefines: str | None = None
    synchronized: bool = False
    justified: bool = False
    blank_when_zero: bool = False
    value: Literal | None = None
    implicit: bool = False
    clauses: set[str] = field(default_factory=set)
    conditions: list[Condition] = field(default_factory=list)
    renames: list[Rename] = field(default_factory=list)
    children: list[Item] = field(default_factory=list)
