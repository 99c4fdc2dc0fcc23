"""Copybook and definition brought together: everything checked, ready to travel in messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shared.codec import FieldSpec
from shared.errors import JobError, LreclError
from shared.framing.delimited import DelimitedFraming
from shared.framing.fixed import FixedFraming
from shared.framing.registry import bare, fixed_length
from shared.framing.survey import Edges
from shared.jobs.columns import plan_columns, unknown_field
from shared.jobs.compiled import CompiledJob, CompiledTable, CompiledTotal
from shared.jobs.conditions import record_types
from shared.jobs.framings import framing_of
from shared.jobs.inheriting import inherited_columns
from shared.jobs.inputs import EDGES
from shared.jobs.load import JobSource
from shared.jobs.records import RecordKind, record_kinds
from shared.jobs.row_cells import check_rows, row_form
from shared.jobs.rules import compile_rule
from shared.jobs.stored import space_of
from shared.jobs.tables import compiled_tables, staging_name
from shared.jobs.totals import check_total_types, compiled_totals, summed_fields
from shared.transform.plan import Plan, PlanColumn, RecordPlan, Rule, RuleKind

__all__ = ["CompiledJob", "CompiledTable", "CompiledTotal", "compile_job"]


def compile_job(source: JobSource, default_schema: str) -> CompiledJob:
    """Bring definition and copybook together; JobError or CopybookError says what does not fit, and where."""
    job = source.job
    _check_page(source)
    kinds = record_kinds(source)
    framing = framing_of(source, kinds)
    check_rows(source)
    inner = bare(framing)
    plan = _plan(source, kinds, default_schema, fixed_length(framing))
    if isinstance(inner, DelimitedFraming):
        plan = replace(plan, rows=row_form(source, kinds[0], plan.records[0].columns, inner))
    tuning = job.tuning
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
        tables=compiled_tables(source, kinds, plan, default_schema),
        totals=compiled_totals(source, plan),
        job_digest=source.job_digest,
        copybook_digest=source.copybook_digest,
    )


def _check_page(source: JobSource) -> None:
    try:
        space_of(source.job.input.page)
    except LreclError as error:
        raise source.coded(error, ("input", "code_page")) from error


def _edges(source: JobSource) -> dict[str, int]:
    given = source.job.input
    figures = {name: getattr(given, name) for name in EDGES}
    figures["header_records"] += given.header
    Edges(**figures)
    return figures


def _plan(source: JobSource, kinds: list[RecordKind], schema: str, record_length: int | None) -> Plan:
    given = source.job.input
    if record_length is not None:
        record_length -= given.record_start_offset + given.record_end_offset
    types = record_types(source, kinds)
    check_total_types(source, kinds)
    columns = {kind.name: plan_columns(source, kind, kinds) for kind in kinds}
    records = []
    for kind, type_ in zip(kinds, types, strict=True):
        inherited = tuple(inherited_columns(source, kinds, kind, columns))
        records.append(
            RecordPlan(
                type_,
                kind.shape,
                tuple(columns[kind.name]),
                tuple(_rules(source, kind, columns[kind.name])),
                tuple(summed_fields(source, kind, columns[kind.name])),
                staging_name(kind, schema),
                inherited,
            )
        )
    return Plan(record_length, tuple(records), source.job.unmatched == "skip", space_of(given.page))


def _rules(source: JobSource, kind: RecordKind, columns: list[PlanColumn]) -> Iterator[Rule]:
    """The rules of a type, and that no part of its key may be missing."""
    specs: dict[str, FieldSpec] = {column.spec.name: column.spec for column in columns if not column.shows_raw}
    required = {rule.field for rule in kind.spec.rules if rule.required}
    key = {name.upper() for name in kind.spec.target.key} if kind.spec.target else set()
    for column in columns:
        if column.target.name in key and column.spec.name not in required:
            yield Rule(RuleKind.REQUIRED, column.spec.name)
    for number, rule in enumerate(kind.spec.rules):
        at = (*kind.at, "rules", number)
        if rule.field not in specs:
            raise unknown_field(source, (*at, "field"), rule.field, specs)
        try:
            yield compile_rule(rule, specs[rule.field])
        except JobError as error:
            raise source.coded(error, at) from error


def _digest(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
