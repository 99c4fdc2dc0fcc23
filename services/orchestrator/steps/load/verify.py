"""Verifying: after the MERGE, the final table must hold each distinct key of the run once, as this run merged it.

A row that a later merge has overwritten since is not lost: the number of the turn tells which of two merges was later.
"""

from __future__ import annotations

from typing import Any

from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.turns import take_turn
from services.orchestrator.store.states import State
from services.orchestrator.store.stores import Stores
from shared.errors import ReconciliationError
from shared.jobs.compile import CompiledTable


def verify(context: RunContext) -> dict[str, Any]:
    """Compare rows in the final tables with distinct staged keys; LRR012 when they differ."""
    take_turn(context, State.VERIFYING)
    tables = {table.staging_table: _verify(context, table) for table in context.compiled.tables}
    names = ("rows_final", "rows_overwritten", "distinct_keys")
    return {name: sum(figures[name] for figures in tables.values()) for name in names} | {"tables": tables}


def _verify(context: RunContext, table: CompiledTable) -> dict[str, int]:
    with context.stores() as at:
        distinct = at.staged.distinct_keys(context.run_id, table)
        final = at.final.count(context.run_id, table)
        overwritten = _overwritten(at, context.run_id, table) if final < distinct else 0
    if distinct != final + overwritten:
        later = f" and {overwritten} of later runs" if overwritten else ""
        raise ReconciliationError(
            "LRR012",
            f"{table.final} holds {final} rows of the run{later}, but {distinct} distinct keys were staged",
            remedy="Another program may have changed the table after the merge: compare it with the staging table.",
        )
    return {"rows_final": final, "rows_overwritten": overwritten, "distinct_keys": distinct}


def _overwritten(at: Stores, run_id: str, table: CompiledTable) -> int:
    """Rows of this run's keys that runs have overwritten whose turn to merge came later."""
    begun = at.turns.get(run_id, table.final_table).first_turn
    found = at.final.overwritten(run_id, table)
    return sum(rows for other, rows in found.items() if at.turns.get(other, table.final_table).turn > begun)
