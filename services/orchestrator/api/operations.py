"""Operations on a run: cancel, resume, retry, purge; and which orchestrator acts."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.orchestrator.api.runs import At
from services.orchestrator.operations.requests import Answer, Request
from services.orchestrator.store.states import State
from shared.bounded_values import Actor, Note, RunId

router = APIRouter(tags=["life cycle"])

StageName = Literal["splitting", "loading", "reconciling", "merging", "verifying"]


class RequestBody(BaseModel):
    """Who asks, and why: both go into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    requested_by: Actor = "api"
    reason: Note = ""

    def request(self) -> Request:
        """Who asks, and why."""
        return Request(self.requested_by, self.reason)


class RetryBody(RequestBody):
    """Where to begin again."""

    from_stage: StageName | None = Field(None, description="The first stage that is not completed, when absent.")
    force: bool = Field(False, description="Repeat completed stages, and replace data of later runs.")


class Role(BaseModel):
    """Whether this orchestrator acts, and who does."""

    acting: bool
    holder: str


@router.post("/runs/{run_id}/cancel")
def cancel_run(run_id: RunId, at: At, body: RequestBody | None = None) -> Answer:
    """Stop the run at its next safe point; it can be resumed. 409 when it has ended otherwise."""
    answer = at.operations().cancel(run_id, (body or RequestBody()).request())
    at.wake()
    return answer


@router.post("/runs/{run_id}/resume")
def resume_run(run_id: RunId, at: At, body: RequestBody | None = None) -> Answer:
    """Go on with a failed, cancelled or waiting run: only what the ledger lacks is read again.

    409 when it is complete, purged, loaded by another run, or when file, copybook or job have changed.
    """
    answer = at.operations().resume(run_id, (body or RequestBody()).request())
    at.wake()
    return answer


@router.post("/runs/{run_id}/retry")
def retry_run(run_id: RunId, at: At, body: RetryBody | None = None) -> Answer:
    """Carry out stages of an ended run again; the limits of the job's gate are read anew. 409 as for resume."""
    body = body or RetryBody()
    stage = None if body.from_stage is None else State(body.from_stage)
    answer = at.operations().retry(run_id, body.request(), stage, force=body.force)
    at.wake()
    return answer


@router.post("/runs/{run_id}/purge")
def purge_run(run_id: RunId, at: At, body: RequestBody | None = None) -> Answer:
    """Remove the staged rows of an ended run; answers when it is done. Merged rows stay, but it cannot go on."""
    return at.operations().purge(run_id, (body or RequestBody()).request())


@router.get("/orchestrator")
def show_role(at: At) -> Role:
    """Whether this orchestrator acts, and who does."""
    return Role(acting=at.election.term is not None, holder=at.election.holder)
