"""Which fields of a record type become columns, under which names and read how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from shared.batch.types import SqlType, TargetColumn
from shared.codec import FieldSpec, Kind
from shared.copybook import Element, Usage
from shared.errors import JobError
from shared.jobs.faults import Faults
from shared.jobs.model import FieldOptions, Policies
from shared.jobs.naming import merged
from shared.jobs.records import RecordKind
from shared.jobs.rules import date_form
from shared.jobs.shapes import table_places
from shared.jobs.source import JobSource, Key, not_loaded, unknown_field
from shared.jobs.specs import field_spec
from shared.jobs.targets import target_column
from shared.jobs.written import bytes_of_character
from shared.transform.plan import PlanColumn

_OPTIONS_OF_CODES: Final = {"LRD901": ("code_page",), "LRJ088": ("code_page", "trim")}
"""Codes of faults that come from an option which groups and the whole job may have, too."""
_ONE_COLUMN: Final = ("column", "type", "format")
"""Options that say what one column is: not for a group."""


@dataclass(frozen=True, slots=True)
class TypeColumns:
    """The columns of one record type.

    ``faulty`` are fields that should have a column and have none, because of a fault that was noted. Unless ``sound``,
    options of fields are wrong, so that columns may lack or have another name.
    """

    columns: list[PlanColumn]
    faulty: frozenset[str]
    sound: bool

    @property
    def by_field(self) -> dict[str, PlanColumn]:
        """The columns that hold values, by the names of their fields."""
        return {column.spec.name: column for column in self.columns if not column.shows_raw}


def plan_columns(source: JobSource, kind: RecordKind, kinds: Iterable[RecordKind], faults: Faults) -> TypeColumns:
    """A column for each item that is loaded, checked to be told apart by its name; ``faults`` takes what is wrong.

    A value that shall be shown raw where it does not decode has a second column right behind its own.
    """
    own = Faults()
    misused = _check_known(source, kind, kinds, own)
    columns: list[PlanColumn] = []
    faulty: set[str] = set()
    required = {rule.field for rule in kind.spec.rules if rule.required}
    tables = table_places(kind.tree)
    for name, element in kind.names.elements.items():
        options = options_of(source, kind, name, element)
        if options.skip or not kind.names.is_loaded(name, element, kind.spec.fields):
            continue
        if misused.intersection(kind.names.line(name, element)):
            faulty.add(name)
            continue
        try:
            column = _column(source, name, element, options, nullable=name not in required)
        except JobError as error:
            own.add(source.coded(error, _stated_at(source, kind, name, element, error.code)))
            faulty.add(name)
            continue
        columns.append(replace(column, occurrence=tuple(_occurrence(kind, element, tables))))
        if options.invalid == "raw":
            columns.append(_raw(columns[-1]))
    _check_names(source, kind, columns, own)
    with faults.gathered():
        own.refuse()
    return TypeColumns(_with_key(kind, columns), frozenset(faulty), not own)


def _with_key(kind: RecordKind, columns: list[PlanColumn]) -> list[PlanColumn]:
    """The columns, of which those of the key cannot be NULL."""
    keys = {key.upper() for key in kind.spec.target.key} if kind.spec.target else set()
    required = [one.target.name in keys and not one.shows_raw for one in columns]
    return [
        replace(one, target=replace(one.target, nullable=False)) if is_required else one
        for one, is_required in zip(columns, required, strict=True)
    ]


def _stated_at(source: JobSource, kind: RecordKind, name: str, element: Element, code: str) -> Key:
    """Where a fault of a field stands: at the option that it comes from, where that is a group's or the job's."""
    wanted = _OPTIONS_OF_CODES.get(code, ())
    line = kind.names.line(name, element)
    places: list[tuple[Key, Policies]] = [
        ((*at, "fields", one), fields[one])
        for at, fields in ((kind.at, kind.spec.fields), ((), source.job.fields))
        for one in reversed(line)
        if one in fields
    ]
    places.append((("decoding",), source.job.decoding))
    own = (*kind.at, "fields", name)
    stated = [(key, option) for key, options in places for option in wanted if option in options.model_fields_set]
    return own if not stated or stated[0][0] == own else (*stated[0][0], stated[0][1])


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


def column_of(source: JobSource, key: Key, field: str, columns: TypeColumns, kind: RecordKind) -> PlanColumn | None:
    """The column of a field that something at ``key`` names; None when it has none because of a fault that was noted.

    LRJ051 when the type has no such field, or does not load it.
    """
    found = columns.by_field.get(field)
    if found is not None or field in columns.faulty:
        return found
    raise not_loaded(source, key, field) if field in kind.names else unknown_field(source, key, field, kind.names)


def _check_known(source: JobSource, kind: RecordKind, kinds: Iterable[RecordKind], faults: Faults) -> set[str]:
    """All names of fields are in the layout; those of a whole job with several types in one of the layouts.

    Returns the groups that are given what only a single field can have (LRJ056).
    """
    job = source.job
    checked = [(kind.at, kind.spec.fields, [kind])]
    if kind.at:
        checked.append(((), job.fields, list(kinds)))
    misused: set[str] = set()
    for at, fields, having in checked:
        for name, options in fields.items():
            key = (*at, "fields", name)
            if not any(name in one.names for one in having):
                faults.add(unknown_field(source, key, name, [known for one in having for known in one.names]))
            elif (stated := _only_for_one(options)) and any(_is_group(one, name) for one in having):
                remedy = "Say it of the items in it."
                faults.add(source.error("LRJ056", f"{name} is a group, which has no {stated}", key, remedy=remedy))
                misused.add(name)
    for name in job.sample:
        if name not in kind.names.elements:
            faults.add(unknown_field(source, ("sample", name), name, kind.names.elements))
    return misused


def _only_for_one(options: FieldOptions) -> str | None:
    """An option that is stated and says what one column is."""
    return next((option for option in _ONE_COLUMN if getattr(options, option) is not None), None)


def _is_group(kind: RecordKind, name: str) -> bool:
    index = kind.names.wholes.get(name)
    return index is not None and kind.layout.fields[index].is_group


def _check_names(source: JobSource, kind: RecordKind, columns: list[PlanColumn], faults: Faults) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        name = column.target.name
        if name in seen:
            message = f"{seen[name]} and {column.spec.name} would both become the column {name}"
            key = (*kind.at, "fields", column.spec.name)
            faults.add(source.error("LRJ054", message, key, remedy="Rename one with column:."))
        seen.setdefault(name, column.spec.name)
