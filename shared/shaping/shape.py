"""The shape of a record: how long it may be, which tables it has, and what counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.codec.fields import NUMBERS, FieldSpec, Kind
from shared.shaping.faults import bad_shape


@dataclass(frozen=True, slots=True)
class Table:
    """One OCCURS: bytes in the maximum layout, where every table is full.

    ``offset`` is that of the first occurrence within the first occurrence of the tables around it, ``stride`` the
    bytes from one occurrence to the next. ``counter`` is the index of the counter, None when the table always has
    ``maximum`` occurrences; ``parent`` the index of the table around it, which stands before it in the shape.
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
        """Bytes when it is full."""
        return self.stride * self.maximum

    @property
    def end(self) -> int:
        """The offset of the first byte behind it when it is full."""
        return self.offset + self.size

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
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
        """The table that ``to_dict`` described."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class CounterField:
    """A field that counts tables, at its offset in the maximum layout; inside a table, of its first occurrence.

    A number of up to 18 digits without decimal places has ``values`` None; for a text they say which text means which
    count. Raises JobError LRD940 for any other field.
    """

    spec: FieldSpec
    values: dict[str, int] | None = None

    def __post_init__(self) -> None:
        spec = self.spec
        if self.values is None and (spec.kind not in NUMBERS or spec.scale != 0 or spec.wide):
            raise bad_shape(f"the counter {spec.name} is no integer of up to 18 digits", field=spec.name)
        if self.values is not None and spec.kind is not Kind.TEXT:
            raise bad_shape(f"the counter {spec.name} has counts for its texts, but is {spec.kind}", field=spec.name)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {"spec": self.spec.to_dict(), "values": None if self.values is None else dict(self.values)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CounterField:
        """The counter that ``to_dict`` described."""
        return cls(FieldSpec.from_dict(data["spec"]), data["values"])


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything about a record's length. Lengths are in bytes, without an RDW.

    ``length`` is that of the maximum layout and ``minimum_length`` of the smallest complete record; a shorter one is
    truncated, which makes elements missing but is no fault. ``shifting``: items behind a table move up when it is not
    full, as COBOL defines it (Enterprise COBOL Language Reference, OCCURS DEPENDING ON clause); else every table keeps
    its maximum size in the record. ``tables`` are those that have a counter and those around them, parents first.
    ``strict_length`` makes bytes behind the last item a fault of the record.

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
        """Whether items lie elsewhere than in the maximum layout when a table is not full."""
        return self.shifting and any(table.counter is not None for table in self.tables)

    def around(self, index: int) -> tuple[int, ...]:
        """The tables around the table ``index`` and the table itself, outermost first."""
        line = [index]
        while (parent := self.tables[line[-1]].parent) is not None:
            line.append(parent)
        return tuple(reversed(line))

    def occurrences_around(self, index: int) -> int:
        """How often the table ``index`` stands in the maximum layout."""
        product = 1
        for table in self.around(index)[:-1]:
            product *= self.tables[table].maximum
        return product

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
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
        """The shape that ``to_dict`` described. Raises JobError LRD940 as the shape itself does."""
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
            raise bad_shape(f"{_named(table, index)} stands before the table around it", table=index)
        parent = shape.tables[table.parent]
        low, high = parent.offset, parent.offset + parent.stride
    if table.offset < low or table.end > high:
        message = f"{_named(table, index)} lies at [{table.offset}, {table.end}), outside of [{low}, {high})"
        raise bad_shape(message, table=index)
    for other in shape.tables[:index]:
        if other.parent == table.parent and other.offset < table.end and table.offset < other.end:
            raise bad_shape(f"{_named(table, index)} overlaps {other.name or 'another table'}", table=index)


def _check_counter(shape: Shape, index: int) -> None:
    """A counter lies before its table, and every table that it lies in is around its table, too."""
    table = shape.tables[index]
    if table.counter is None:
        return
    if not 0 <= table.counter < len(shape.counters):
        raise bad_shape(f"{_named(table, index)} has no counter {table.counter}", table=index)
    spec = shape.counters[table.counter].spec
    if spec.end > table.offset:
        raise bad_shape(f"{_named(table, index)} lies before the end of its counter {spec.name}", table=index)
    around = shape.around(index)
    for number, other in enumerate(shape.tables):
        apart = spec.end <= other.offset or spec.offset >= other.end
        inside = other.offset <= spec.offset and spec.end <= other.offset + other.stride
        if not apart and not (inside and number in around):
            message = f"the counter {spec.name} of {_named(table, index)} lies in {_named(other, number)}"
            raise bad_shape(message, table=index)


def _named(table: Table, index: int) -> str:
    return f"table {table.name or index}"
