"""An ended run goes on: which stage it may begin with, and what has to be forgotten for that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.orchestrator.engine.environment import EngineRoom
from services.orchestrator.operations.requests import Asked, stages_from
from services.orchestrator.operations.unchanged import (
    compiled_now,
    refuse_changed_files,
    refuse_changed_job,
    with_gate,
)
from services.orchestrator.steps.load.rereading import can_begin_anywhere, incomplete_splits
from services.orchestrator.store.states import STAGES, TERMINAL, StageState, State
from services.orchestrator.store.stores import Stores
from shared.database.session import Row
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

    def refuse_changes(self, at: Stores, run: Row, jobs_root: Path, room: EngineRoom) -> CompiledJob:
        """The job to go on with; LRQ041 when what was registered is not there any more."""
        registered = CompiledJob.model_validate_json(at.runs.document(run["run_id"], "job") or "")
        now = compiled_now(run, jobs_root, room.pool.settings.control_schema)
        refuse_changed_job(run, registered, now, gate_may_differ=self.gate_may_differ)
        return with_gate(registered, now.job.gate)


def reopen(at: Stores, run: Row, reopening: Reopening, asked: Asked, jobs_root: Path, room: EngineRoom) -> State:
    """Make the run unfinished again, in the caller's transaction; the stage that it goes on with.

    LRQ041 to LRQ044 (409) where that cannot be.
    """
    run_id = run["run_id"]
    if run["purged_at"] is not None:
        raise _conflict("LRQ043", f"the staged rows of run {run_id} were purged", "Start a new run.")
    _refuse_rivals(at, run, force=reopening.force)
    stage = _first_stage(at, run_id, reopening)
    compiled = reopening.refuse_changes(at, run, jobs_root, room)
    if stage in _READING:
        refuse_changed_files(at, run_id, room.data_root)
    at.runs.put_document(run_id, "job", compiled.model_dump_json())
    stage, reread = _prepare_reading(at, run_id, compiled, stage)
    _forget(at, run_id, stage)
    at.lifecycle.reopen(run_id, stage, reread=reread)
    gate = compiled.job.gate.model_dump_json()
    detail = {"stage": stage.value, "force": reopening.force, "reason": asked.reason, "gate": gate}
    at.audit.append(run_id, reopening.what, asked.actor, **detail)
    return stage


def _first_stage(at: Stores, run_id: str, reopening: Reopening) -> State:
    """LRQ044 for a stage that would leave out another, or repeat a completed one without force."""
    completed = {row["stage"] for row in at.runs.stages(run_id) if row["state"] == StageState.COMPLETED}
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
    for split_no in incomplete_splits(at, run_id):
        at.lifecycle.unread_split(run_id, split_no)
    return State.SPLITTING, False


def _forget(at: Stores, run_id: str, stage: State) -> None:
    merged_before = {row["stage"]: row["state"] for row in at.runs.stages(run_id)}.get(State.MERGING)
    for later in stages_from(stage):
        at.lifecycle.forget_stage(run_id, later)
    if merged_before == StageState.COMPLETED and State.MERGING in stages_from(stage):
        at.lifecycle.forget_chunks(run_id)
    at.lifecycle.forget_faults(run_id)


def _refuse_rivals(at: Stores, run: Row, *, force: bool) -> None:
    """LRQ042 when another run loads, or has loaded, the same content: one at a time."""
    for rival in at.runs.earlier(run["job"], run["file_digest"]):
        active = rival["state"] not in TERMINAL
        if rival["run_id"] != run["run_id"] and (active or (rival["state"] == State.COMPLETED and not force)):
            what = "is being" if active else "has been"
            message = f"the content of run {run['run_id']} {what} loaded by run {rival['run_id']}"
            raise _conflict("LRQ042", message, "Wait for it." if active else "lrecl retry --force loads it again.")


def _conflict(code: str, message: str, remedy: str) -> RequestError:
    return RequestError(code, message, status=409, remedy=remedy)
