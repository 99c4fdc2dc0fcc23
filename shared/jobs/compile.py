"""The compiled job: copybook and definition brought together, everything checked, ready to travel in messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.batch.types import TableName, identifier
from shared.codec import FieldSpec
from shared.copybook import Layout, lay_out, parse_copybook
from shared.errors import CopybookError, JobError
from shared.framing.fixed import FixedFraming
from shared.jobs.columns import plan_columns, unknown_field
from shared.jobs.load import JobSource
from shared.jobs.model import Job
from shared.jobs.rules import compile_rule
from shared.transform.plan import Plan, PlanColumn, Rule, RuleKind


class CompiledJob(BaseModel):
    """A job with nothing left to look up. ``plan`` is ``Plan.to_dict()``; tables are qualified names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: Job
    plan: dict[str, Any]
    plan_digest: str
    framing: dict[str, Any]
    batch_records: int
    staging_table: str
    final_table: str
    key: list[str]
    job_digest: str
    copybook_digest: str

    @property
    def staging(self) -> TableName:
        """The staging table."""
        return TableName.parse(self.staging_table, "")

    @property
    def final(self) -> TableName:
        """The final table."""
        return TableName.parse(self.final_table, "")


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
    plan = Plan(length, tuple(columns), tuple(_rules(source, columns)), _totals(source, columns), str(staging))
    framing = FixedFraming(length)
    return CompiledJob(
        job=job,
        plan=plan.to_dict(),
        plan_digest=_digest(plan.to_dict()),
        framing=framing.to_dict(),
        batch_records=framing.records_per_batch(job.tuning.batch_records, job.tuning.batch_bytes),
        staging_table=str(staging),
        final_table=str(TableName.parse(target.final_table, default_schema)),
        key=_key(source, columns),
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


def _totals(source: JobSource, columns: list[PlanColumn]) -> tuple[str, ...]:
    specs = {column.spec.name: column.spec for column in columns}
    for number, name in enumerate(source.job.control.totals):
        key = ("control", "totals", number)
        if name not in specs:
            raise unknown_field(source, key, name, specs)
        if not specs[name].is_number:
            raise source.error("LRJ052", f"{name} is no number and cannot be summed", key)
    return tuple(source.job.control.totals)


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
