"""Rows to the values of a record's elements: flat rows become nested ones, nested ones are taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.copybook import Dimension
from shared.rows.tree import Node

Key = tuple[int, tuple[int, ...]]
"""An element: the ``id`` of its layout field, and its subscripts."""


class RowFault(Exception):
    """Why a row cannot be written: ``item`` is the way to it, ``why`` a sentence."""

    def __init__(self, item: str, why: str) -> None:
        super().__init__(f"{item}: {why}")
        self.item = item
        self.why = why


@dataclass(slots=True)
class Taken:
    """A row taken apart. ``values`` has the elements of the readings that the row uses, None where it says nothing;
    ``sizes`` the number of occurrences of each table, by its field and the subscripts around it.
    """

    values: dict[Key, Any] = field(default_factory=dict)
    sizes: dict[Key, int] = field(default_factory=dict)


def taken_apart(tree: Node, row: Mapping[str, Any]) -> Taken:
    """The values of a nested row. RowFault for items that the record does not have, and for tables of a wrong size."""
    taken = Taken()
    _take_group(tree, row, (), taken, "")
    return taken


def _take_group(node: Node, row: object, subscripts: tuple[int, ...], taken: Taken, at: str) -> None:
    if row is None:
        row = {}
    if not isinstance(row, Mapping):
        raise RowFault(at or node.name, f"{row!r} is no object, but a group is one")
    known = {child.name for child in node.children}
    for name in row:
        if name not in known:
            raise RowFault(f"{at}.{name}".lstrip("."), "the copybook has no such item there")
    for area in _areas(node):
        chosen = next((child for child in area if _says(row.get(child.name))), area[0])
        _take(chosen, row.get(chosen.name), subscripts, taken, f"{at}.{chosen.name}".lstrip("."))


def _areas(node: Node) -> Iterator[list[Node]]:
    """Children by the storage that they share; the one that is redefined may not be among them."""
    area: list[Node] = []
    for child in node.children:
        if area and (child.field.redefines is None or child.field.offset != area[0].field.offset):
            yield area
            area = []
        area.append(child)
    if area:
        yield area


def _says(item: object) -> bool:
    """Whether there is any value in it."""
    if isinstance(item, Mapping):
        return any(map(_says, item.values()))
    if isinstance(item, list):
        return any(map(_says, item))
    return item is not None


def _take(node: Node, item: Any, subscripts: tuple[int, ...], taken: Taken, at: str) -> None:
    if node.table is None:
        _take_one(node, item, subscripts, taken, at)
        return
    items = [] if item is None else item
    _check_size(node.table, items, at)
    taken.sizes[id(node.field), subscripts] = len(items)
    count = len(items) if node.table.depending_on else node.table.maximum
    for number in range(count):
        one = items[number] if number < len(items) else None
        _take_one(node, one, (*subscripts, number + 1), taken, f"{at}[{number}]")


def _check_size(table: Dimension, items: object, at: str) -> None:
    if not isinstance(items, list):
        raise RowFault(at, f"{items!r} is no list, but a table is one")
    if len(items) > table.maximum:
        raise RowFault(at, f"{len(items)} items, but the table has {table.maximum} at most")
    if table.depending_on and len(items) < table.minimum:
        raise RowFault(at, f"{len(items)} items, but the table has {table.minimum} at least")


def _take_one(node: Node, item: Any, subscripts: tuple[int, ...], taken: Taken, at: str) -> None:
    if node.is_group:
        _take_group(node, item, subscripts, taken, at)
    elif isinstance(item, Mapping | list):
        raise RowFault(at, f"{item!r} is no single value")
    else:
        taken.values[id(node.field), subscripts] = item


def nested_row(tree: Node, columns: Mapping[Key, str], row: Mapping[str, Any]) -> dict[str, Any]:
    """The nested form of a flat row, whose values stand under the names of columns.

    Tables end behind their last occurrence that says anything, or where their counter's column says, if that is more.
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
            return items if any(map(_says, items)) else None
        used = max((number for number, item in enumerate(items, 1) if _says(item)), default=0)
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
