"""Compilation of a job: definition and copybook are checked together, and become the plan that messages carry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.errors import JobError
from shared.framing.delimited import DelimitedFraming
from shared.framing.fixed import FixedFraming
from shared.framing.registry import bare, fixed_length
from shared.framing.survey import Edges
from shared.jobs.compiled import CompiledJob, CompiledTable, CompiledTotal
from shared.jobs.delimited_rows import check_one_type, check_page, row_form
from shared.jobs.faults import Faults
from shared.jobs.framings import framing_of
from shared.jobs.input_section import EDGES
from shared.jobs.plan_columns import TypeColumns, column_of, inherited_columns, plan_columns
from shared.jobs.plan_rules import compile_rule
from shared.jobs.record_types import RecordKind, record_kinds, record_types
from shared.jobs.source import JobSource, unknown_field
from shared.jobs.stored_forms import space_of
from shared.jobs.tables import (
    TypeTables,
    check_key,
    check_limits,
    check_total_types,
    compiled_tables,
    compiled_totals,
    summed_fields,
    table_names,
)
from shared.transform.plan import Inherited, Plan, RecordPlan, Rule, RuleKind, SummedField

__all__ = ["CompiledJob", "CompiledTable", "CompiledTotal", "compile_job"]


def compile_job(source: JobSource, default_schema: str) -> CompiledJob:
    """The compiled job. ``default_schema`` is the schema of tables without one.

    Raises a JobError that shows all faults with line, key and code, or a CopybookError for a single fault in a
    copybook.

    >>> from pathlib import Path
    >>> from shared.jobs.load import load_job
    >>> job = compile_job(load_job(Path("jobs"), "customers"), "LRECL")
    >>> job.framing["format"], job.tables[0].final_table
    ('F', 'LRECL.CUSTOMERS')
    """
    faults = Faults()
    source = _with_known_page(source, faults)
    tables = table_names(source, default_schema, faults)
    kinds = faults.attempt(record_kinds, source)
    if kinds is None:
        raise faults.error()
    framing = faults.attempt(framing_of, source, kinds)
    plan = _plan(source, kinds, tables, faults)
    if plan is None or framing is None:
        raise faults.error()
    given, length = source.job.input, fixed_length(framing)
    if length is not None:
        plan = replace(plan, record_length=length - given.record_start_offset - given.record_end_offset)
    inner = bare(framing)
    if isinstance(inner, DelimitedFraming):
        plan = replace(plan, rows=faults.attempt(row_form, source, kinds[0], plan.records[0].columns, inner))
    check_limits(source, kinds, plan, faults)
    faults.refuse()
    job, tuning = source.job, source.job.tuning
    return CompiledJob(
        job=job,
        plan=plan.to_dict(),
        plan_digest=_digest(plan.to_dict()),
        framing=framing.to_dict(),
        edges={name: figure for name, figure in _edges(source).items() if figure},
        compression=None if job.input.compression == "auto" else job.input.compression,
        splits=job.input.splits,
        batch_records=inner.records_per_batch(tuning.batch_records, tuning.batch_bytes)
        if isinstance(inner, FixedFraming)
        else tuning.batch_records,
        batch_bytes=tuning.batch_bytes,
        tables=compiled_tables(kinds, plan, tables),
        totals=compiled_totals(source, plan),
        job_digest=source.job_digest,
        copybook_digest=source.copybook_digest,
    )


def _with_known_page(source: JobSource, faults: Faults) -> JobSource:
    """The job. If its code page is unknown or cannot be that of its file, the other checks go on with another page."""
    try:
        check_page(source)
    except JobError as error:
        faults.add(error)
        is_ascii = source.job.input.encoding == "ascii" or bool(source.job.input.point)
        usable = source.job.input.model_copy(update={"code_page": "latin-1" if is_ascii else "cp037"})
        return replace(source, job=source.job.model_copy(update={"input": usable}))
    return source


def _edges(source: JobSource) -> dict[str, int]:
    given = source.job.input
    figures = {name: getattr(given, name) for name in EDGES}
    figures["header_records"] += given.header
    Edges(**figures)
    return figures


def _plan(source: JobSource, kinds: list[RecordKind], tables: list[TypeTables], faults: Faults) -> Plan | None:
    """The plan without the length of records; None when there are faults."""
    faults.attempt(check_one_type, source)
    types = faults.attempt(record_types, source, kinds)
    check_total_types(source, kinds, faults)
    columns = {kind.name: plan_columns(source, kind, kinds, faults) for kind in kinds}
    parts = [_type_plan(source, kinds, kind, columns, faults) for kind in kinds]
    if types is None or faults:
        return None
    records = [
        RecordPlan(type_, kind.shape, tuple(columns[kind.name].columns), rules, totals, names.staging, inherited)
        for type_, kind, (rules, totals, inherited), names in zip(types, kinds, parts, tables, strict=True)
    ]
    unmatched = source.job.unmatched == "skip"
    return Plan(None, tuple(records), unmatched, space_of(source.job.input.page))


def _type_plan(
    source: JobSource, kinds: list[RecordKind], kind: RecordKind, columns: dict[str, TypeColumns], faults: Faults
) -> tuple[tuple[Rule, ...], tuple[SummedField, ...], tuple[Inherited, ...]]:
    """Rules and totals of a type, and the columns that it inherits. Its key is checked, too."""
    own = columns[kind.name]
    rules = tuple(_rules(source, kind, own, faults))
    totals = tuple(summed_fields(source, kind, own, faults))
    inherited = inherited_columns(source, kinds, kind, columns, faults)
    if own.sound and len(inherited) == len(kind.spec.inherit):
        check_key(source, kind, [*(one.column for one in inherited), *own.columns], faults)
    return rules, totals, tuple(inherited)


def _rules(source: JobSource, kind: RecordKind, columns: TypeColumns, faults: Faults) -> Iterator[Rule]:
    """The rules of a type, including that all parts of its key are required."""
    required = {rule.field for rule in kind.spec.rules if rule.required}
    key = {name.upper() for name in kind.spec.target.key} if kind.spec.target else set()
    for column in columns.columns:
        if not column.shows_raw and column.target.name in key and column.spec.name not in required:
            yield Rule(RuleKind.REQUIRED, column.spec.name)
    for number, rule in enumerate(kind.spec.rules):
        at = (*kind.at, "rules", number)
        found = faults.attempt(column_of, source, (*at, "field"), rule.field, columns, kind)
        if found is None:
            continue
        if found.shows_raw:
            faults.add(unknown_field(source, (*at, "field"), rule.field, kind.names))
            continue
        try:
            yield compile_rule(rule, found.spec)
        except JobError as error:
            faults.add(source.coded(error, at))


def _digest(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
