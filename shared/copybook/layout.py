"""The flat layout of one record: every item with its offset, length and type, in storage order; items by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from shared.copybook.ast import FILLER, Condition, Literal, SignPosition, Usage
from shared.copybook.errors import AMBIGUOUS_NAME, UNKNOWN_NAME, Position, failure, shown
from shared.copybook.picture import Category

_SHOWN_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Dimension:
    """One table around an item: bounds, bytes from one occurrence to the next, and the path of its counter, or None."""

    minimum: int
    maximum: int
    stride: int
    depending_on: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        counter = list(self.depending_on) if self.depending_on else None
        return {"minimum": self.minimum, "maximum": self.maximum, "stride": self.stride, "depending_on": counter}


@dataclass(frozen=True, slots=True)
class LayoutField:
    """One item of a record, group or elementary.

    offset: of the first occurrence, in bytes from the record's start (without RDW), with all tables at maximum size.
    length: of one occurrence in bytes, including slack bytes at its end.
    path: the names from the 01 down. Unnamed items are FILLER, so paths of FILLERs are not unique.
    digits, scale: the digit positions in storage; a value is their integer × 10^−scale (negative for PIC 9PPP).
    occurs: the tables around the item, outermost first, including its own.
    redefines: the item whose storage it shares. in_redefinition: whether it or a group around it has REDEFINES.
    """

    name: str
    path: tuple[str, ...]
    level: int
    offset: int
    length: int
    is_group: bool
    picture: str | None
    category: Category
    usage: Usage
    digits: int
    scale: int
    signed: bool
    sign: SignPosition
    occurs: tuple[Dimension, ...]
    redefines: str | None
    in_redefinition: bool
    conditions: tuple[Condition, ...]
    justified: bool
    blank_when_zero: bool
    line: int
    value: Literal | None = None

    @property
    def is_variable(self) -> bool:
        """Whether the item is in a table that has a counter."""
        return any(dimension.depending_on for dimension in self.occurs)

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {
            "name": self.name,
            "path": list(self.path),
            "level": self.level,
            "offset": self.offset,
            "length": self.length,
            "is_group": self.is_group,
            "picture": self.picture,
            "category": self.category.value,
            "usage": self.usage.value,
            "digits": self.digits,
            "scale": self.scale,
            "signed": self.signed,
            "sign": self.sign.value,
            "occurs": [dimension.to_dict() for dimension in self.occurs],
            "redefines": self.redefines,
            "in_redefinition": self.in_redefinition,
            "conditions": [condition.to_dict() for condition in self.conditions],
            "justified": self.justified,
            "blank_when_zero": self.blank_when_zero,
            "line": self.line,
            "value": self.value.to_dict() if self.value else None,
        }


@dataclass(frozen=True, slots=True)
class RenamedRange:
    """A level 66: another name for the bytes from one item to another. Lengths and offsets are in bytes."""

    name: str
    offset: int
    length: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    line: int

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {
            "name": self.name,
            "offset": self.offset,
            "length": self.length,
            "first": list(self.first),
            "last": list(self.last),
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class Layout:
    """One record.

    ``length`` is its length in bytes with every table full, and ``minimum_length`` with every counter at its minimum
    and the longest of items that redefine each other. ``fields`` are all items in storage order: the record first,
    groups before their items, and tables not expanded.
    """

    name: str
    length: int
    minimum_length: int
    fields: tuple[LayoutField, ...]
    is_variable: bool
    renames: tuple[RenamedRange, ...] = ()
    source: str = "copybook"

    def find(self, name: str) -> LayoutField:
        """The field called ``NAME``, ``NAME OF GROUP`` or ``GROUP.NAME``, in any case of letters.

        Raises ``CopybookError`` LRC025 (with similar names) or LRC026 (with the paths of the candidates).
        """
        index = NameIndex([field.path for field in self.fields], self.source)
        return self.fields[index.find(name)]

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON (``lrecl layout --json``)."""
        return {
            "name": self.name,
            "source": self.source,
            "length": self.length,
            "minimum_length": self.minimum_length,
            "is_variable": self.is_variable,
            "fields": [field.to_dict() for field in self.fields],
            "renames": [rename.to_dict() for rename in self.renames],
        }


class NameIndex:
    """Finds items of one record by name, with COBOL's qualification (Language Reference, "Uniqueness of reference").

    An item is its index in ``paths``. A path has the names from the record down to the item.
    """

    def __init__(self, paths: Sequence[tuple[str, ...]], source: str) -> None:
        self._paths = paths
        self._source = source
        self._by_name: dict[str, list[int]] = {}
        for index, path in enumerate(paths):
            if path[-1] != FILLER:
                self._by_name.setdefault(path[-1], []).append(index)

    def find(self, reference: str) -> int:
        """Find ``NAME``, ``NAME OF GROUP`` (or IN) or ``GROUP.NAME``. Raises ``CopybookError`` LRC025 or LRC026."""
        words = reference.upper().replace(" IN ", " OF ").split(" OF ")
        names = [part.strip() for word in words for part in reversed(word.split("."))]
        return self.resolve(tuple(names), Position(self._source, 0, 0))

    def resolve(self, names: tuple[str, ...], at: Position) -> int:
        """Find the only item called ``names[0]`` in the groups called ``names[1:]``, innermost first."""
        candidates = [index for index in self._by_name.get(names[0], ()) if _within(self._paths[index], names)]
        if len(candidates) == 1:
            return candidates[0]
        reference = shown(" OF ".join(names), 120)
        if candidates:
            paths = ", ".join(".".join(self._paths[index]) for index in candidates[:_SHOWN_CANDIDATES])
            raise failure(AMBIGUOUS_NAME, f"{reference} stands for {len(candidates)} items: {paths}", at)
        raise failure(UNKNOWN_NAME, f"{reference} is not in record {self._paths[0][0]}", at, self._nearest(names))

    def _nearest(self, names: tuple[str, ...]) -> str:
        close = get_close_matches(names[0], list(self._by_name)[:1000], n=3)
        return f"Did you mean {' or '.join(close)}?" if close else ""


def _within(path: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether the qualifiers are in the path, in order from the item outwards. Levels between them can be left out."""
    outwards = iter(reversed(path))
    return all(name in outwards for name in names)
