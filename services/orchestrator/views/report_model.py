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
    """One stage."""

    model_config = ConfigDict(frozen=True)

    stage: str
    state: str
    seconds: float | None
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


class RunReport(BaseModel):
    """Everything about one run that is worth keeping; written once, at its end."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    job: str
    state: str
    exit_code: int
    error: str | None
    forced: bool
    requested_by: str
    file_name: str
    file_path: str
    file_bytes: int
    file_digest: str
    job_digest: str
    copybook_digest: str
    tables: list[TableLine]
    batches: int
    records_read: int
    records_valid: int
    records_rejected: int
    records_skipped: int
    rejects_by_code: dict[str, int]
    rows_merged: int
    rows_superseded: int
    rows_final: int
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
