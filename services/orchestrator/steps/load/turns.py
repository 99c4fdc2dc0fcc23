"""Turns: one run at a time merges into a final table and verifies, in the order in which the runs were registered."""

from __future__ import annotations

from services.orchestrator.steps.context import RunContext
from services.orchestrator.store.states import State
from shared.observability.logs import get_logger

log = get_logger()


def take_turn(context: RunContext, stage: State) -> None:
    """Wait until no other run merges into the run's final tables, and no run registered before it waits for them.

    While it waits, the stage is ``waiting`` and says for which run. The turn lasts until the run ends, over restarts
    and changes of the acting orchestrator. Cancelled when the orchestrator stops or the run is cancelled.
    """
    ahead = None
    while (found := _claim(context)) is not None:
        if found != ahead:
            ahead = found
            tables = ", ".join(table.final_table for table in context.compiled.tables)
            log.info("run waits for its turn to merge", ahead=ahead)
            with context.stores() as at:
                at.stages.go_on(context.run_id, stage)
                at.stages.wait(context.run_id, stage, f"waits for run {ahead}, which merges into {tables} first")
        context.pause()
    with context.stores() as at:
        at.stages.go_on(context.run_id, stage)


def _claim(context: RunContext) -> str | None:
    tables = sorted(table.final_table for table in context.compiled.tables)
    with context.stores() as at:
        at.turns.wait(context.run_id, tables)
    with context.between_runs, context.stores() as at:
        return at.turns.claim(context.run_id, tables)
