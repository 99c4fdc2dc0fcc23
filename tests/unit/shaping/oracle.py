"""Records of nested tables, generated and laid out one by one, for comparison with the shaper."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.codec import FieldSpec, Kind
from shared.shaping import CounterField, Shape, Table

FILLER = 0x40
DIGITS = 2


@dataclass
class Bytes:
    """Any bytes or, with a name, a counter of two digits."""

    width: int
    counter: str = ""


@dataclass
class Many:
    """A table; ``counter`` is "" when it always has ``maximum`` occurrences."""

    name: str
    minimum: int
    maximum: int
    counter: str
    items: list[Bytes | Many] = field(default_factory=list)

    @property
    def stride(self) -> int:
        return size(self.items)


Items = list[Bytes | Many]
Occurrence = tuple[tuple[int, int], ...]


def size(items: Items) -> int:
    """Bytes when every table is full."""
    return sum(one.stride * one.maximum if isinstance(one, Many) else one.width for one in items)


def smallest(items: Items) -> int:
    return sum(smallest(one.items) * one.minimum if isinstance(one, Many) else one.width for one in items)


def shape_of_tree(items: Items, *, shifting: bool, strict: bool = False) -> Shape:
    """Every table, including fixed tables without a table that varies."""
    tables: list[Table] = []
    counters: dict[str, CounterField] = {}

    def place(below: Items, at: int, parent: int | None) -> None:
        for one in below:
            if isinstance(one, Bytes):
                if one.counter:
                    counters[one.counter] = CounterField(FieldSpec(one.counter, Kind.DISPLAY, at, DIGITS, DIGITS))
                at += one.width
                continue
            index = list(counters).index(one.counter) if one.counter else None
            tables.append(Table(at, one.stride, one.minimum, one.maximum, index, parent, one.name))
            place(one.items, at, len(tables) - 1)
            at += one.stride * one.maximum

    place(items, 0, None)
    least = smallest(items) if shifting else size(items)
    return Shape(size(items), least, shifting, tuple(tables), tuple(counters.values()), strict)


@dataclass
class Element:
    """One stretch of bytes of one occurrence: its offset in the maximum layout and, if it exists, in a record."""

    offset: int
    width: int
    occurrence: Occurrence
    at: int | None


@dataclass
class Read:
    """The result for a record; ``fault`` is the code and the offset of the counter."""

    elements: list[Element]
    used: int
    fault: tuple[str, int] | None = None


@dataclass
class _Reader:
    """Walks one record item by item. ``place`` is an offset in the maximum layout, ``at`` one in the record."""

    record: bytes
    shifting: bool
    tables: dict[str, int]
    elements: list[Element] = field(default_factory=list)
    counts: dict[str, int | str | None] = field(default_factory=dict)
    spots: dict[str, int] = field(default_factory=dict)
    fault: tuple[str, int] | None = None
    lost: bool = False

    def read(self, items: Items, place: int, at: int, occurrence: Occurrence, *, there: bool) -> int:
        """Returns the end of the items in the record; ``there``: whether the occurrence exists."""
        for one in items:
            if isinstance(one, Many):
                at = self.table(one, place, at, occurrence, there=there)
                place += one.stride * one.maximum
            else:
                if there and one.counter:
                    self.counts[one.counter], self.spots[one.counter] = self.number(at), at
                found = at if there and not self.lost and at + one.width <= len(self.record) else None
                self.elements.append(Element(place, one.width, occurrence, found))
                place += one.width
                at += one.width
        return at

    def number(self, at: int) -> int | str | None:
        """A count, None when the counter is after the end of the record, or "bad"."""
        if at >= len(self.record) or self.lost:
            return None
        raw = self.record[at : at + DIGITS]
        text = raw.decode("cp037")
        return int(text) if len(raw) == DIGITS and text.isascii() and text.isdigit() else "bad"

    def table(self, table: Many, place: int, at: int, occurrence: Occurrence, *, there: bool) -> int:
        count = self.count(table) if there else 0
        begin = at
        for number in range(table.maximum):
            inner = (*occurrence, (self.tables[table.name], number + 1))
            end = self.read(table.items, place, at, inner, there=number < count)
            place += table.stride
            if number < count:
                at = end
        return at if self.shifting else begin + table.stride * table.maximum

    def count(self, table: Many) -> int:
        if not table.counter:
            return table.maximum
        value = self.counts[table.counter]
        if value is None:
            return 0
        code = ""
        if value == "bad":
            code = "LRD040"
        elif not table.minimum <= int(value) <= table.maximum:
            code = "LRD041"
        if code:
            self.fault = self.fault or (code, self.spots[table.counter])
            self.lost = self.shifting
            return 0
        return int(value)


def read_record(items: Items, shape: Shape, record: bytes) -> Read:
    """Every element of the maximum layout, present or not."""
    tables = {table.name: index for index, table in enumerate(shape.tables)}
    reader = _Reader(record, shape.shifting, tables)
    used = reader.read(items, 0, 0, (), there=True)
    fault = reader.fault
    if fault is None and shape.strict_length and len(record) > used:
        fault = ("LRD042", used)
    return Read(reader.elements, used, fault)


def write_record(items: Items, dice: random.Random, *, shifting: bool, wrong: float) -> bytes:
    """A record of random counts. Each counter is faulty with the probability ``wrong``."""
    counts: dict[str, int] = {}

    def bounds(name: str, below: Items) -> Iterator[tuple[int, int]]:
        for one in below:
            if isinstance(one, Many):
                if one.counter == name:
                    yield one.minimum, one.maximum
                yield from bounds(name, one.items)

    def written(below: Items) -> bytes:
        parts = []
        for one in below:
            if isinstance(one, Many):
                number = counts[one.counter] if one.counter else one.maximum
                body = b"".join(written(one.items) for _ in range(min(number, one.maximum)))
                parts.append(body if shifting else body.ljust(one.stride * one.maximum, b"\x6f"))
            elif one.counter:
                ranges = list(bounds(one.counter, items))
                low, high = max((low for low, _ in ranges), default=0), min((high for _, high in ranges), default=9)
                counts[one.counter] = dice.randint(min(low, high), high)
                raw = f"{counts[one.counter]:0{DIGITS}}".encode("cp037")
                spoilt = dice.choice([b"\x40\x40", b"\xf9\xf9", b"\xf1\x00"])
                parts.append(spoilt if dice.random() < wrong else raw)
            else:
                parts.append(dice.randbytes(one.width))
        return b"".join(parts)

    return written(items)
