"""The flat layout of one record: every item with its offset, length and type, in storage order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.copybook.ast import Condition, Literal, SignPosition, Usage
from shared.copybook.naming import NameIndex
from shared.copybook.picture import Category


@dataclass(frozen=True, slots=True)
class Dimension:
    """One table around an item: bounds, bytes from one occurrence to the next, and the path of its counter or None."""

    minimum: int
    maximum: int
    stride: int
    depending_on: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        counter = list(self.depending_on) if self.depending_on else None
        return {"minimum": self.minimum, "maximum": self.maximum, "stride": self.stride, "depending_on": counter}


@dataclass(frozen=True, slots=True)
class LayoutField:
    """One item of a record, group or elementary.

    ``offset`` is that of the first occurrence in bytes from the record's start (no RDW counted), with every table at
    its maximum size; ``length`` is that of one occurrence in bytes, slack bytes at its end included. ``path`` holds the
    names from the 01 down; unnamed items are FILLER, so that paths of FILLERs are not unique. ``digits`` are the digit
    positions stored, and a value is their integer × 10^−``scale`` (negative for PIC 9PPP). ``occurs`` are the tables
    around the item, outermost first, its own included. ``redefines`` names the item it shares storage with;
    ``in_redefinition`` holds for it and everything below it.
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
        """Whether the item is in a table whose size a counter decides."""
        return any(dimension.depending_on for dimension in self.occurs)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
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
    """A level 66: a second name for the bytes from one item to another; lengths and offsets in bytes."""

    name: str
    offset: int
    length: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    line: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
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
    """One record. ``length`` is the bytes with every table full, ``minimum_length`` with every counted table smallest.

    ``fields`` are all items in storage order, the record itself first, groups before their items, tables not expanded.
    A ``minimum_length`` counts the longest of items that redefine each other.
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

        Raises ``CopybookError`` LRC025 (with names that come close) or LRC026 (with the candidates' paths).
        """
        index = NameIndex([field.path for field in self.fields], self.source)
        return self.fields[index.find(name)]

    def to_dict(self) -> dict[str, Any]:
        """For JSON (``lrecl layout --json``)."""
        return {
            "name": self.name,
            "source": self.source,
            "length": self.length,
            "minimum_length": self.minimum_length,
            "is_variable": self.is_variable,
            "fields": [field.to_dict() for field in self.fields],
            "renames": [rename.to_dict() for rename in self.renames],
        }
