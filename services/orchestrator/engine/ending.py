"""The end of a run: its last stage, its state, the line in the trail and the report, in one transaction."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from services.orchestrator.engine.environment import Environment
from services.orchestrator.store.states import StageState, State, exit_code
from services.orchestrator.store.stores import Stores
from services.orchestrator.views.report import build_report
from shared.errors import PermanentError
from shared.observability import metrics
from shared.observability.logs import get_logger

_STAGE_ENDS: Final = {
    State.FAILED: StageState.FAILED,
    State.REFUSED: StageState.FAILED,
    State.CANCELLED: StageState.CANCELLED,
}

log = get_logger()


def end(environment: Environment, run_id: str, state: State, error: str | None = None) -> None:
    """End the run in ``state``, and the stage that did not come to its own end.

    A run that is being cancelled ends as cancelled, whatever its last stage came to. One that has ended stays as it is.
    """
    with environment.stores() as at:
        run = at.runs.hold(run_id)
        if run.terminal:
            return
        reached = State.CANCELLED if run.state is State.CANCELLING else state
        stages = at.stages.all(run_id)
        for row in stages:
            if row.state in (StageState.RUNNING, StageState.WAITING):
                at.stages.end(run_id, row.stage, _STAGE_ENDS[reached], {}, error)
        sums = at.ledger.sums(run_id, committed=True)
        at.runs.end(run_id, reached, error, exit_code(reached, sums.records_rejected))
        at.turns.end(run_id)
        at.audit.append(run_id, f"state {reached}", "orchestrator", **({} if error is None else {"error": error}))
        _put_report(at, environment, run_id)
    environment.telemetry.forget(run_id)
    metrics.RUN_SECONDS.labels(run.job, reached).observe(sum(row.seconds for row in stages))
    log.info("run ended", state=reached, records=sums.records_read, rejected=sums.records_rejected)


def _put_report(at: Stores, environment: Environment, run_id: str) -> None:
    """A run ends also where its report cannot be made, because a table or its compiled job is gone."""
    try:
        report = build_report(at, run_id, environment.telemetry.memory(run_id))
    except (PermanentError, ValidationError) as error:
        log.error("the run ends without a report", error=str(error))
        at.audit.append(run_id, "report failed", "orchestrator", error=str(error))
        return
    at.documents.put(run_id, "report", report.model_dump_json())
