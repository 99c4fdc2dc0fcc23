"""How a job reads and writes the elements of its record types: the layout with the policies of the definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.codec import Controls, DateForm, FieldSpec, Kind, Null, Trim
from shared.copybook import FILLER, Element
from shared.jobs.field_specs import field_spec
from shared.jobs.load import JobSource
from shared.jobs.model import FieldOptions
from shared.jobs.record_types import RecordKind, options_of, record_kinds
from shared.rows.flattening import Key
from shared.rows.nested import Look, RowMaker
from shared.rows.tree import Naming, Node, Path, Readings, tree_of
from shared.rows.values import SpecOf
from shared.transform.plan import RecordPlan


def row_makers(source: JobSource, look: Look) -> list[tuple[RecordKind, RowMaker]]:
    """The job's record types, in the order in which they are matched, with the makers of their rows.

    The rows also have the fields that the job leaves out of its tables: skipped fields, and redefinitions that the job
    does not name.
    """
    kinds = record_kinds(source)
    contested = {path for kind in kinds for path in _redefines(kind)}
    return [
        (kind, RowMaker(kind.layout, kind.shape, specs_of(source, kind), look, Readings(_redefines(kind), contested)))
        for kind in kinds
    ]


def _redefines(kind: RecordKind) -> set[Path]:
    return {kind.layout.find(name).path for name in kind.spec.redefines}


def specs_of(source: JobSource, kind: RecordKind) -> SpecOf:
    """How the elements of a record type are decoded. Raises JobError LRJ030 for elements that cannot be decoded."""
    names = {(id(element.field), element.subscripts): name for name, element in kind.names.elements.items()}

    def spec_of(element: Element) -> FieldSpec:
        name = names.get((id(element.field), element.subscripts), element.name)
        options = options_of(source, kind, name, element)
        if element.field.is_group:
            return _text(element, options, options.code_page or source.job.input.page)
        given = source.job.input
        return field_spec(element, name, given.page, options, given.point)

    return spec_of


def _text(element: Element, options: FieldOptions, page: str) -> FieldSpec:
    return FieldSpec(
        element.name,
        Kind.TEXT,
        element.offset,
        element.field.length,
        code_page=page,
        trim=Trim(options.trim or "right"),
        controls=Controls(options.controls or "keep"),
        null_when=tuple(map(Null, options.null_when or ())),
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One element.

    When a row has no value for an ``optional`` element, it gets ``fixed`` (the value by which the record type is
    recognised), or else an empty value.
    """

    spec: FieldSpec
    date_form: DateForm | None
    optional: bool
    fixed: Any = None


@dataclass(frozen=True, slots=True)
class Fields:
    """One record type: the tree of its rows, its elements by their key, and the columns of flat rows by element."""

    tree: Node
    of: dict[Key, Field]
    columns: dict[Key, str]


def fields_of(source: JobSource, kind: RecordKind, plan: RecordPlan) -> Fields:
    """How rows of the record type are encoded. FILLER and fields without a column are optional."""
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
