"""Columns that rows take from the records above theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from shared.errors import JobError
from shared.jobs.columns import unknown_field
from shared.jobs.load import JobSource
from shared.jobs.records import RecordKind, ancestors
from shared.jobs.targets import free_name
from shared.transform.plan import Inherited, PlanColumn


def inherited_columns(
    source: JobSource, kinds: list[RecordKind], kind: RecordKind, columns: Mapping[str, list[PlanColumn]]
) -> Iterator[Inherited]:
    """The inherited columns of a type, in the order of the definition; ``columns`` are those of all types by name.

    LRJ082 for a type that is not above, LRJ051 for a field that it does not load, LRJ054 for a name given twice.
    """
    above = [one.name for one in ancestors(source, kinds, kind)]
    taken = {column.target.name: column.spec.name for column in columns[kind.name]}
    keys = {name.upper() for name in kind.spec.target.key} if kind.spec.target else set()
    for column_name, reference in kind.spec.inherit.items():
        at = (*kind.at, "inherit", column_name)
        type_name, _, field = reference.partition(".")
        if type_name not in above:
            message = f"{reference} is no field of a type above {kind.name}"
            remedy = f"Types above it: {', '.join(above) or 'none; name its parent'}. Write TYPE.FIELD."
            raise source.error("LRJ082", message, at, remedy=remedy)
        fields = {column.spec.name: column for column in columns[type_name]}
        if field not in fields:
            raise unknown_field(source, at, field, fields)
        try:
            name = free_name(column_name, field)
        except JobError as error:
            raise source.coded(error, at) from error
        if name in taken:
            message = f"{taken[name]} and {reference} would both become the column {name}"
            raise source.error("LRJ054", message, at, remedy="Rename one.")
        taken[name] = reference
        target = replace(fields[field].target, name=name, nullable=name not in keys)
        yield Inherited(type_name, replace(fields[field], target=target))
