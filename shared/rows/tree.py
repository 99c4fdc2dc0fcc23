"""The layout as a tree of what a row shall have: names, tables, the readings of shared storage that hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from shared.copybook import FILLER, Dimension, Layout, LayoutField

Path = tuple[str, ...]


class FillerNames(StrEnum):
    """How items without a name are called: by a number, or after the item before them."""

    SEQUENCE = "sequence_numbers"
    PREVIOUS = "previous_field_name"


@dataclass(frozen=True, slots=True)
class Naming:
    """Which items a row has, beside those with names.

    ``value_fillers`` are elementary items without a name, ``group_fillers`` groups without one; a group of nothing but
    elementary fillers counts as one of its fillers do. ``texts`` are names of groups that are shown as text, too.
    """

    value_fillers: bool = False
    group_fillers: bool = True
    filler_names: FillerNames = FillerNames.SEQUENCE
    texts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """An item of a row. ``children`` is empty for elementary items; ``table`` is the item's own OCCURS.

    ``as_text`` marks a group's bytes shown as one text.
    """

    name: str
    field: LayoutField
    children: tuple[Node, ...] = ()
    table: Dimension | None = None
    as_text: bool = False

    @property
    def is_group(self) -> bool:
        """Whether it becomes an object; else it is a value."""
        return self.field.is_group and not self.as_text


@dataclass(frozen=True, slots=True)
class Readings:
    """Which of the items that share storage a row shows, by their paths: those that are ``chosen``; where none is, the
    first, if one is ``contested``, for another record type holds it; else all, as so many readings of the same bytes.
    """

    chosen: Collection[Path] = ()
    contested: Collection[Path] = ()

    def of(self, layout: Layout, area: Sequence[int]) -> Sequence[int]:
        """Those of the area's items."""
        held = [index for index in area if layout.fields[index].path in self.chosen]
        if not held and any(layout.fields[index].path in self.contested for index in area):
            return area[:1]
        return held or area


def tree_of(layout: Layout, naming: Naming, readings: Readings) -> Node:
    """The tree of the layout's record."""
    children = _children(layout)
    root = _node(layout, 0, children, readings, None)
    named = _Namer(naming).named(root)
    return replace(named, table=None)


def _children(layout: Layout) -> list[list[int]]:
    """The indices right below each field, from the depth of the paths."""
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
    """Siblings by the storage that they share."""
    areas: list[list[int]] = []
    for index in siblings:
        if layout.fields[index].redefines is None:
            areas.append([])
        areas[-1].append(index)
    return areas


@dataclass(slots=True)
class _Namer:
    """Gives names to fillers, in the order of the copybook, and drops what is not wanted."""

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
        below = self.named(node)  # also where it is dropped: numbers go on behind it
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
        taken = {one.name for one in siblings}
        names = (f"{node.name}_NT{number}" if number else f"{node.name}_NT" for number in range(len(taken) + 1))
        name = next(one for one in names if one not in taken)
        return [replace(node, name=name, children=(), as_text=True)]
