"""Runs: start, list, watch, report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.registration.register import RunRequest
from services.orchestrator.service import Orchestrator
from services.orchestrator.store.audit import EventRow
from services.orchestrator.store.rejects import RejectRow
from services.orchestrator.store.runs import RunFilter, RunRow
from services.orchestrator.store.states import State, exit_code
from services.orchestrator.views import report_text
from services.orchestrator.views.progress import RunProgress, progress
from services.orchestrator.views.report import stored_report
from services.orchestrator.views.report_model import RunReport
from shared.bounded_values import MOST_INTEGER, Actor, Count, ErrorCode, FieldName, Figure, FilePath, JobName, RunId
from shared.messaging.messages import FILE_STRIDE

router = APIRouter(tags=["runs"])

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2261
"""The last whole year that 64 bits of nanoseconds reach."""


def _orchestrator(request: Request) -> Orchestrator:
    found: Orchestrator = request.app.state.orchestrator
    return found


At = Annotated[Orchestrator, Depends(_orchestrator)]


def _utc(moment: datetime) -> datetime:
    """As the tables keep times: UTC, without a zone."""
    try:
        utc = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError as error:
        raise ValueError(f"the time {moment} is out of range") from error
    if not _FIRST_YEAR <= utc.year <= _LAST_YEAR:
        raise ValueError(f"the time {moment} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return utc


Moment = Annotated[datetime, AfterValidator(_utc)]


class ControlBody(BaseModel):
    """The sender's figures, instead of a control file."""

    model_config = ConfigDict(extra="forbid")

    records: Count | None = None
    totals: dict[FieldName, Figure] = {}


class RunBody(BaseModel):
    """What to load."""

    model_config = ConfigDict(extra="forbid")

    job: JobName = Field(examples=["customers"])
    file: FilePath = Field(
        description="Path below the data root, or a pattern for several files.",
        examples=["customers.dat"],
    )
    force: bool = Field(False, description="Load content that was loaded before.")
    control: ControlBody | None = None
    requested_by: Actor = "api"


class RunCreated(BaseModel):
    """A registered run."""

    run_id: str


class RunSummary(BaseModel):
    """One line of the list."""

    run_id: str
    job: str
    state: State
    exit_code: int | None
    file: str
    bytes: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class Reject(BaseModel):
    """A rejected record as a whole; ``record_offset`` counts from its file's start, ``field_offset`` from its own.

    ``raw_hex`` holds its bytes, unless they were not asked for.
    """

    record_no: int
    record_offset: int
    file_no: int
    file: str
    batch_no: int
    field: str
    field_offset: int
    code: str
    message: str
    faults: int
    raw_hex: str


class RejectPage(BaseModel):
    """Rejects in the order of the input; ``next`` is the cursor for the page after this, null after the last."""

    rejects: list[Reject]
    next: int | None


class RejectCount(BaseModel):
    """How many records were rejected for a code at a field, with one of their messages."""

    code: str
    field: str
    count: int
    message: str


class EventLine(BaseModel):
    """A line of the audit trail; ``hash`` covers the line before it."""

    sequence: int
    happened_at: datetime
    kind: str
    actor: str
    detail: dict[str, Any]
    previous_hash: str
    hash: str


@router.post("/runs", status_code=201)
def create_run(body: RunBody, at: At) -> RunCreated:
    """Register a run and start it; the files are hashed by its first step.

    409 names the run that has loaded, or is loading, the same unchanged file. A run whose content turns out to be
    loaded already ends as ``refused``, before anything is staged.
    """
    control = ControlFigures(body.control.records, body.control.totals) if body.control else None
    request = RunRequest(body.job, body.file, force=body.force, control=control, requested_by=body.requested_by)
    return RunCreated(run_id=at.start_run(request))


@router.get("/runs")
def list_runs(
    at: At,
    job: Annotated[JobName | None, Query()] = None,
    state: Annotated[list[State] | None, Query()] = None,
    since: Annotated[Moment | None, Query(description="Registered at this time or later; UTC without a zone.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> list[RunSummary]:
    """The newest runs that fit, newest first."""
    wanted = RunFilter(job, tuple(state or ()), since, limit)
    with at.stores() as stores:
        return [_summary(row) for row in stores.runs.newest(wanted)]


@router.get("/runs/{run_id}")
def show_run(run_id: RunId, at: At) -> RunProgress:
    """One run with its progress."""
    with at.stores() as stores:
        return progress(stores, at.telemetry, run_id, at.queue_depths())


@router.get("/runs/{run_id}/report")
def show_report(run_id: RunId, at: At) -> RunReport:
    """The run's report; 409 before its end."""
    with at.stores() as stores:
        return stored_report(stores, run_id)


@router.get("/runs/{run_id}/report.txt", response_class=PlainTextResponse)
def show_report_text(run_id: RunId, at: At) -> str:
    """The run's report in its readable form."""
    with at.stores() as stores:
        return report_text.render(stored_report(stores, run_id))


@router.get("/runs/{run_id}/rejects", response_model=RejectPage)
def list_rejects(
    run_id: RunId,
    at: At,
    after: Annotated[int, Query(ge=-1, le=MOST_INTEGER, description="The cursor ``next`` of the page before.")] = -1,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
    code: Annotated[ErrorCode | None, Query()] = None,
    field: Annotated[FieldName | None, Query()] = None,
    raw: Annotated[bool, Query(description="Whether to give the records' bytes.")] = True,
) -> Response:
    """A page of rejects, whole records."""
    with at.stores() as stores:
        stores.runs.get(run_id)
        page = stores.rejects.page(run_id, after, limit, code=code, field=field, raw=raw)
        names = {file.file_no: file.file_path for file in stores.files.all(run_id)} if page.rejects else {}
    answer = RejectPage(rejects=[_reject(row, names) for row in page.rejects], next=page.next)
    # A page may hold thousands, which FastAPI would turn into dictionaries before it writes them as JSON.
    return Response(answer.model_dump_json(), media_type="application/json")


@router.get("/runs/{run_id}/rejects/summary")
def summarize_rejects(run_id: RunId, at: At) -> list[RejectCount]:
    """Rejects by code and field, the most frequent first."""
    with at.stores() as stores:
        stores.runs.get(run_id)
        return [
            RejectCount(code=row.code, field=row.field, count=row.rejects, message=row.message)
            for row in stores.rejects.summary(run_id)
        ]


@router.get("/runs/{run_id}/framing")
def show_framing(run_id: RunId, at: At) -> dict[str, Any]:
    """The record format of the run's files with its options, as the run was started with."""
    with at.stores() as stores:
        stores.runs.get(run_id)
        return stores.documents.compiled_job(run_id).framing


@router.get("/runs/{run_id}/events")
def list_events(run_id: RunId, at: At) -> list[EventLine]:
    """The run's audit trail."""
    with at.stores() as stores:
        stores.runs.get(run_id)
        return [_event(row) for row in stores.audit.trail(run_id)]


def _summary(row: RunRow) -> RunSummary:
    return RunSummary(
        run_id=row.run_id,
        job=row.job,
        state=row.state,
        exit_code=_exit_code(row),
        file=row.file_path,
        bytes=row.file_bytes,
        error=row.error,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _exit_code(row: RunRow) -> int | None:
    """Of a run that an earlier release completed, it is not in the table."""
    if row.exit_code is None and row.state is State.COMPLETED:
        return None
    return exit_code(row.state, 0) if row.exit_code is None else row.exit_code


def _reject(row: RejectRow, names: Mapping[int, str]) -> Reject:
    return Reject(
        record_no=row.record_no,
        record_offset=row.record_offset % FILE_STRIDE,
        file_no=row.file_no,
        file=names.get(row.file_no, ""),
        batch_no=row.batch_no,
        field=row.field,
        field_offset=row.field_offset,
        code=row.code,
        message=row.message,
        faults=row.faults,
        raw_hex=row.raw_hex,
    )


def _event(row: EventRow) -> EventLine:
    return EventLine(
        sequence=row.sequence,
        happened_at=row.happened_at,
        kind=row.kind,
        actor=row.actor,
        detail=row.detail,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
