"""An ended run goes on: which stage it may begin with, and what has to be forgotten for that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.orchestrator.engine.environment import Environment
from services.orchestrator.operations.requests import Request
from services.orchestrator.operations.unchanged import (
    compiled_now,
    refuse_changed_files,
    refuse_changed_job,
    with_gate,
)
from services.orchestrator.registration.repetition import refuse_loaded_since
from services.orchestrator.steps.load.rereading import (
    can_begin_anywhere,
    missing_ranges,
    report_complete_splits,
)
from services.orchestrator.store.runs import RunRow
from services.orchestrator.store.states import STAGES, StageState, State
from services.orchestrator.store.stores import Stores
from shared.errors import RequestError
from shared.jobs.compile import CompiledJob

_READING: Final = (State.SPLITTING, State.LOADING)


@dataclass(frozen=True, slots=True)
class Reopening:
    """How a run is to go on; ``stage`` None means from the first stage that is not completed."""

    what: str
    stage: State | None
    force: bool
    gate_may_differ: bool

    def refuse_changes(self, at: Stores, run: RunRow, jobs_root: Path, environment: Environment) -> CompiledJob:
        """The job to go on with; LRQ041 when what was registered is not there any more."""
        registered = at.documents.compiled_job(run.run_id)
        now = compiled_now(run, jobs_root, environment.pool.settings.control_schema)
        refuse_changed_job(run, registered, now, gate_may_differ=self.gate_may_differ)
        return with_gate(registered, now.job.gate)


def reopen(
    at: Stores, run: RunRow, reopening: Reopening, request: Request, jobs_root: Path, environment: Environment
) -> State:
    """Make the run unfinished again, in the caller's transaction; the stage that it goes on with.

    LRQ041 to LRQ044 (409) where that cannot be. Only with force may it then merge over the data of later runs.
    """
    run_id = run.run_id
    if run.purged_at is not None:
        raise _conflict("LRQ043", f"the staged rows of run {run_id} were purged", "Start a new run.")
    refuse_loaded_since(at, run, force=reopening.force or run.forced)
    stage = _first_stage(at, run_id, reopening)
    compiled = reopening.refuse_changes(at, run, jobs_root, environment)
    if stage in _READING:
        refuse_changed_files(at, run_id, environment.data_root)
    at.documents.put_job(run_id, compiled)
    stage, reread = _prepare_reading(at, run_id, compiled, stage)
    _forget(at, run_id, stage)
    # A refused run goes on as a forced one; otherwise its content would be refused once more.
    forced = run.forced or (run.state is State.REFUSED and reopening.force)
    at.runs.reopen(run_id, stage, reread=reread, forced=forced, overwrite=reopening.force)
    gate = compiled.job.gate.model_dump_json()
    detail = {"stage": stage.value, "force": reopening.force, "reason": request.reason, "gate": gate}
    at.audit.append(run_id, reopening.what, request.actor, **detail)
    return stage


def stages_from(stage: State) -> tuple[State, ...]:
    """``stage`` and those after it."""
    return STAGES[STAGES.index(stage) :]


def _first_stage(at: Stores, run_id: str, reopening: Reopening) -> State:
    """LRQ044 for a stage that would leave out another, or repeat a completed one without force."""
    completed = at.stages.completed(run_id)
    open_stages = [stage for stage in STAGES if stage not in completed]
    wanted = reopening.stage or (open_stages[0] if open_stages else STAGES[-1])
    if open_stages and STAGES.index(wanted) > STAGES.index(open_stages[0]):
        message = f"{wanted} cannot come before {open_stages[0]}, which is not completed"
        raise _conflict("LRQ044", message, f"Retry from {open_stages[0]}.")
    if wanted in completed and not reopening.force:
        raise _conflict("LRQ044", f"{wanted} is completed", "--force repeats it, and what follows.")
    return wanted


def _prepare_reading(at: Stores, run_id: str, compiled: CompiledJob, stage: State) -> tuple[State, bool]:
    """The stage to go on with, and whether missing ranges are to be commanded before.

    Where reading cannot begin between two batches, incomplete splits are read from their start by splitting again: it
    knows the records that lie before a split.
    """
    if stage not in _READING:
        return stage, False
    if stage is State.LOADING and can_begin_anywhere(compiled):
        return stage, True
    report_complete_splits(at, run_id)
    for split_no in sorted({split.split_no for split, _ in missing_ranges(at, run_id)}):
        at.splits.mark_unread(run_id, split_no)
    return State.SPLITTING, False


def _forget(at: Stores, run_id: str, stage: State) -> None:
    """The stages from ``stage`` on begin anew; a completed merge is repeated as a whole, an incomplete one goes on."""
    for row in at.stages.all(run_id):
        if row.stage not in stages_from(stage):
            continue
        if row.stage is State.MERGING and row.state is StageState.COMPLETED:
            at.chunks.forget(run_id)
        at.stages.reopen(row)
    at.faults.forget_fatal(run_id)


def _conflict(code: str, message: str, remedy: str) -> RequestError:
    return RequestError(code, message, status=409, remedy=remedy)
