"""Verifying: after the MERGE, the final table must hold each distinct key of the run once, carrying the run."""

from __future__ import annotations

from typing import Any

from services.orchestrator.runs.context import RunContext
from shared.errors import ReconciliationError


def verify(context: RunContext) -> dict[str, Any]:
    """Compare rows in the final table with distinct staged keys; LRR012 when they differ."""
    with context.stores() as at:
        distinct = at.ledger.distinct_keys(context.run_id, context.compiled.staging, context.compiled.key)
        final = at.tables.rows_final(context.run_id, context.compiled)
    if distinct != final:
        raise ReconciliationError(
            "LRR012",
            f"{context.compiled.final} holds {final} rows of the run, but {distinct} distinct keys were staged",
            remedy="Somebody else may have changed the table after the merge: compare it with the staging table.",
        )
    return {"rows_final": final, "distinct_keys": distinct}
