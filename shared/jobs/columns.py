"""Which fields of a record type become columns, under which names and read how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from shared.batch.types import SqlType, TargetColumn
from shared.codec import FieldSpec, Kind
from shared.copybook import Element, Usage
from shared.errors import JobError
from shared.jobs.document import Key
from shared.jobs.load import JobSource
from shared.jobs.model import FieldOptions
from shared.jobs.naming import merged
from shared.jobs.records import RecordKind
from shared.jobs.rules import date_form
from shared.jobs.shapes import table_places
from shared.jobs.specs import field_spec
from shared.jobs.targets import target_column
from shared.jobs.written import bytes_of_character
from shared.transform.plan import PlanColumn

_ONE_COLUMN: Final = ("column", "type", "format")
"""Options that say what one column is: not for a group."""


def plan_columns(source: JobSource, kind: RecordKind, kinds: Iterable[RecordKind]) -> list[PlanColumn]:
    """A column for each item that is loaded, checked to be told apart by its name.

    A value that shall be shown raw where it does not decode has a second column right behind its own.
    """
    _check_known(source, kind, kinds)
    required = {rule.field for rule in kind.spec.rules if rule.required}
    keys = {key.upper() for key in kind.spec.target.key} if kind.spec.target else set()
    tables = table_places(kind.tree)
    columns: list[PlanColumn] = []
    for name, element in kind.names.elements.items():
        options = options_of(source, kind, name, element)
        if options.skip or not kind.names.is_loaded(name, element, kind.spec.fields):
            continue
        try:
            column = _column(source, name, element, options, nullable=name not in required)
        except JobError as error:
            raise source.coded(error, (*kind.at, "fields", name)) from error
        if column.target.name in keys:
            column = replace(column, target=replace(column.target, nullable=False))
        columns.append(replace(column, occurrence=tuple(_occurrence(kind, element, tables))))
        if options.invalid == "raw":
            columns.append(_raw(columns[-1]))
    _check_names(source, kind, columns)
    return columns


def options_of(source: JobSource, kind: RecordKind, name: str, element: Element) -> FieldOptions:
    """The options of an element, with those of the groups around it, of its table, and of the job."""
    line = kind.names.line(name, element)
    job = source.job
    shared = [] if kind.spec.fields is job.fields else [job.fields[one] for one in line if one in job.fields]
    own = [kind.spec.fields[one] for one in line if one in kind.spec.fields]
    options = merged(job.decoding, *shared, *own)
    changes: dict[str, object] = {}
    if element.field.usage is Usage.COMP and not any("byte_order" in one.model_fields_set for one in (*shared, *own)):
        changes["byte_order"] = None  # the job's is that of the machine's own numbers
    if options.column is not None and element.subscripts and name not in (*kind.spec.fields, *job.fields):
        changes["column"] = "_".join((options.column, *map(str, element.subscripts)))
    return options.model_copy(update=changes) if changes else options


def _column(source: JobSource, name: str, element: Element, options: FieldOptions, *, nullable: bool) -> PlanColumn:
    given = source.job.input
    spec = field_spec(element, name, given.page, options, given.point)
    target = target_column(spec, options, nullable=nullable)
    if given.point and spec.kind is Kind.TEXT:
        target = replace(target, length=spec.length // bytes_of_character(element.field, given.page))
    form = date_form(options.format or "", spec) if target.sql_type is SqlType.DATE else None
    return PlanColumn(spec, target, form)


def _occurrence(kind: RecordKind, element: Element, tables: dict[int, int]) -> Iterator[tuple[int, int]]:
    """The shape's tables around the element, outermost first, each with the element's subscript in it."""
    tree = kind.tree
    for index in reversed([*tree.around(tree.index(element.field))]):
        if index in tables:
            yield tables[index], element.subscripts[len(tree.layout.fields[index].occurs) - 1]


def _raw(column: PlanColumn) -> PlanColumn:
    """The column that shows the bytes of values that did not decode; its spec's name is no COBOL name."""
    spec = column.spec
    shown = FieldSpec(f"{spec.name} RAW", Kind.RAW, spec.offset, spec.length)
    target = TargetColumn(f"{column.target.name}_RAW", SqlType.VARCHAR, 2 * spec.length)
    return replace(column, spec=shown, target=target, date_form=None, shows_raw=True)


def _check_known(source: JobSource, kind: RecordKind, kinds: Iterable[RecordKind]) -> None:
    """All names of fields are in the layout; those of a whole job with several types in one of the layouts."""
    job = source.job
    for name, options in kind.spec.fields.items():
        _check_name(source, (*kind.at, "fields", name), name, options, [kind])
    if kind.at:
        for name, options in job.fields.items():
            _check_name(source, ("fields", name), name, options, kinds)
    for name in job.sample:
        if name not in kind.names.elements:
            raise unknown_field(source, ("sample", name), name, kind.names.elements)


def _check_name(source: JobSource, key: Key, name: str, options: FieldOptions, kinds: Iterable[RecordKind]) -> None:
    having = [kind for kind in kinds if name in kind.names]
    if not having:
        raise unknown_field(source, key, name, [known for kind in kinds for known in kind.names])
    for kind in having:
        index = kind.names.wholes.get(name)
        stated = [option for option in _ONE_COLUMN if getattr(options, option) is not None]
        if index is not None and kind.layout.fields[index].is_group and stated:
            remedy = "Say it of the items in it."
            raise source.error("LRJ056", f"{name} is a group, which has no {stated[0]}", key, remedy=remedy)


def unknown_field(source: JobSource, key: Key, name: str, known: Iterable[str]) -> JobError:
    """LRJ051, with names that come close."""
    near = [other for other in known if name.upper() in other or other in name.upper()]
    hint = f"Did you mean {', '.join(near[:3])}?" if near else "lrecl layout COPYBOOK lists the fields."
    return source.error("LRJ051", f"the copybook has no field {name}", key, remedy=hint)


def _check_names(source: JobSource, kind: RecordKind, columns: list[PlanColumn]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        name = column.target.name
        if name in seen:
            message = f"{seen[name]} and {column.spec.name} would both become the column {name}"
            key = (*kind.at, "fields", column.spec.name)
            raise source.error("LRJ054", message, key, remedy="Rename one with column:.")
        seen[name] = column.spec.name
