"""A copybook as a tree of records (levels 01 and 77) and their items, without offsets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared.copybook.errors import Position
from shared.copybook.picture import Picture
from shared.copybook.reference import ChosenFormat

FILLER = "FILLER"


class Usage(Enum):
    """How an item is stored (USAGE clause). The value is COBOL's word for it."""

    DISPLAY = "DISPLAY"
    COMP = "COMP"
    COMP_1 = "COMP-1"
    COMP_2 = "COMP-2"
    COMP_3 = "COMP-3"
    COMP_5 = "COMP-5"
    COMP_6 = "COMP-6"
    COMP_9 = "COMP-9"
    NATIONAL = "NATIONAL"
    DISPLAY_1 = "DISPLAY-1"
    INDEX = "INDEX"
    POINTER = "POINTER"
    PROCEDURE_POINTER = "PROCEDURE-POINTER"


class SignPosition(Enum):
    """Where a zoned number has its sign; NONE for unsigned numbers and for all other usages."""

    NONE = "NONE"
    TRAILING = "TRAILING"
    LEADING = "LEADING"
    TRAILING_SEPARATE = "TRAILING SEPARATE"
    LEADING_SEPARATE = "LEADING SEPARATE"

    @property
    def separate(self) -> bool:
        """Whether the sign is a character of its own."""
        return self in (SignPosition.TRAILING_SEPARATE, SignPosition.LEADING_SEPARATE)


class LiteralKind(Enum):
    """The kind of a literal in a VALUE clause."""

    TEXT = "text"
    NUMBER = "number"
    HEX = "hex"
    NATIONAL = "national"
    FIGURATIVE = "figurative"


@dataclass(frozen=True, slots=True)
class Literal:
    """One literal. ``text`` has no quotation marks; hex digits are unchanged, figurative constants in upper case."""

    kind: LiteralKind
    text: str
    repeated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {"kind": self.kind.value, "text": self.text, "all": self.repeated}


@dataclass(frozen=True, slots=True)
class ValueRange:
    """One value of a condition name, or a range of values that includes both ends."""

    low: Literal
    high: Literal | None = None

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {"low": self.low.to_dict(), "high": self.high.to_dict() if self.high else None}


@dataclass(frozen=True, slots=True)
class Condition:
    """A level 88: a name that is true when its item has one of ``values``."""

    name: str
    values: tuple[ValueRange, ...]
    line: int

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {"name": self.name, "values": [value.to_dict() for value in self.values], "line": self.line}


@dataclass(frozen=True, slots=True)
class Occurs:
    """An OCCURS clause. ``depending_on`` is the name of the counter with its qualifiers, innermost first."""

    minimum: int
    maximum: int
    depending_on: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "depending_on": " OF ".join(self.depending_on) or None,
        }


@dataclass(frozen=True, slots=True)
class Rename:
    """A level 66. ``first`` and ``last`` are names with their qualifiers, innermost first."""

    name: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Item:
    """A data description entry with all items below it.

    ``usage``, ``sign`` and ``synchronized`` include the clauses of the groups around the item; those of a group only
    apply to its items. ``implicit`` marks an 01 that is not in the copybook, whose items begin at a deeper level.
    """

    level: int
    name: str
    at: Position
    picture: Picture | None = None
    usage: Usage = Usage.DISPLAY
    sign: SignPosition = SignPosition.NONE
    signed: bool = False
    occurs: Occurs | None = None
    redefines: str | None = None
    synchronized: bool = False
    justified: bool = False
    blank_when_zero: bool = False
    value: Literal | None = None
    conditions: tuple[Condition, ...] = ()
    renames: tuple[Rename, ...] = ()
    children: tuple[Item, ...] = ()
    implicit: bool = False

    @property
    def line(self) -> int:
        """The line where the entry begins, in its own source."""
        return self.at.line

    @property
    def is_group(self) -> bool:
        """Whether the item has items below it."""
        return bool(self.children)

    def walk(self) -> Iterator[Item]:
        """This item and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            item = waiting.pop()
            yield item
            waiting.extend(reversed(item.children))

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON. The recursion is as deep as level numbers, at most 49."""
        return {
            "level": self.level,
            "name": self.name,
            "line": self.line,
            "picture": self.picture.text if self.picture else None,
            "usage": self.usage.value,
            "sign": self.sign.value,
            "signed": self.signed,
            "occurs": self.occurs.to_dict() if self.occurs else None,
            "redefines": self.redefines,
            "synchronized": self.synchronized,
            "justified": self.justified,
            "blank_when_zero": self.blank_when_zero,
            "value": self.value.to_dict() if self.value else None,
            "conditions": [condition.to_dict() for condition in self.conditions],
            "children": [child.to_dict() for child in self.children],
        }


@dataclass(frozen=True, slots=True)
class Copybook:
    """One or several parsed copybooks, with the records in the order of the text."""

    source: str
    reference_format: ChosenFormat
    records: tuple[Item, ...]

    @property
    def record_names(self) -> tuple[str, ...]:
        """The names that ``lay_out`` accepts as ``record``."""
        return tuple(record.name for record in self.records)

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {
            "source": self.source,
            "reference_format": self.reference_format,
            "records": [record.to_dict() for record in self.records],
        }
