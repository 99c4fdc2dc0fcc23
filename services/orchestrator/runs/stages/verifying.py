"""Verifying: after the MERGE, the final table must hold each distinct key of the run once, carrying the run."""

from __future__ import annotations

from typing import Any

from services.orchestrator.runs.context import RunContext
from shared.errors import ReconciliationError
from shared.jobs.compile import CompiledTable


def verify(context: RunContext) -> dict[str, Any]:
    """Compare rows in the final tables with distinct staged keys; LRR012 when they differ."""
    figures = [_verify(context, table) for table in context.compiled.tables]
    return {"rows_final": sum(final for final, _ in figures), "distinct_keys": sum(keys for _, keys in figures)}


def _verify(context: RunContext, table: CompiledTable) -> tuple[int, int]:
    with context.stores() as at:
        distinct = at.ledger.distinct_keys(context.run_id, table.staging, table.key)
        final = at.tables.rows_final(context.run_id, table)
    if distinct != final:
        raise ReconciliationError(
            "LRR012",
            f"{table.final} holds {final} rows of the run, but {distinct} distinct keys were staged",
            remedy="Somebody else may have changed the table after the merge: compare it with the staging table.",
        )
    return final, distinct
