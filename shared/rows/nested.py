"""Batches of records as nested objects: groups as objects, tables as lists, items as values.

Each element of the layout is decoded as a column. Rows are assembled at the end, from the innermost groups outwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shared.codec import Decoder
from shared.copybook import Element, Layout
from shared.rows.tree import Naming, Node, Readings, tree_of
from shared.rows.values import Leaf, SpecOf, hexes_of, leaf_of, raw_spec, values_of
from shared.shaping import Shape, ShapedBatch

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """How rows look.

    naming: which items they have. nulls: items without a value are null instead of being left out. show_hex: each value
    is followed by its bytes in hex, under ``NAME_debug``.
    """

    naming: Naming = field(default_factory=Naming)
    nulls: bool = False
    show_hex: bool = False


@dataclass(frozen=True, slots=True)
class _Object:
    """A group: its items by name."""

    names: tuple[str, ...]
    parts: tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _List:
    """A table's occurrences. ``table`` (None without a counter) and ``place`` index ``ShapedBatch.counts``."""

    parts: tuple[_Part, ...]
    table: int | None
    place: int


_Part = _Object | _List | int
"""An int is the index of a leaf."""

_Occurrence = tuple[tuple[int, int], ...]


class RowMaker:
    """Makes the rows of one record type.

    A table has as many items as its counter says; a table without a counter has all of them. Text that is cut by the
    end of the record keeps its first part; other items that are cut have no value. All redefinitions of the same
    storage are decoded; those that do not decode have no value.
    """

    def __init__(
        self, layout: Layout, shape: Shape, spec_of: SpecOf, look: Look, readings: Readings | None = None
    ) -> None:
        self._look = look
        self._spec_of = spec_of
        self._shape = shape
        self._tables = {(one.name, one.offset, one.stride): at for at, one in enumerate(shape.tables)}
        self._leaves: list[Leaf] = []
        self._root = self._object(tree_of(layout, look.naming, readings or Readings()), (), ())
        specs = [leaf.spec for leaf in self._leaves]
        self._decoder = Decoder([*specs, *map(raw_spec, specs if look.show_hex else ())], shape.length)

    @property
    def items(self) -> tuple[str, ...]:
        """The names of all items that a row can have."""
        return self._root.names

    def rows(self, shaped: ShapedBatch) -> list[Row]:
        """An object for each record."""
        columns = self._decoder.decode(shaped.records)
        count = len(self._leaves)
        values = [values_of(leaf, column, shaped) for leaf, column in zip(self._leaves, columns, strict=False)]
        hexes = [hexes_of(leaf, column, shaped) for leaf, column in zip(self._leaves, columns[count:], strict=False)]
        return _Assembly(shaped, values, hexes, nulls=self._look.nulls).objects(self._root)

    def _object(self, node: Node, subscripts: tuple[int, ...], occurrence: _Occurrence) -> _Object:
        parts = tuple(self._child(child, subscripts, occurrence) for child in node.children)
        return _Object(tuple(child.name for child in node.children), parts)

    def _child(self, node: Node, subscripts: tuple[int, ...], occurrence: _Occurrence) -> _Part:
        if node.table is None:
            return self._part(node, subscripts, occurrence)
        table = self._tables.get((node.field.name, node.field.offset, node.table.stride))
        parts = tuple(
            self._part(node, (*subscripts, number), occurrence if table is None else (*occurrence, (table, number)))
            for number in range(1, node.table.maximum + 1)
        )
        return _List(parts, table, 0 if table is None else self._place(table, occurrence))

    def _part(self, node: Node, subscripts: tuple[int, ...], occurrence: _Occurrence) -> _Part:
        if node.is_group:
            return self._object(node, subscripts, occurrence)
        item = node.field
        shift = sum((number - 1) * one.stride for number, one in zip(subscripts, item.occurs, strict=True))
        element = Element(item, subscripts, item.offset + shift, item.name)
        self._leaves.append(leaf_of(self._spec_of(element), occurrence))
        return len(self._leaves) - 1

    def _place(self, table: int, occurrence: _Occurrence) -> int:
        """The column in ``ShapedBatch.counts[table]`` for the table in these occurrences of the tables around it."""
        subscripts = dict(occurrence)
        place = 0
        for outer in self._shape.around(table)[:-1]:
            place = place * self._shape.tables[outer].maximum + subscripts[outer] - 1
        return place


class _Assembly:
    """Makes the objects of one batch from the values of its leaves."""

    def __init__(self, shaped: ShapedBatch, values: list[list[Any]], hexes: list[list[Any]], *, nulls: bool) -> None:
        self._shaped = shaped
        self._values = values
        self._hexes = hexes
        self._nulls = nulls

    def objects(self, group: _Object) -> list[Row]:
        """The rows of a group."""
        names: list[str] = []
        columns: list[list[Any]] = []
        for name, part in zip(group.names, group.parts, strict=True):
            names.append(name)
            columns.append(self._items(part))
            if self._hexes and not self._holds_objects(part):
                names.append(f"{name}_debug")
                columns.append(self._items(part, as_hex=True))
        if not columns:
            return [{} for _ in range(len(self._shaped.records))]
        rows = zip(*columns, strict=True)
        if self._nulls:
            return [dict(zip(names, row, strict=True)) for row in rows]
        return [{name: item for name, item in zip(names, row, strict=True) if item is not None} for row in rows]

    def _items(self, part: _Part, *, as_hex: bool = False) -> list[Any]:
        if isinstance(part, int):
            return self._hexes[part] if as_hex else self._values[part]
        if isinstance(part, _Object):
            return self.objects(part)
        columns = [self._items(one, as_hex=as_hex) for one in part.parts]
        rows = zip(*columns, strict=True)
        if part.table is None:
            return list(map(list, rows))
        counts = self._shaped.counts[part.table][:, part.place].tolist()
        return [list(row[:count]) for row, count in zip(rows, counts, strict=True)]

    def _holds_objects(self, part: _Part) -> bool:
        if isinstance(part, _List):
            return bool(part.parts) and self._holds_objects(part.parts[0])
        return isinstance(part, _Object)
