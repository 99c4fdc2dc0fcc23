"""The end of a run: its last stage, its state, the line in the trail and the report, in one transaction."""

from __future__ import annotations

from typing import Final

from services.orchestrator.engine.environment import EngineRoom
from services.orchestrator.store.states import StageState, State
from services.orchestrator.views.report import build_report
from shared.observability.logs import get_logger

_STAGE_ENDS: Final = {State.FAILED: StageState.FAILED, State.CANCELLED: StageState.CANCELLED}

log = get_logger()


def end(room: EngineRoom, run_id: str, state: State, stage: State | None = None, error: str | None = None) -> None:
    """End the run in ``state``; ``stage`` is the one that did not come to its own end."""
    with room.stores() as at:
        at.lifecycle.hold(run_id)
        if stage is not None:
            at.runs.finish_stage(run_id, stage, _STAGE_ENDS[state], {}, error)
        at.runs.finish(run_id, state, error)
        at.audit.append(run_id, f"state {state}", "orchestrator", **({} if error is None else {"error": error}))
        report = build_report(at, run_id, room.telemetry.memory(run_id))
        at.runs.put_document(run_id, "report", report.model_dump_json())
    log.info("run ended", state=state, records=report.records_read, rejected=report.records_rejected)
