"""Jobs and batches with tables that only one test uses; the rows of a batch in one table or in two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from services.writer.transaction import Load
from shared.batch.columns import RowBatch
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import TableRows
from shared.transform.plan import Plan
from tests.support.sessions import fresh_name


def with_own_tables(job: CompiledJob, schema: str) -> CompiledJob:
    """The job of one record type with a staging and a final table that no other test uses, not yet created."""
    staging, final = f"{schema}.{fresh_name('STG')}", f"{schema}.{fresh_name('FINAL')}"
    plan = Plan.from_dict(job.plan)
    plan = replace(plan, records=(replace(plan.records[0], staging_table=staging),))
    table = job.tables[0].model_copy(update={"staging_table": staging, "final_table": final})
    totals = [total.model_copy(update={"table": staging}) for total in job.totals]
    changes = {"plan": plan.to_dict(), "plan_digest": staging, "tables": [table], "totals": totals}
    return job.model_copy(update=changes)


def with_second_table(job: CompiledJob, schema: str) -> CompiledJob:
    """The job with a second pair of tables like its first, as for a second record type."""
    names = {"staging_table": f"{schema}.{fresh_name('STG')}", "final_table": f"{schema}.{fresh_name('FINAL')}"}
    return job.model_copy(update={"tables": [*job.tables, job.tables[0].model_copy(update=names)]})


def in_two_tables(load: Load, second: str) -> Load:
    """The batch with every second of its rows in the table ``second``."""
    (table,), (rows,) = load.message.tables, load.tables
    parts = [_rows(rows, np.arange(start, len(rows), 2)) for start in range(2)]
    tables = [
        TableRows(table=name, rows=len(part), columns=table.columns)
        for name, part in zip((table.table, second), parts, strict=True)
    ]
    return Load(load.message.model_copy(update={"tables": tables}), parts, load.rejects)


def _rows(rows: RowBatch, kept: np.ndarray) -> RowBatch:
    others = np.setdiff1d(np.arange(len(rows)), kept)
    return RowBatch(rows.offsets[kept], [column.without(others) for column in rows.columns], rows.owner)
