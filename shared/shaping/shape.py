"""The shape of a record: its lengths, its tables and their counters; and the codes of what can be wrong, with remedies.

LRD04n are data faults of records, LRD94n errors of the caller. Without NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.codec.fields import NUMBERS, FieldSpec, Kind
from shared.errors import InputError, JobError

NO_COUNT: Final = "LRD040"
COUNT_OUT_OF_RANGE: Final = "LRD041"
TOO_LONG: Final = "LRD042"

REMEDIES: Final[dict[str, str]] = {
    NO_COUNT: "The counter of a table cannot be read. Compare the copybook with the file: a counter at the wrong "
    "offset looks like this. A text counter needs counts for its values.",
    COUNT_OUT_OF_RANGE: "Correct the counter at the source, or widen the bounds of OCCURS … TO … in the copybook.",
    TOO_LONG: "Compare the copybook with the file: the copybook lacks the last items, or items do not move up after "
    "tables that are not full. Without strict_length the additional bytes are ignored.",
    "LRD940": "Derive the shape from the copybook's layout: tables within their parents, counters before their tables.",
    "LRD941": "Pass the start and the length of each record, as the framing of the same data returns them.",
}


def bad_shape(message: str, **context: object) -> JobError:
    """The error for tables and counters that do not fit each other."""
    return JobError("LRD940", message, remedy=REMEDIES["LRD940"], **context)


def bad_records(message: str, **context: object) -> InputError:
    """The error for records that are not within their data."""
    return InputError("LRD941", message, remedy=REMEDIES["LRD941"], **context)


@dataclass(frozen=True, slots=True)
class Table:
    """One OCCURS, in bytes of the maximum layout, where every table is full.

    ``offset`` is the offset of the first occurrence, within the first occurrence of the tables around it. ``stride``
    are the bytes from one occurrence to the next. ``counter`` is the index of the counter, None when the table always
    has ``maximum`` occurrences. ``parent`` is the index of the table around it, which comes before it in the shape.
    """

    offset: int
    stride: int
    minimum: int
    maximum: int
    counter: int | None
    parent: int | None
    name: str = ""

    @property
    def size(self) -> int:
        """The bytes of the full table."""
        return self.stride * self.maximum

    @property
    def end(self) -> int:
        """The offset of the first byte after the full table."""
        return self.offset + self.size

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {
            "offset": self.offset,
            "stride": self.stride,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "counter": self.counter,
            "parent": self.parent,
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Table:
        """The inverse of ``to_dict``."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class CounterField:
    """A field that counts tables, at its offset in the maximum layout; in a table, of its first occurrence.

    It is either a number of up to 18 digits without decimal places, with ``values`` None, or a text, and ``values``
    maps its texts to counts. Raises JobError LRD940 for any other field.
    """

    spec: FieldSpec
    values: dict[str, int] | None = None

    def __post_init__(self) -> None:
        spec = self.spec
        if self.values is None and (spec.kind not in NUMBERS or spec.scale != 0 or spec.wide):
            raise bad_shape(f"the counter {spec.name} is not an integer of up to 18 digits", field=spec.name)
        if self.values is not None and spec.kind is not Kind.TEXT:
            raise bad_shape(
                f"the counter {spec.name} has counts for texts, but its kind is {spec.kind.label}", field=spec.name
            )

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {"spec": self.spec.to_dict(), "values": None if self.values is None else dict(self.values)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CounterField:
        """The inverse of ``to_dict``."""
        return cls(FieldSpec.from_dict(data["spec"]), data["values"])


@dataclass(frozen=True, slots=True)
class Shape:
    """The lengths and tables of a record. Lengths are in bytes, without an RDW.

    ``length`` is the length of the maximum layout, and ``minimum_length`` of the shortest complete record. A shorter
    record is truncated: it lacks elements, but that is not a fault. ``shifting``: items after a table that is not full
    move up, as COBOL defines it (Enterprise COBOL Language Reference, OCCURS DEPENDING ON clause); otherwise every
    table has its maximum size in the record. ``tables`` are the tables with a counter and those around them, parents
    first.
    ``strict_length``: bytes after the last item are a fault of the record.

    Raises JobError LRD940 when the parts do not fit each other.
    """

    length: int
    minimum_length: int
    shifting: bool
    tables: tuple[Table, ...] = ()
    counters: tuple[CounterField, ...] = ()
    strict_length: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_length <= self.length or self.length < 1:
            raise bad_shape(f"a record of {self.minimum_length} to {self.length} bytes")
        for index in range(len(self.tables)):
            _check_place(self, index)
            _check_counter(self, index)

    @property
    def moving(self) -> bool:
        """Whether items can have another offset than in the maximum layout."""
        return self.shifting and any(table.counter is not None for table in self.tables)

    def around(self, index: int) -> tuple[int, ...]:
        """The tables around the table ``index`` and the table itself, outermost first."""
        line = [index]
        while (parent := self.tables[line[-1]].parent) is not None:
            line.append(parent)
        return tuple(reversed(line))

    def occurrences_around(self, index: int) -> int:
        """How many times the table ``index`` is in the maximum layout."""
        product = 1
        for table in self.around(index)[:-1]:
            product *= self.tables[table].maximum
        return product

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {
            "length": self.length,
            "minimum_length": self.minimum_length,
            "shifting": self.shifting,
            "tables": [table.to_dict() for table in self.tables],
            "counters": [counter.to_dict() for counter in self.counters],
            "strict_length": self.strict_length,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Shape:
        """The inverse of ``to_dict``. Raises JobError LRD940 as the shape itself does."""
        tables = tuple(Table.from_dict(table) for table in data["tables"])
        counters = tuple(CounterField.from_dict(counter) for counter in data["counters"])
        return cls(**{**data, "tables": tables, "counters": counters})


def _check_place(shape: Shape, index: int) -> None:
    table = shape.tables[index]
    if table.stride < 1 or not 0 <= table.minimum <= table.maximum or table.maximum < 1:
        message = f"{_named(table, index)} has {table.minimum} to {table.maximum} occurrences of {table.stride} bytes"
        raise bad_shape(message, table=index)
    low, high = 0, shape.length
    if table.parent is not None:
        if not 0 <= table.parent < index:
            raise bad_shape(f"{_named(table, index)} comes before the table around it", table=index)
        parent = shape.tables[table.parent]
        low, high = parent.offset, parent.offset + parent.stride
    if table.offset < low or table.end > high:
        message = f"{_named(table, index)} is at [{table.offset}, {table.end}), outside [{low}, {high})"
        raise bad_shape(message, table=index)
    for other in shape.tables[:index]:
        if other.parent == table.parent and other.offset < table.end and table.offset < other.end:
            raise bad_shape(f"{_named(table, index)} overlaps {other.name or 'another table'}", table=index)


def _check_counter(shape: Shape, index: int) -> None:
    """The counter must be before its table, and each table around the counter must also be around its table."""
    table = shape.tables[index]
    if table.counter is None:
        return
    if not 0 <= table.counter < len(shape.counters):
        raise bad_shape(f"{_named(table, index)} has no counter {table.counter}", table=index)
    spec = shape.counters[table.counter].spec
    if spec.end > table.offset:
        raise bad_shape(f"{_named(table, index)} begins before the end of its counter {spec.name}", table=index)
    around = shape.around(index)
    for number, other in enumerate(shape.tables):
        apart = spec.end <= other.offset or spec.offset >= other.end
        inside = other.offset <= spec.offset and spec.end <= other.offset + other.stride
        if not apart and not (inside and number in around):
            message = f"the counter {spec.name} of {_named(table, index)} is inside {_named(other, number)}"
            raise bad_shape(message, table=index)


def _named(table: Table, index: int) -> str:
    return f"table {table.name or index}"
