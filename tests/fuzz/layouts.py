"""Records of fields of every kind, half of them with tables that a counter counts; right ones, to be spoilt."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from shared.codec import FieldSpec, Kind, Sign
from shared.shaping import CounterField, Shape, Table
from tests.fuzz import fields

Occurrence = tuple[tuple[int, int], ...]
_WORDS: Final = {"NONE": 0, "ONE": 1, "TWO": 2, "LOTS": 4}


@dataclass
class Part:
    """A field with its right values; a counter when ``counts``, whose values belong to 0, 1, 2 …"""

    spec: FieldSpec
    values: list[bytes]
    counts: bool = False


@dataclass
class Group:
    """Parts, ``maximum`` times; as often as the counter before it says when there is one."""

    parts: list[Part | Group]
    minimum: int = 1
    maximum: int = 1
    counter: int | None = None

    @property
    def width(self) -> int:
        return sum(one.width * one.maximum if isinstance(one, Group) else one.spec.length for one in self.parts)


@dataclass
class Layout:
    """``specs`` are the decoded fields at their places in the largest record, each with the tables around it."""

    root: Group
    shape: Shape
    specs: list[FieldSpec] = field(default_factory=list)
    around: list[Occurrence] = field(default_factory=list)

    def record(self, dice: random.Random) -> bytes:
        """One record that is right."""
        return _written(self.root.parts, dice, self.shape.shifting)


class Maker:
    """Invents one layout."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._counters: list[CounterField] = []
        self._tables: list[Table] = []
        self._number = 0

    def layout(self) -> Layout:
        dice = self._dice
        parts: list[Part | Group] = [*self._fields(0, dice.randint(1, 6))]
        if dice.random() < 0.5:
            parts += self._table(_width(parts), None, dice.choice((1, 1, 2)))
            parts += self._fields(_width(parts), dice.randint(0, 2))
        root = Group(parts)
        shifting = dice.random() < 0.7
        shape = Shape(
            root.width, 0, shifting, tuple(self._tables), tuple(self._counters), strict_length=dice.random() < 0.3
        )
        made = Layout(root, shape)
        _place(made, root.parts, 0, ())
        return made

    def _fields(self, at: int, count: int) -> list[Part]:
        found: list[Part] = []
        for _ in range(count):
            self._number += 1
            spec = fields.field(self._dice, f"F{self._number}", at)
            found.append(Part(spec, fields.values(spec, self._dice)))
            at = spec.end
        return found

    def _counter(self, at: int) -> Part:
        name, kind = f"C{len(self._counters)}", self._dice.choice(("display", "packed", "binary", "text"))
        spec, words = {
            "display": (FieldSpec(name, Kind.DISPLAY, at, 2, 2), None),
            "packed": (FieldSpec(name, Kind.PACKED, at, 2, 3, sign=Sign.TRAILING), None),
            "binary": (FieldSpec(name, Kind.BINARY, at, 2, 4), None),
            "text": (FieldSpec(name, Kind.TEXT, at, 4), _WORDS),
        }[kind]
        self._counters.append(CounterField(spec, words))
        return Part(spec, [_count(spec, number) for number in range(5)], counts=True)

    def _table(self, at: int, parent: int | None, depth: int) -> list[Part | Group]:
        counter = self._counter(at)
        number = len(self._counters) - 1
        place, index = counter.spec.end, len(self._tables)
        most = self._dice.randint(1, 4)
        least = self._dice.choice((0, 0, 1))
        self._tables.append(Table(place, 1, least, most, number, parent, f"T{index}"))
        inner: list[Part | Group] = [*self._fields(place, self._dice.randint(1, 2))]
        if depth > 1:
            inner += self._table(place + _width(inner), index, depth - 1)
        self._tables[index] = replace(self._tables[index], stride=_width(inner))
        return [counter, Group(inner, least, most, number)]


@lru_cache(maxsize=100)
def layout_of(number: int) -> Layout:
    """One of many layouts."""
    return Maker(random.Random(number)).layout()


def _width(parts: Sequence[Part | Group]) -> int:
    return Group(list(parts)).width


def _count(spec: FieldSpec, number: int) -> bytes:
    if spec.kind is Kind.TEXT:
        word = next((word for word, count in _WORDS.items() if count == number), "TWO")
        return word.ljust(4).encode("cp037")
    written = {Kind.DISPLAY: f"F0F{number}", Kind.PACKED: f"00{number}C", Kind.BINARY: f"000{number}"}
    return bytes.fromhex(written[spec.kind])


def _place(made: Layout, parts: list[Part | Group], at: int, around: Occurrence) -> None:
    """List every field of every occurrence at its place."""
    for one in parts:
        if isinstance(one, Part):
            made.specs.append(replace(one.spec, name=f"{one.spec.name}-{len(made.specs)}", offset=at))
            made.around.append(around)
            at += one.spec.length
            continue
        index = next(i for i, table in enumerate(made.shape.tables) if table.counter == one.counter)
        for number in range(one.maximum):
            _place(made, one.parts, at + number * one.width, (*around, (index, number + 1)))
        at += one.width * one.maximum


def _written(parts: list[Part | Group], dice: random.Random, shifting: bool) -> bytes:
    found, last = [], 0
    for place, one in enumerate(parts):
        if isinstance(one, Part):
            following = parts[place + 1] if one.counts else None
            if isinstance(following, Group):
                last = dice.choice([n for n in (0, 1, 2, 4) if following.minimum <= n <= following.maximum])
                found.append(one.values[last])
            else:
                found.append(dice.choice(one.values))
            continue
        body = b"".join(_written(one.parts, dice, shifting) for _ in range(last))
        found.append(body if shifting else body.ljust(one.width * one.maximum, b"\x40"))
    return b"".join(found)
