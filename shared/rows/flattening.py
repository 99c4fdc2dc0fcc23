"""Rows to the values of a record's elements: flat rows become nested rows, and nested rows become element values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.copybook import Dimension
from shared.rows.tree import Node

Key = tuple[int, tuple[int, ...]]
"""The key of an element: the ``id`` of its layout field, and its subscripts."""


class RowFault(Exception):
    """Why a row cannot be encoded: ``item`` is the path of the item at fault."""

    def __init__(self, item: str, why: str) -> None:
        super().__init__(f"{item}: {why}")
        self.item = item
        self.why = why


@dataclass(slots=True)
class ElementValues:
    """The values of a row.

    ``values`` has the elements of the redefinitions that the row uses, with None for elements without a value.
    ``sizes`` has the number of occurrences of each table, by its field and the subscripts around it.
    """

    values: dict[Key, Any] = field(default_factory=dict)
    sizes: dict[Key, int] = field(default_factory=dict)


def element_values(tree: Node, row: Mapping[str, Any]) -> ElementValues:
    """The values of a nested row. Raises RowFault for unknown items, and for tables of a wrong size."""
    found = ElementValues()
    _add_group(tree, row, (), found, "")
    return found


def _add_group(node: Node, row: object, subscripts: tuple[int, ...], found: ElementValues, path: str) -> None:
    if row is None:
        row = {}
    if not isinstance(row, Mapping):
        raise RowFault(path or node.name, f"{row!r} is not an object, but the item is a group")
    known = {child.name for child in node.children}
    for name in row:
        if name not in known:
            raise RowFault(f"{path}.{name}".lstrip("."), "the copybook has no such item there")
    for area in _areas(node):
        chosen = next((child for child in area if _has_value(row.get(child.name))), area[0])
        _add(chosen, row.get(chosen.name), subscripts, found, f"{path}.{chosen.name}".lstrip("."))


def _areas(node: Node) -> Iterator[list[Node]]:
    """Children grouped by the storage that they share. The item that they redefine may be missing."""
    area: list[Node] = []
    for child in node.children:
        if area and (child.field.redefines is None or child.field.offset != area[0].field.offset):
            yield area
            area = []
        area.append(child)
    if area:
        yield area


def _has_value(item: object) -> bool:
    """Whether the item is, or contains, a value other than null."""
    if isinstance(item, Mapping):
        return any(map(_has_value, item.values()))
    if isinstance(item, list):
        return any(map(_has_value, item))
    return item is not None


def _add(node: Node, item: Any, subscripts: tuple[int, ...], found: ElementValues, path: str) -> None:
    if node.table is None:
        _add_one(node, item, subscripts, found, path)
        return
    items = [] if item is None else item
    _check_size(node.table, items, path)
    found.sizes[id(node.field), subscripts] = len(items)
    count = len(items) if node.table.depending_on else node.table.maximum
    for number in range(count):
        one = items[number] if number < len(items) else None
        _add_one(node, one, (*subscripts, number + 1), found, f"{path}[{number}]")


def _check_size(table: Dimension, items: object, path: str) -> None:
    if not isinstance(items, list):
        raise RowFault(path, f"{items!r} is not a list, but the item is a table")
    if len(items) > table.maximum:
        raise RowFault(path, f"{len(items)} items, but the table has at most {table.maximum}")
    if table.depending_on and len(items) < table.minimum:
        raise RowFault(path, f"{len(items)} items, but the table has at least {table.minimum}")


def _add_one(node: Node, item: Any, subscripts: tuple[int, ...], found: ElementValues, path: str) -> None:
    if node.is_group:
        _add_group(node, item, subscripts, found, path)
    elif isinstance(item, Mapping | list):
        raise RowFault(path, f"{item!r} is not a single value")
    else:
        found.values[id(node.field), subscripts] = item


def nested_row(tree: Node, columns: Mapping[Key, str], row: Mapping[str, Any]) -> dict[str, Any]:
    """The nested form of a flat row, which has the values by the names of columns.

    A table has as many items as the larger of its counter's column and its last occurrence with a value.
    """
    return _Nesting(tree, columns, row).group(tree, ())


class _Nesting:
    def __init__(self, tree: Node, columns: Mapping[Key, str], row: Mapping[str, Any]) -> None:
        self._columns = columns
        self._row = row
        self._paths = {node.field.path: node for node in _all(tree)}

    def group(self, node: Node, subscripts: tuple[int, ...]) -> dict[str, Any]:
        """The items of a group."""
        return {child.name: self._item(child, subscripts) for child in node.children}

    def _item(self, node: Node, subscripts: tuple[int, ...]) -> Any:
        if node.table is None:
            return self._one(node, subscripts)
        items = [self._one(node, (*subscripts, number)) for number in range(1, node.table.maximum + 1)]
        if node.table.depending_on is None:
            return items if any(map(_has_value, items)) else None
        used = max((number for number, item in enumerate(items, 1) if _has_value(item)), default=0)
        return items[: max(used, self._counted(node.table.depending_on, subscripts))]

    def _one(self, node: Node, subscripts: tuple[int, ...]) -> Any:
        if node.is_group:
            return self.group(node, subscripts)
        name = self._columns.get((id(node.field), subscripts))
        return None if name is None else self._row.get(name)

    def _counted(self, path: tuple[str, ...], subscripts: tuple[int, ...]) -> int:
        counter = self._paths[path].field
        value = self._row.get(self._columns.get((id(counter), subscripts[: len(counter.occurs)]), ""))
        return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)
