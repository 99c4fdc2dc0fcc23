"""What can be asked of a run that is there: cancel, resume, retry, purge. And who acts."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.orchestrator.api.runs import At
from services.orchestrator.operations.requests import Answer, Asked
from services.orchestrator.store.states import State

router = APIRouter(tags=["life cycle"])

StageName = Literal["splitting", "loading", "reconciling", "merging", "verifying"]


class AskedBody(BaseModel):
    """Who asks, and why: both go into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    requested_by: str = Field("api", min_length=1, max_length=100)
    reason: str = Field("", max_length=500)

    def asked(self) -> Asked:
        """The same for the desk."""
        return Asked(self.requested_by, self.reason)


class RetryBody(AskedBody):
    """Where to begin again."""

    from_stage: StageName | None = Field(None, description="The first stage that is not completed, when absent.")
    force: bool = Field(False, description="Repeat stages that are completed.")


class Part(BaseModel):
    """What this orchestrator does."""

    acting: bool
    holder: str


@router.post("/runs/{run_id}/cancel")
def cancel_run(run_id: str, at: At, body: AskedBody | None = None) -> Answer:
    """Stop the run at its next safe point; it can be resumed. 409 when it has ended otherwise."""
    answer = at.desk().cancel(run_id, (body or AskedBody()).asked())
    at.go_on()
    return answer


@router.post("/runs/{run_id}/resume")
def resume_run(run_id: str, at: At, body: AskedBody | None = None) -> Answer:
    """Go on with a failed, cancelled or waiting run: only what the ledger lacks is read again.

    409 when it is complete, purged, loaded by another run, or when file, copybook or job have changed.
    """
    answer = at.desk().resume(run_id, (body or AskedBody()).asked())
    at.go_on()
    return answer


@router.post("/runs/{run_id}/retry")
def retry_run(run_id: str, at: At, body: RetryBody | None = None) -> Answer:
    """Carry out stages of an ended run again; the limits of the job's gate are read anew. 409 as for resume."""
    body = body or RetryBody()
    stage = None if body.from_stage is None else State(body.from_stage)
    answer = at.desk().retry(run_id, body.asked(), stage, force=body.force)
    at.go_on()
    return answer


@router.post("/runs/{run_id}/purge")
def purge_run(run_id: str, at: At, body: AskedBody | None = None) -> Answer:
    """Remove the staged rows of an ended run; answers when it is done. Merged rows stay, but it cannot go on."""
    return at.desk().purge(run_id, (body or AskedBody()).asked())


@router.get("/orchestrator")
def show_part(at: At) -> Part:
    """Whether this orchestrator acts, and who does."""
    return Part(acting=at.keeper.term is not None, holder=at.keeper.holder)
