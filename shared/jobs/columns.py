"""Which fields of the record become columns, under which names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from shared.batch.types import SqlType
from shared.copybook import FILLER, Element, Layout, elementary
from shared.errors import JobError
from shared.jobs.document import Key
from shared.jobs.load import JobSource
from shared.jobs.model import FieldOptions
from shared.jobs.rules import date_form
from shared.jobs.specs import field_spec
from shared.jobs.targets import target_column
from shared.transform.plan import PlanColumn

_CODE_PAGES: Final = {"ebcdic": "cp037", "ascii": "latin-1"}


def named_elements(layout: Layout) -> Iterator[tuple[str, Element]]:
    """Elementary items with the names that jobs use: the item's own, or with its groups where that is ambiguous."""
    elements = [element for element in elementary(layout) if element.field.name != FILLER]
    counts: dict[str, int] = {}
    for element in elements:
        counts[element.name] = counts.get(element.name, 0) + 1
    for element in elements:
        if counts[element.name] == 1:
            yield element.name, element
        else:
            yield ".".join((*element.field.path[1:-1], element.name)), element


def plan_columns(source: JobSource, layout: Layout) -> list[PlanColumn]:
    """A column for each item, checked to be told apart by its name.

    A redefinition is loaded only where the job names it: most often it is another reading of the same bytes.
    """
    job = source.job
    columns: list[PlanColumn] = []
    elements = dict(named_elements(layout))
    _check_known(source, elements)
    code_page = job.input.code_page or _CODE_PAGES[job.input.encoding]
    keys = {key.upper() for key in job.target.key}
    required = {rule.field for rule in job.rules if rule.required}
    for name, element in elements.items():
        options = job.fields.get(name, FieldOptions())
        if options.skip or (element.field.in_redefinition and name not in job.fields):
            continue
        try:
            spec = field_spec(element, name, code_page, options)
            target = target_column(spec, options, nullable=name not in required)
            if target.name in keys:
                target = replace(target, nullable=False)
            form = date_form(options.format or "", spec) if target.sql_type is SqlType.DATE else None
        except JobError as error:
            raise source.error(error.code, error.message, ("fields", name), remedy=error.remedy) from error
        columns.append(PlanColumn(spec, target, form))
    _check_names(source, columns)
    return columns


def _check_known(source: JobSource, elements: dict[str, Element]) -> None:
    named = [("fields", name) for name in source.job.fields]
    named += [("sample", name) for name in source.job.sample]
    for section, name in named:
        if name not in elements:
            raise unknown_field(source, (section, name), name, elements)


def unknown_field(source: JobSource, key: Key, name: str, known: Iterable[str]) -> JobError:
    near = [other for other in known if name.upper() in other or other in name.upper()]
    hint = f"Did you mean {', '.join(near[:3])}?" if near else "lrecl layout COPYBOOK lists the fields."
    return source.error("LRJ051", f"the copybook has no field {name}", key, remedy=hint)


def _check_names(source: JobSource, columns: list[PlanColumn]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        name = column.target.name
        if name in seen:
            message = f"{seen[name]} and {column.spec.name} would both become the column {name}"
            raise source.error("LRJ054", message, ("fields", column.spec.name), remedy="Rename one with column:.")
        seen[name] = column.spec.name
