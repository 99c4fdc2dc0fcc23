"""The elements of a record type, each with how it is written and which column shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.codec import DateForm, FieldSpec
from shared.copybook import FILLER, Element
from shared.jobs.load import JobSource
from shared.jobs.records import RecordKind
from shared.rows.flattening import Key
from shared.rows.job import specs_of
from shared.rows.tree import Naming, Node, Readings, tree_of
from shared.transform.plan import RecordPlan


@dataclass(frozen=True, slots=True)
class Field:
    """One element. ``optional``: where a row does not say its value, it gets ``fixed`` (what makes a record one
    of its type), else an empty one.
    """

    spec: FieldSpec
    date_form: DateForm | None
    optional: bool
    fixed: Any = None


@dataclass(frozen=True, slots=True)
class Fields:
    """Of one record type: the tree of rows, elements by their key, and the columns of flat rows by element."""

    tree: Node
    of: dict[Key, Field]
    columns: dict[Key, str]


def fields_of(source: JobSource, kind: RecordKind, plan: RecordPlan) -> Fields:
    """How rows of the type are written. Fields without a column are optional, and so are fillers."""
    redefines = {kind.layout.find(name).path for name in kind.spec.redefines}
    tree = tree_of(kind.layout, Naming(value_fillers=True), Readings(redefines))
    shown = {column.spec.name: column for column in plan.columns if not column.shows_raw}
    names = {(id(element.field), element.subscripts): name for name, element in kind.names.elements.items()}
    spec_of = specs_of(source, kind)
    fixed = {name: values[0] for name, values in kind.spec.when.items() if len(values) == 1}
    of: dict[Key, Field] = {}
    for element in _elements(tree, ()):
        key = (id(element.field), element.subscripts)
        column = shown.get(names.get(key, ""))
        optional = column is None or element.field.name == FILLER
        value = fixed.get(names.get(key, ""))
        of[key] = Field(spec_of(element), column.date_form if column else None, optional, value)
    columns = {key: shown[name].target.name for key, name in names.items() if name in shown and key in of}
    return Fields(tree, of, columns)


def _elements(node: Node, subscripts: tuple[int, ...]) -> Iterator[Element]:
    for child in node.children:
        numbers = [()] if child.table is None else [(number,) for number in range(1, child.table.maximum + 1)]
        for own in numbers:
            yield from _of_child(child, (*subscripts, *own))


def _of_child(node: Node, subscripts: tuple[int, ...]) -> Iterator[Element]:
    if node.is_group:
        yield from _elements(node, subscripts)
        return
    item = node.field
    shift = sum((number - 1) * one.stride for number, one in zip(subscripts, item.occurs, strict=True))
    yield Element(item, subscripts, item.offset + shift, item.name)
