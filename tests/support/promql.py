"""The part of PromQL that the alert rules use, evaluated over samples that a test writes down.

Selectors with ranges, ``sum`` and ``max`` with ``by``, ``absent``, ``rate``, ``avg_over_time``, ``time``, arithmetic,
comparisons that filter, and ``or``. Anything else is a KeyError or an AssertionError. Series end where their samples
do, as those of a target that is gone.
"""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

STEP: Final = 15.0
"""Seconds between two samples of a series."""

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Value = float | Vector

_TOKEN = re.compile(r'\s*("[^"]*"|[\d.]+e\d+|\d+[smhd]\b|[\d.]+|\w+|=~|>=|<=|==|!=|[-+*/<>=(){}\[\],])')
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_COMPUTE: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
_AGGREGATE: Final[dict[str, Callable[[Iterable[float]], float]]] = {"sum": sum, "max": max}


def seconds(text: str) -> float:
    """A duration such as ``5m``."""
    return float(text[:-1]) * _SECONDS[text[-1]]


@dataclass
class Samples:
    """Series by name and labels: a sample every ``STEP`` seconds, from time 0 on; None where the target was gone."""

    series: dict[tuple[str, Labels], list[float | None]] = field(default_factory=dict)

    def add(self, name: str, values: Iterable[float | None], **labels: str) -> None:
        """A series with these samples."""
        self.series[name, frozenset(labels.items())] = list(values)

    def query(self, expression: str, at: float) -> Vector:
        """The series that the expression has at time ``at``."""
        found = _Query(expression, self, at).whole()
        return found if isinstance(found, dict) else {frozenset(): found}

    def fires(self, expression: str, at: float, lasting: float = 0.0) -> set[Labels]:
        """The labels with which an alert on the expression fires at ``at`` after being true for ``lasting`` seconds."""
        moments = [at - lasting + step * STEP for step in range(int(lasting / STEP) + 1)]
        return set.intersection(*(set(self.query(expression, moment)) for moment in moments))

    def select(
        self, name: str, matches: Callable[[Labels], bool], begin: float, end: float
    ) -> dict[Labels, list[float]]:
        """Samples with begin <= time <= end of the series that match."""
        first, last = max(-int(-begin // STEP), 0), int(end // STEP)
        picked = {
            labels: [value for value in values[first : last + 1] if value is not None]
            for (known, labels), values in self.series.items()
            if known == name and matches(labels) and (values[last : last + 1] or [None])[0] is not None
        }
        return {labels: values for labels, values in picked.items() if values}


class _Query:
    """One expression, evaluated while it is read."""

    def __init__(self, expression: str, samples: Samples, at: float) -> None:
        self._tokens = _TOKEN.findall(expression)
        assert "".join(self._tokens) == re.sub(r"\s", "", expression), expression
        self._samples, self._at = samples, at

    def whole(self) -> Value:
        found = self._either()
        assert not self._tokens, self._tokens
        return found

    def _either(self) -> Value:
        found = self._comparison()
        while self._accept("or"):
            other = self._comparison()
            assert isinstance(found, dict)
            assert isinstance(other, dict)
            found = other | found
        return found

    def _comparison(self) -> Value:
        found = self._sum()
        while (sign := self._next_of(_COMPARE)) is not None:
            found = _paired(found, self._sum(), _COMPARE[sign], filters=True)
        return found

    def _sum(self) -> Value:
        found = self._product()
        while (sign := self._next_of("+-")) is not None:
            found = _paired(found, self._product(), _COMPUTE[sign])
        return found

    def _product(self) -> Value:
        found = self._term()
        while (sign := self._next_of("*/")) is not None:
            found = _paired(found, self._term(), _COMPUTE[sign])
        return found

    def _term(self) -> Value:
        token = self._tokens.pop(0)
        if token[0].isdigit():
            return float(token)
        if token == "(":
            return self._closed(self._either())
        if token in _AGGREGATE:
            return self._aggregate(_AGGREGATE[token])
        if self._tokens[:1] == ["("]:
            return self._call(token)
        return {labels: values[-1] for labels, values in self._selected(token).items()}

    def _aggregate(self, reduce: Callable[[Iterable[float]], float]) -> Vector:
        kept = self._names() if self._accept("by") else set()
        self._expect("(")
        inner = self._closed(self._either())
        assert isinstance(inner, dict)
        groups: dict[Labels, list[float]] = defaultdict(list)
        for labels, value in inner.items():
            groups[frozenset(pair for pair in labels if pair[0] in kept)].append(value)
        return {labels: reduce(values) for labels, values in groups.items()}

    def _call(self, function: str) -> Value:
        self._expect("(")
        if function == "time":
            return self._closed(self._at)
        if function == "absent":
            equal = {name: text for name, sign, text in self._peek_matchers() if sign == "="}
            inner = self._closed(self._either())
            assert isinstance(inner, dict)
            return {} if inner else {frozenset(equal.items()): 1.0}
        found = self._closed_range(self._tokens.pop(0))
        if function == "rate":
            return {key: (one[-1] - one[0]) / ((len(one) - 1) * STEP) for key, one in found.items() if len(one) > 1}
        return {"avg_over_time": {key: sum(one) / len(one) for key, one in found.items()}}[function]

    def _closed_range(self, name: str) -> dict[Labels, list[float]]:
        found = self._selected(name, ranged=True)
        self._expect(")")
        return found

    def _selected(self, name: str, *, ranged: bool = False) -> dict[Labels, list[float]]:
        matchers = self._matchers()
        length = 0.0
        if ranged:
            self._expect("[")
            length = seconds(self._tokens.pop(0))
            self._expect("]")
        return self._samples.select(name, lambda labels: _match(dict(labels), matchers), self._at - length, self._at)

    def _peek_matchers(self) -> list[tuple[str, str, str]]:
        kept = self._tokens.copy()
        self._tokens.pop(0)
        found = self._matchers()
        self._tokens = kept
        return found

    def _matchers(self) -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = []
        if self._accept("{"):
            while not self._accept("}"):
                name, sign, text = (self._tokens.pop(0) for _ in range(3))
                found.append((name, sign, text.strip('"')))
                self._accept(",")
        return found

    def _names(self) -> set[str]:
        self._expect("(")
        found = set()
        while not self._accept(")"):
            found.add(self._tokens.pop(0))
            self._accept(",")
        return found

    def _closed(self, found: Value) -> Value:
        self._expect(")")
        return found

    def _next_of(self, tokens: Iterable[str]) -> str | None:
        return self._tokens.pop(0) if self._tokens[:1] and self._tokens[0] in tokens else None

    def _accept(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._tokens.pop(0)
        return True

    def _expect(self, token: str) -> None:
        assert self._accept(token), (token, self._tokens)


def _match(labels: Mapping[str, str], matchers: Iterable[tuple[str, str, str]]) -> bool:
    tests = {"=": lambda found, text: found == text, "=~": lambda found, text: re.fullmatch(text, found) is not None}
    return all(tests[sign](labels.get(name, ""), text) for name, sign, text in matchers)


def _paired(left: Value, right: Value, operate: Callable[[float, float], float], *, filters: bool = False) -> Value:
    """On series of the same labels, or with a number; a comparison keeps the left value where it holds."""
    if not isinstance(left, dict) and not isinstance(right, dict):
        return float(operate(left, right))
    names = left if isinstance(left, dict) else right
    assert isinstance(names, dict)
    found: Vector = {}
    for labels in names:
        pair = [side.get(labels) if isinstance(side, dict) else side for side in (left, right)]
        if pair[0] is None or pair[1] is None:
            continue
        result = operate(pair[0], pair[1])
        if not filters:
            found[labels] = result
        elif result:
            found[labels] = pair[0] if isinstance(left, dict) else pair[1]
    return found
