"""Verifying: after the MERGE, the final table must hold each distinct key of the run once, carrying the run."""

from __future__ import annotations

from typing import Any

from services.orchestrator.steps.context import RunContext
from shared.errors import ReconciliationError
from shared.jobs.compile import CompiledTable


def verify(context: RunContext) -> dict[str, Any]:
    """Compare rows in the final tables with distinct staged keys; LRR012 when they differ."""
    tables = {table.staging_table: _verify(context, table) for table in context.compiled.tables}
    names = ("rows_final", "distinct_keys")
    return {name: sum(figures[name] for figures in tables.values()) for name in names} | {"tables": tables}


def _verify(context: RunContext, table: CompiledTable) -> dict[str, int]:
    with context.stores() as at:
        distinct = at.ledger.distinct_keys(context.run_id, table.staging, table.key)
        final = at.tables.rows_final(context.run_id, table)
    if distinct != final:
        raise ReconciliationError(
            "LRR012",
            f"{table.final} holds {final} rows of the run, but {distinct} distinct keys were staged",
            remedy="Somebody else may have changed the table after the merge: compare it with the staging table.",
        )
    return {"rows_final": final, "distinct_keys": distinct}
