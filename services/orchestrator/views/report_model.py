"""The run report: the figures that audit is handed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, computed_field


class ControlTotalLine(BaseModel):
    """One control total: the sender's figure, the sums over accepted and rejected records, and the database's sum.

    ``status``: equal; no-file-total (nothing to compare with); unproven (rejected records whose value cannot be read
    may explain the difference to the sender's figure); mismatch.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    column: str
    file: str | None
    computed: str
    rejected: str
    unreadable: int
    database: str
    status: str


class PeakMemory(BaseModel):
    """Peak resident memory in MiB, by the kernel's count.

    ``total``: the highest sum of all processes at one moment, sampled with every life sign; ``sum_of_peaks``: the sum
    of all processes' own peaks, an upper bound of any moment.
    """

    model_config = ConfigDict(frozen=True)

    by_process: dict[str, float]
    total: float
    sum_of_peaks: float


class StageLine(BaseModel):
    """One stage; ``seconds`` are summed over ``attempts``."""

    model_config = ConfigDict(frozen=True)

    stage: str
    state: str
    seconds: float | None
    attempts: int = 1
    figures: dict[str, Any]
    error: str | None


class TableLine(BaseModel):
    """The tables of one record type; figures of stages that were not reached are 0."""

    model_config = ConfigDict(frozen=True)

    record_type: str
    staging_table: str
    final_table: str
    rows_staged: int
    rows_merged: int = 0
    rows_superseded: int = 0
    rows_final: int = 0
    rows_overwritten: int = 0


class FileLine(BaseModel):
    """One of the run's files; ``loaded_by`` names the run that has its content, where this run left the file out."""

    model_config = ConfigDict(frozen=True)

    file_no: int
    path: str
    bytes: int
    digest: str
    compression: str | None
    batches: int
    records_read: int
    records_rejected: int
    loaded_by: str | None


class Framed(BaseModel):
    """What the readers reported: batches, records and bytes of data."""

    model_config = ConfigDict(frozen=True)

    batches: int
    records: int
    bytes: int


class WorkerLine(BaseModel):
    """What one processor or writer did for the run: batches in the ledger, and their records."""

    model_config = ConfigDict(frozen=True)

    worker: str
    batches: int
    records: int


class RunReport(BaseModel):
    """Everything about one run that is worth keeping; written at its end.

    ``framed`` is what the readers had read, which of a failed run may be more than the ledger holds. ``seconds_total``
    is the time of all stages over all attempts; the rates are taken over it and over the loading stage. Reports written
    by earlier releases lack some fields, which then have their defaults.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    job: str
    state: str
    exit_code: int | None
    error: str | None
    forced: bool
    requested_by: str
    file_name: str
    file_path: str
    file_bytes: int
    file_digest: str
    job_digest: str
    copybook_digest: str
    files: list[FileLine] = []
    tables: list[TableLine]
    framed: Framed | None = None
    processors: list[WorkerLine] = []
    writers: list[WorkerLine] = []
    attempts: int = 1
    percent: float | None = None
    batches: int
    records_read: int
    records_valid: int
    records_rejected: int
    records_skipped: int
    rejects_by_code: dict[str, int]
    rows_merged: int
    rows_superseded: int
    rows_final: int
    rows_overwritten: int = 0
    duplicates: int
    control_totals: list[ControlTotalLine]
    stages: list[StageLine]
    seconds_by_stage: dict[str, float]
    seconds_total: float
    records_per_second: float
    records_per_second_loading: float
    peak_rss_mb: PeakMemory
    created_at: datetime
    finished_at: datetime | None

    @computed_field  # type: ignore[prop-decorator]  # mypy does not take decorators on properties
    @property
    def rows_staged(self) -> int:
        """Rows in all staging tables."""
        return sum(table.rows_staged for table in self.tables)
