"""Runs: start, list, watch, report."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.registration.register import RunRequest
from services.orchestrator.service import Orchestrator
from services.orchestrator.views import report_text as text
from services.orchestrator.views.progress import RunProgress, progress
from services.orchestrator.views.report import stored_report
from services.orchestrator.views.report_model import RunReport

router = APIRouter(tags=["runs"])


def _orchestrator(request: Request) -> Orchestrator:
    found: Orchestrator = request.app.state.orchestrator
    return found


At = Annotated[Orchestrator, Depends(_orchestrator)]


class ControlBody(BaseModel):
    """The sender's figures, instead of a control file."""

    model_config = ConfigDict(extra="forbid")

    records: int | None = Field(None, ge=0)
    totals: dict[str, Decimal] = {}


class RunBody(BaseModel):
    """What to load."""

    model_config = ConfigDict(extra="forbid")

    job: str = Field(min_length=1, max_length=64, examples=["customers"])
    file: str = Field(
        min_length=1,
        max_length=1024,
        description="Path below the data root, or a pattern for several files.",
        examples=["customers.dat"],
    )
    force: bool = Field(False, description="Load content that was loaded before.")
    control: ControlBody | None = None
    requested_by: str = Field("api", min_length=1, max_length=100)


class RunCreated(BaseModel):
    """A registered run."""

    run_id: str


class RunSummary(BaseModel):
    """One line of the list."""

    run_id: str
    job: str
    state: str
    file: str
    bytes: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@router.post("/runs", status_code=201)
def create_run(body: RunBody, at: At) -> RunCreated:
    """Register a run and start it. 409 names the run that has loaded, or is loading, the same content."""
    control = ControlFigures(body.control.records, body.control.totals) if body.control else None
    request = RunRequest(body.job, body.file, force=body.force, control=control, requested_by=body.requested_by)
    return RunCreated(run_id=at.start_run(request))


@router.get("/runs")
def list_runs(at: At) -> list[RunSummary]:
    """The newest 200 runs."""
    with at.stores() as stores:
        return [
            RunSummary(
                run_id=row["run_id"],
                job=row["job"],
                state=row["state"],
                file=row["file_path"],
                bytes=row["file_bytes"],
                error=row["error"],
                created_at=row["created_at"],
                finished_at=row["finished_at"],
            )
            for row in stores.runs.newest()
        ]


@router.get("/runs/{run_id}")
def show_run(run_id: str, at: At) -> RunProgress:
    """One run with its progress."""
    with at.stores() as stores:
        return progress(stores, at.telemetry, run_id)


@router.get("/runs/{run_id}/report")
def show_report(run_id: str, at: At) -> RunReport:
    """The run's report; 409 before its end."""
    with at.stores() as stores:
        return stored_report(stores, run_id)


@router.get("/runs/{run_id}/report.txt", response_class=PlainTextResponse)
def show_report_text(run_id: str, at: At) -> str:
    """The run's report in its readable form."""
    with at.stores() as stores:
        return text.render(stored_report(stores, run_id))


@router.get("/runs/{run_id}/rejects")
def list_rejects(run_id: str, at: At, after: Annotated[int, Query(ge=-1)] = -1) -> list[dict[str, Any]]:
    """A page of rejects, those behind byte offset ``after``."""
    with at.stores() as stores:
        stores.runs.get(run_id)
        return stores.ledger.rejects(run_id, after)


@router.get("/runs/{run_id}/framing")
def show_framing(run_id: str, at: At) -> dict[str, Any]:
    """The record format of the run's files with its options, as the run was started with."""
    with at.stores() as stores:
        stores.runs.get(run_id)
        framing: dict[str, Any] = json.loads(stores.runs.document(run_id, "job") or "{}").get("framing", {})
        return framing


@router.get("/runs/{run_id}/events")
def list_events(run_id: str, at: At) -> list[dict[str, Any]]:
    """The run's audit trail."""
    with at.stores() as stores:
        stores.runs.get(run_id)
        return stores.audit.trail(run_id)
