"""The layout as a tree of the items of a row: their names, tables, and the redefinitions that are shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from shared.copybook import FILLER, Dimension, Layout, LayoutField

Path = tuple[str, ...]


class FillerNames(StrEnum):
    """The names of FILLER items: a number, or the name of the item before them."""

    SEQUENCE = "sequence_numbers"
    PREVIOUS = "previous_field_name"


@dataclass(frozen=True, slots=True)
class Naming:
    """Which items a row has in addition to those with names.

    ``value_fillers``: elementary FILLER items. ``group_fillers``: FILLER groups; a group of elementary FILLERs only is
    shown when ``value_fillers`` are. ``texts``: names of groups that are also shown as text.
    """

    value_fillers: bool = False
    group_fillers: bool = True
    filler_names: FillerNames = FillerNames.SEQUENCE
    texts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """An item of a row. ``children`` is empty for elementary items. ``table`` is the item's own OCCURS.

    ``as_text``: the bytes of a group are shown as one text.
    """

    name: str
    field: LayoutField
    children: tuple[Node, ...] = ()
    table: Dimension | None = None
    as_text: bool = False

    @property
    def is_group(self) -> bool:
        """Whether the item becomes an object, not a value."""
        return self.field.is_group and not self.as_text


@dataclass(frozen=True, slots=True)
class Readings:
    """Which of the items that share storage (REDEFINES) a row shows, by their paths.

    These are the ``chosen`` items. When none of them is chosen, it is the first item if one of them is ``contested``,
    which means that another record type has chosen it; otherwise all of them.
    """

    chosen: Collection[Path] = ()
    contested: Collection[Path] = ()

    def of(self, layout: Layout, area: Sequence[int]) -> Sequence[int]:
        """The items of ``area``, items of the layout with the same storage, that a row shows."""
        chosen = [index for index in area if layout.fields[index].path in self.chosen]
        if not chosen and any(layout.fields[index].path in self.contested for index in area):
            return area[:1]
        return chosen or area


def tree_of(layout: Layout, naming: Naming, readings: Readings) -> Node:
    """The tree of the layout's record."""
    children = _children(layout)
    root = _node(layout, 0, children, readings, None)
    named = _Namer(naming).named(root)
    return replace(named, table=None)


def _children(layout: Layout) -> list[list[int]]:
    """The indices of the children of each field, by the depth of the paths."""
    children: list[list[int]] = [[] for _ in layout.fields]
    line: list[int] = []
    for index, one in enumerate(layout.fields):
        del line[len(one.path) - 1 :]
        if line:
            children[line[-1]].append(index)
        line.append(index)
    return children


def _node(
    layout: Layout, index: int, children: list[list[int]], readings: Readings, around: LayoutField | None
) -> Node:
    item = layout.fields[index]
    outer = len(around.occurs) if around else 0
    table = item.occurs[-1] if len(item.occurs) > outer else None
    shown = [child for area in _areas(layout, children[index]) for child in readings.of(layout, area)]
    below = tuple(_node(layout, child, children, readings, item) for child in shown)
    return Node(item.name.replace("-", "_"), item, below, table)


def _areas(layout: Layout, siblings: Sequence[int]) -> list[list[int]]:
    """Siblings grouped by the storage that they share."""
    areas: list[list[int]] = []
    for index in siblings:
        if layout.fields[index].redefines is None:
            areas.append([])
        areas[-1].append(index)
    return areas


@dataclass(slots=True)
class _Namer:
    """Names FILLER items in the order of the copybook, and removes items that are not shown."""

    naming: Naming
    values: int = 0
    groups: int = 0
    previous: str = ""
    used: dict[int, set[str]] = field(default_factory=dict)

    def named(self, node: Node) -> Node:
        """The node with its children named."""
        kept: list[Node] = []
        for child in node.children:
            shown = self._shown(child)
            if shown is not None:
                kept.append(shown)
                kept += self._text_of(shown, kept)
        return replace(node, children=tuple(kept))

    def _shown(self, node: Node) -> Node | None:
        if node.field.name == FILLER:
            node = replace(node, name=self._name(node))
            wanted = self.naming.group_fillers if node.field.is_group else self.naming.value_fillers
        else:
            self.previous, wanted = node.name, True
        if not node.field.is_group:
            return node if wanted else None
        below = self.named(node)  # also for a group that is removed, because its FILLERs are numbered, too
        return below if wanted and below.children else None

    def _name(self, node: Node) -> str:
        if node.field.is_group:
            self.groups += 1
        else:
            self.values += 1
        if self.naming.filler_names is FillerNames.PREVIOUS and self.previous:
            return f"FILLER_{self.previous}"
        return f"FILLER_{self.groups}" if node.field.is_group else f"FILLER_P{self.values}"

    def _text_of(self, node: Node, siblings: Sequence[Node]) -> list[Node]:
        if not node.field.is_group or node.field.name not in self.naming.texts:
            return []
        used = {one.name for one in siblings}
        names = (f"{node.name}_NT{number}" if number else f"{node.name}_NT" for number in range(len(used) + 1))
        name = next(one for one in names if one not in used)
        return [replace(node, name=name, children=(), as_text=True)]
