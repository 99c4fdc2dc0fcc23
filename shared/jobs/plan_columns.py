"""The columns of the plan: which fields of a record type become columns, under which names, and how they are decoded.

A type has columns of its own, and columns that it inherits from the types above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from shared.batch.types import SqlType, TargetColumn
from shared.codec import FieldSpec, Kind
from shared.copybook import Element
from shared.errors import JobError
from shared.jobs.column_types import free_name, target_column
from shared.jobs.delimited_layout import bytes_per_character
from shared.jobs.faults import Faults
from shared.jobs.field_specs import field_spec
from shared.jobs.model import FieldOptions, Policies
from shared.jobs.plan_rules import date_form
from shared.jobs.record_types import RecordKind, ancestors, options_of
from shared.jobs.shapes import table_numbers
from shared.jobs.source import JobSource, Key, not_loaded, unknown_field
from shared.transform.plan import Inherited, PlanColumn

_OPTIONS_OF_CODES: Final = {"LRD901": ("code_page",), "LRJ088": ("code_page", "trim")}
"""The codes of faults in options that a field can take from a group or from the job."""
_FOR_ONE_COLUMN: Final = ("column", "type", "format")
"""Options of a single column, which a group cannot have."""


@dataclass(frozen=True, slots=True)
class TypeColumns:
    """The columns of one record type.

    ``faulty`` are fields that have no column because of a fault that was reported. If not ``sound``, options of fields
    are wrong, so that other columns may be missing or have other names.
    """

    columns: list[PlanColumn]
    faulty: frozenset[str]
    sound: bool

    @property
    def by_field(self) -> dict[str, PlanColumn]:
        """The columns by the names of their fields."""
        return {column.spec.name: column for column in self.columns}


def plan_columns(source: JobSource, kind: RecordKind, kinds: Iterable[RecordKind], faults: Faults) -> TypeColumns:
    """A column for each item that is loaded. Faults are added to ``faults``.

    A value with the option ``invalid: raw`` has a second column right after its own.
    """
    own = Faults()
    misused = _check_known(source, kind, kinds, own)
    columns: list[PlanColumn] = []
    faulty: set[str] = set()
    required = {rule.field for rule in kind.spec.rules if rule.required}
    tables = table_numbers(kind.tree)
    for name, element in kind.names.elements.items():
        options = options_of(source, kind, name, element)
        if options.skip or not kind.names.is_loaded(name, element, kind.spec.fields):
            continue
        if misused.intersection(kind.names.with_groups(name, element)):
            faulty.add(name)
            continue
        try:
            column = _column(source, name, element, options, nullable=name not in required)
        except JobError as error:
            own.add(source.coded(error, _key_of_fault(source, kind, name, element, error.code)))
            faulty.add(name)
            continue
        columns.append(replace(column, occurrence=tuple(_occurrence(kind, element, tables))))
        if options.invalid == "raw":
            columns.append(_raw(columns[-1]))
    _check_distinct(source, kind, columns, own)
    with faults.gathered():
        own.refuse()
    return TypeColumns(_with_required_key(kind, columns), frozenset(faulty), not own)


def _column(source: JobSource, name: str, element: Element, options: FieldOptions, *, nullable: bool) -> PlanColumn:
    given = source.job.input
    spec = field_spec(element, name, given.page, options, given.point)
    target = target_column(spec, options, nullable=nullable)
    if given.point and spec.kind is Kind.TEXT:
        target = replace(target, length=spec.length // bytes_per_character(element.field, given.page))
    form = date_form(options.format or "", spec) if target.sql_type is SqlType.DATE else None
    return PlanColumn(spec, target, form)


def _occurrence(kind: RecordKind, element: Element, tables: dict[int, int]) -> Iterator[tuple[int, int]]:
    """The shape's tables around the element, the outermost first, each with the element's subscript in it."""
    tree = kind.tree
    for index in reversed([*tree.with_groups(tree.index(element.field))]):
        if index in tables:
            yield tables[index], element.subscripts[len(tree.layout.fields[index].occurs) - 1]


def _raw(column: PlanColumn) -> PlanColumn:
    """The column for the bytes of values that do not decode. The name of its spec cannot be a COBOL name."""
    spec = column.spec
    shown = FieldSpec(f"{spec.name} RAW", Kind.RAW, spec.offset, spec.length)
    target = TargetColumn(f"{column.target.name}_RAW", SqlType.VARCHAR, 2 * spec.length)
    return replace(column, spec=shown, target=target, date_form=None, shows_raw=True)


def _with_required_key(kind: RecordKind, columns: list[PlanColumn]) -> list[PlanColumn]:
    """The columns; those of the key cannot be NULL."""
    keys = {key.upper() for key in kind.spec.target.key} if kind.spec.target else set()
    required = [one.target.name in keys and not one.shows_raw for one in columns]
    return [
        replace(one, target=replace(one.target, nullable=False)) if is_required else one
        for one, is_required in zip(columns, required, strict=True)
    ]


def _key_of_fault(source: JobSource, kind: RecordKind, name: str, element: Element, code: str) -> Key:
    """The key of a fault in a field: the field's own, or that of the option if a group or the job states it."""
    options_at_fault = _OPTIONS_OF_CODES.get(code, ())
    names = kind.names.with_groups(name, element)
    places: list[tuple[Key, Policies]] = [
        ((*at, "fields", one), fields[one])
        for at, fields in ((kind.at, kind.spec.fields), ((), source.job.fields))
        for one in reversed(names)
        if one in fields
    ]
    places.append((("decoding",), source.job.decoding))
    own = (*kind.at, "fields", name)
    stated = [(key, one) for key, options in places for one in options_at_fault if one in options.model_fields_set]
    return own if not stated or stated[0][0] == own else (*stated[0][0], stated[0][1])


def _check_known(source: JobSource, kind: RecordKind, kinds: Iterable[RecordKind], faults: Faults) -> set[str]:
    """LRJ051 for names that are not in the layout; those of the whole job must be in the layout of one of the types.

    Returns the names of groups that have options of a single column (LRJ056).
    """
    job = source.job
    checked = [(kind.at, kind.spec.fields, [kind])]
    if kind.at:
        checked.append(((), job.fields, list(kinds)))
    misused: set[str] = set()
    for at, fields, candidates in checked:
        for name, options in fields.items():
            key = (*at, "fields", name)
            if not any(name in one.names for one in candidates):
                faults.add(unknown_field(source, key, name, [known for one in candidates for known in one.names]))
            elif (stated := _stated_for_one(options)) and any(_is_group(one, name) for one in candidates):
                message = f"{name} is a group, which cannot have the option {stated}"
                faults.add(source.error("LRJ056", message, key, remedy="State it for the items of the group."))
                misused.add(name)
    for name in job.sample:
        if name not in kind.names.elements:
            faults.add(unknown_field(source, ("sample", name), name, kind.names.elements))
    return misused


def _stated_for_one(options: FieldOptions) -> str | None:
    """An option of a single column that is stated."""
    return next((option for option in _FOR_ONE_COLUMN if getattr(options, option) is not None), None)


def _is_group(kind: RecordKind, name: str) -> bool:
    index = kind.names.wholes.get(name)
    return index is not None and kind.layout.fields[index].is_group


def _check_distinct(source: JobSource, kind: RecordKind, columns: list[PlanColumn], faults: Faults) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        name = column.target.name
        if name in seen:
            faults.add(_same_name(source, (*kind.at, "fields", column.spec.name), name, seen[name], column.spec.name))
        seen.setdefault(name, column.spec.name)


def _same_name(source: JobSource, key: Key, column: str, first: str, second: str) -> JobError:
    message = f"{first} and {second} would both become the column {column}"
    return source.error("LRJ054", message, key, remedy="Give one of them another name.")


def column_of(source: JobSource, key: Key, field: str, columns: TypeColumns, kind: RecordKind) -> PlanColumn | None:
    """The column of a field that is named at ``key``; None if it has none because of a fault that was reported.

    LRJ051 when the type has no such field, or does not load it.
    """
    found = columns.by_field.get(field)
    if found is not None or field in columns.faulty:
        return found
    raise not_loaded(source, key, field) if field in kind.names else unknown_field(source, key, field, kind.names)


def inherited_columns(
    source: JobSource, kinds: list[RecordKind], kind: RecordKind, columns: Mapping[str, TypeColumns], faults: Faults
) -> list[Inherited]:
    """The inherited columns of a type, in the order of the definition. ``columns`` are those of all types by name.

    LRJ082 for a type that is not above, LRJ051 for a field that it does not load, LRJ054 for a name that is used twice.
    """
    try:
        above = {one.name: one for one in ancestors(source, kinds, kind)}
    except JobError as error:
        faults.add(error)
        return []
    used = {column.target.name: column.spec.name for column in columns[kind.name].columns}
    found = []
    for name, reference in kind.spec.inherit.items():
        key = (*kind.at, "inherit", name)
        inherited = faults.attempt(_inherited, source, kind, key, above, columns, name)
        if inherited is None:
            continue
        column = inherited.column.target.name
        if column in used:
            faults.add(_same_name(source, key, column, used[column], reference))
        used.setdefault(column, reference)
        found.append(inherited)
    return found


def _inherited(
    source: JobSource,
    kind: RecordKind,
    key: Key,
    above: Mapping[str, RecordKind],
    columns: Mapping[str, TypeColumns],
    name: str,
) -> Inherited | None:
    """An inherited column; None if the column of the type above has a fault."""
    reference = kind.spec.inherit[name]
    type_name, _, field = reference.partition(".")
    if type_name not in above:
        message = f"{reference} is not a field of a type above {kind.name}"
        types = f"The types above it are {', '.join(above)}." if above else "There is none: name its parent."
        raise source.error("LRJ082", message, key, remedy=f"Write TYPE.FIELD. {types}")
    column = column_of(source, key, field, columns[type_name], above[type_name])
    if column is None:
        return None
    try:
        column_name = free_name(name, field)
    except JobError as error:
        raise source.coded(error, key) from error
    keys = {one.upper() for one in kind.spec.target.key} if kind.spec.target else set()
    target = replace(column.target, name=column_name, nullable=column_name not in keys)
    return Inherited(type_name, replace(column, target=target))
