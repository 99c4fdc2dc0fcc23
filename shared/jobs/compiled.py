"""The compiled job, which is stored with each run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.batch.types import TableName, TargetColumn
from shared.jobs.model import Job


class CompiledTable(BaseModel):
    """The tables of one record type. ``columns`` are ``TargetColumn.to_dict()`` of those that come from records."""

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
    """A control total: its name in the job and in the control file, and the column that the database sums."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    table: str
    column: str
    scale: int


class CompiledJob(BaseModel):
    """A job after compilation: everything that a run needs, without the copybook.

    ``plan`` is ``Plan.to_dict()``. ``tables`` are those of its loaded types, in their order, with qualified names.
    ``framing`` is ``Framing.to_dict()``, ``edges`` are the figures of ``Edges`` that are not zero. ``compression`` is
    None if the first bytes of the file decide. ``splits`` is the most parts in which a file is read.
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
