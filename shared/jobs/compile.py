"""The compiled job: copybook and definition brought together, everything checked, ready to travel in messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.batch.types import TableName, TargetColumn, identifier
from shared.codec import FieldSpec
from shared.copybook import Layout, lay_out, parse_copybook
from shared.errors import CopybookError, JobError
from shared.framing.fixed import FixedFraming
from shared.jobs.columns import plan_columns, unknown_field
from shared.jobs.load import JobSource
from shared.jobs.model import Job
from shared.jobs.rules import compile_rule
from shared.jobs.shapes import shape_of
from shared.records.conditions import RecordType
from shared.transform.plan import Plan, PlanColumn, RecordPlan, Rule, RuleKind, SummedField


class CompiledTable(BaseModel):
    """Where the rows of one record type go; ``columns`` are ``TargetColumn.to_dict()`` of the staging table's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    record_type: str
    staging_table: str
    final_table: str
    key: list[str]
    create_final: bool
    columns: list[dict[str, Any]]

    @property
    def staging(self) -> TableName:
        """The staging table."""
        return TableName.parse(self.staging_table, "")

    @property
    def final(self) -> TableName:
        """The final table."""
        return TableName.parse(self.final_table, "")

    @property
    def targets(self) -> tuple[TargetColumn, ...]:
        """The columns that come from records."""
        return tuple(TargetColumn.from_dict(column) for column in self.columns)


class CompiledTotal(BaseModel):
    """A control total: the name that the job and its sender give it, and the column that the database sums."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    table: str
    column: str
    scale: int


class CompiledJob(BaseModel):
    """A job with nothing left to look up.

    ``plan`` is ``Plan.to_dict()``, ``tables`` are those of its loaded types in their order, their names
    qualified. ``framing`` is ``Framing.to_dict()``, ``edges`` the figures of ``Edges`` that are not zero. ``compression``
    is None where the file's first bytes decide. ``splits`` is how many parts a file is read in, at most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: Job
    plan: dict[str, Any]
    plan_digest: str
    framing: dict[str, Any]
    edges: dict[str, int] = {}
    compression: Literal["none", "gzip", "bzip2"] | None = None
    splits: int = 1
    batch_records: int
    batch_bytes: int
    tables: list[CompiledTable]
    totals: list[CompiledTotal]
    job_digest: str
    copybook_digest: str


def record_layout(source: JobSource) -> Layout:
    """The layout of the job's record."""
    reference = source.job.copybook
    copybook = parse_copybook(source.copybook_text, source=reference.path, copy_roots=[source.folder])
    return lay_out(copybook, record=reference.record)


def compile_job(source: JobSource, default_schema: str) -> CompiledJob:
    """Bring definition and copybook together; JobError or CopybookError says what does not fit, and where."""
    job = source.job
    layout = record_layout(source)
    if layout.is_variable:
        raise CopybookError("LRC900", f"{layout.name} has OCCURS DEPENDING ON, which needs a variable record format")
    length = job.input.record_length or layout.length
    if layout.length > length:
        raise source.error(
            "LRJ050",
            f"the copybook describes {layout.length} bytes, more than the record length of {length}",
            ("input", "record_length"),
            remedy="Check LRECL, or whether the copybook belongs to this file.",
        )
    columns = plan_columns(source, layout)
    target = job.target
    staging = TableName.parse(target.staging_table, default_schema)
    record = RecordPlan(
        RecordType(layout.name),
        shape_of(layout, "cp037", shifting=False),
        tuple(columns),
        tuple(_rules(source, columns)),
        _totals(source, columns),
        str(staging),
    )
    plan = Plan(length, (record,))
    framing = FixedFraming(length)
    return CompiledJob(
        job=job,
        plan=plan.to_dict(),
        plan_digest=_digest(plan.to_dict()),
        framing=framing.to_dict(),
        batch_records=framing.records_per_batch(job.tuning.batch_records, job.tuning.batch_bytes),
        batch_bytes=job.tuning.batch_bytes,
        tables=[
            CompiledTable(
                record_type=layout.name,
                staging_table=str(staging),
                final_table=str(TableName.parse(target.final_table, default_schema)),
                key=_key(source, columns),
                create_final=target.create_final,
                columns=[column.target.to_dict() for column in columns],
            )
        ],
        totals=[_compiled_total(name, columns, str(staging)) for name in job.control.totals],
        job_digest=source.job_digest,
        copybook_digest=source.copybook_digest,
    )


def _rules(source: JobSource, columns: list[PlanColumn]) -> Iterator[Rule]:
    """The job's rules, and that no part of the key may be missing."""
    specs: dict[str, FieldSpec] = {column.spec.name: column.spec for column in columns}
    required = {rule.field for rule in source.job.rules if rule.required}
    for column in columns:
        if column.target.name in _key(source, columns) and column.spec.name not in required:
            yield Rule(RuleKind.REQUIRED, column.spec.name)
    for number, rule in enumerate(source.job.rules):
        key = ("rules", number)
        if rule.field not in specs:
            raise unknown_field(source, (*key, "field"), rule.field, specs)
        try:
            yield compile_rule(rule, specs[rule.field])
        except JobError as error:
            raise source.error(error.code, error.message, key, remedy=error.remedy) from error


def _compiled_total(name: str, columns: list[PlanColumn], table: str) -> CompiledTotal:
    column = next(column for column in columns if column.spec.name == name)
    return CompiledTotal(name=name, table=table, column=column.target.name, scale=column.spec.scale)


def _totals(source: JobSource, columns: list[PlanColumn]) -> tuple[SummedField, ...]:
    specs = {column.spec.name: column.spec for column in columns}
    for number, name in enumerate(source.job.control.totals):
        key = ("control", "totals", number)
        if name not in specs:
            raise unknown_field(source, key, name, specs)
        if not specs[name].is_number:
            raise source.error("LRJ052", f"{name} is no number and cannot be summed", key)
    return tuple(SummedField(name, name) for name in source.job.control.totals)


def _key(source: JobSource, columns: list[PlanColumn]) -> list[str]:
    names = {column.target.name for column in columns}
    key = [identifier(name) for name in source.job.target.key]
    for number, name in enumerate(key):
        if name not in names:
            message = f"there is no column {name} to be the key"
            raise source.error(
                "LRJ053", message, ("target", "key", number), remedy=f"Columns: {', '.join(sorted(names))}."
            )
    return key


def _digest(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
