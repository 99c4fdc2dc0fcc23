"""Expressions for record lengths: whole numbers, names, ``+ - * /`` and parentheses. They are not evaluated as Python.

Names are COBOL names: a hyphen between letters or digits belongs to the name, so that a subtraction of names needs
blanks, as in COBOL. Division truncates toward zero, as COBOL does when it stores the result in a whole number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.errors import InputError

_TOKEN: Final = re.compile(r"\s*(?:(\d{1,18})(?!\w)|([A-Za-z]\w*(?:-+\w+)*)|([-+*/()]))", re.ASCII)
_LONGEST: Final = 500
_DEEPEST: Final = 20

Value = Callable[[Mapping[str, int]], int]


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. ``value`` computes it from a mapping that has all of ``names``.

    ``value`` raises ZeroDivisionError when the data make a divisor zero.
    """

    names: frozenset[str]
    value: Value


def parse_expression(text: str) -> Expression:
    """The expression in ``text``; LRF035 with the position of the first error."""
    parser = _Parser(text)
    value = parser.sum(0)
    if parser.symbol is not None:
        raise parser.wrong(f"{parser.symbol!r} is not expected")
    return Expression(frozenset(parser.names), value)


class _Parser:
    """Recursive descent: sum → product → factor."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise _wrong(text[:40] + "…", 0, f"it is longer than {_LONGEST} characters")
        self._text = text.rstrip()
        self._at = 0
        self._next = 0
        self.names: set[str] = set()
        self.symbol: str | None = None
        self._advance()

    def _advance(self) -> None:
        self._at = self._next
        if self._at == len(self._text):
            self.symbol = None
            return
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise self.wrong("this is not a number, a name or one of + - * / ( )")
        self.symbol = match.group(match.lastindex or 0)
        self._next = match.end()

    def wrong(self, why: str) -> InputError:
        """LRF035 at the current token."""
        return _wrong(self._text, self._at, why)

    def sum(self, depth: int) -> Value:
        """Products connected by + and -."""
        return self._joined("+-", lambda: self._product(depth))

    def _product(self, depth: int) -> Value:
        return self._joined("*/", lambda: self._factor(depth))

    def _joined(self, signs: str, part: Callable[[], Value]) -> Value:
        left = part()
        while self.symbol is not None and self.symbol in signs:
            operation = _OPERATORS[self.symbol]
            self._advance()
            left = _apply(operation, left, part())
        return left

    def _factor(self, depth: int) -> Value:
        symbol = self.symbol
        if symbol is None:
            raise self.wrong("a value is missing at the end")
        if depth > _DEEPEST:
            raise self.wrong(f"parentheses are nested deeper than {_DEEPEST}")
        self._advance()
        if symbol == "(":
            return self._in_parentheses(depth)
        if symbol == "-":
            return _apply(operator.sub, lambda _: 0, self._factor(depth + 1))
        if symbol in "+*/)":
            raise self.wrong(f"a value is missing before or after {symbol!r}")
        if symbol.isdigit():
            return _constant(int(symbol))
        self.names.add(symbol)
        return lambda values: values[symbol]

    def _in_parentheses(self, depth: int) -> Value:
        inner = self.sum(depth + 1)
        if self.symbol != ")":
            raise self.wrong("a closing parenthesis is missing")
        self._advance()
        return inner


def _constant(number: int) -> Value:
    return lambda _: number


def _apply(operation: Callable[[int, int], int], left: Value, right: Value) -> Value:
    return lambda values: operation(left(values), right(values))


def _wrong(text: str, at: int, why: str) -> InputError:
    return InputError(
        "LRF035",
        f"the length expression {text!r} cannot be read at character {at + 1}: {why}",
        remedy="Write whole numbers, field names, + - * / and parentheses, with blanks around a minus between names.",
    )
