"""Columns that rows take from the records above theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shared.errors import JobError
from shared.jobs.columns import TypeColumns, column_of
from shared.jobs.faults import Faults
from shared.jobs.records import RecordKind, ancestors
from shared.jobs.source import JobSource, Key
from shared.jobs.targets import free_name
from shared.transform.plan import Inherited


def inherited_columns(
    source: JobSource, kinds: list[RecordKind], kind: RecordKind, columns: Mapping[str, TypeColumns], faults: Faults
) -> list[Inherited]:
    """The inherited columns of a type, in the order of the definition; ``columns`` are those of all types by name.

    LRJ082 for a type that is not above, LRJ051 for a field that it does not load, LRJ054 for a name given twice.
    """
    try:
        above = {one.name: one for one in ancestors(source, kinds, kind)}
    except JobError as error:
        faults.add(error)
        return []
    used = {column.target.name: column.spec.name for column in columns[kind.name].columns}
    found = []
    for name, reference in kind.spec.inherit.items():
        with faults.gathered():
            inherited = _inherited(source, kind, above, columns, name)
            if inherited is not None:
                _check_unused(source, (*kind.at, "inherit", name), used, inherited.column.target.name, reference)
                found.append(inherited)
    return found


def _inherited(
    source: JobSource, kind: RecordKind, above: Mapping[str, RecordKind], columns: Mapping[str, TypeColumns], name: str
) -> Inherited | None:
    """The column that takes a value from a type above; None when that type's own column has a fault."""
    key, reference = (*kind.at, "inherit", name), kind.spec.inherit[name]
    type_name, _, field = reference.partition(".")
    if type_name not in above:
        message = f"{reference} is no field of a type above {kind.name}"
        remedy = f"Types above it: {', '.join(above) or 'none; name its parent'}. Write TYPE.FIELD."
        raise source.error("LRJ082", message, key, remedy=remedy)
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


def _check_unused(source: JobSource, key: Key, used: dict[str, str], name: str, reference: str) -> None:
    if name in used:
        message = f"{used[name]} and {reference} would both become the column {name}"
        raise source.error("LRJ054", message, key, remedy="Rename one.")
    used[name] = reference
