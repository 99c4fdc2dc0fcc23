"""Registering a run: file and job checked, digests taken, the same file refused, everything kept in one transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from services.orchestrator.runs.context import ControlFigures, stores
from services.orchestrator.runs.states import TERMINAL, State
from services.orchestrator.store.runs import NewRun
from shared.database.pool import SessionPool
from shared.errors import JobError, RequestError
from shared.framing.files import identity, inside
from shared.framing.fixed import FixedFraming
from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import load_job
from shared.messaging.messages import FileIdentity

_BUFFER_BYTES = 1024 * 1024
_MAX_CONTROL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What an operator asks for."""

    job: str
    file: str
    force: bool = False
    control: ControlFigures | None = None
    requested_by: str = "api"


class Registrar:
    """Turns requests into registered runs, one at a time."""

    def __init__(self, pool: SessionPool, jobs_root: Path, data_root: Path) -> None:
        self._pool = pool
        self._jobs_root = jobs_root
        self._data_root = data_root
        self._one_at_a_time = threading.Lock()

    def register(self, request: RunRequest) -> str:
        """The new run's id.

        Raises JobError, CopybookError or InputError for what is wrong with job or file, RequestError LRQ020 (409) when
        the same file was or is being loaded by the job, naming the run.
        """
        compiled = compile_job(load_job(self._jobs_root, request.job), self._pool.settings.control_schema)
        path = inside(self._data_root, request.file)
        size, mtime_ns = identity(path)
        FixedFraming.from_dict(compiled.framing).check_size(path.name, size)
        control = request.control or side_file_figures(path, compiled)
        _refuse_unknown_totals(control, compiled)
        digest = file_digest(path)
        name = str(path.relative_to(self._data_root.resolve()))
        run = NewRun(
            run_id=new_run_id(),
            job=request.job,
            forced=request.force,
            file=FileIdentity(path=name, size=size, mtime_ns=mtime_ns),
            file_digest=digest,
            job_digest=compiled.job_digest,
            copybook_digest=compiled.copybook_digest,
            control_figures=control.to_dict(),
            requested_by=request.requested_by,
        )
        with self._one_at_a_time, stores(self._pool) as at:
            _refuse_repetition(at.runs.earlier(request.job, digest), name, force=request.force)
            at.runs.insert(run)
            at.runs.put_document(run.run_id, "job", json.dumps(compiled.model_dump(mode="json")))
            at.audit.append(
                run.run_id, "registered", request.requested_by, file=name, digest=digest, force=request.force
            )
        return run.run_id


def new_run_id() -> str:
    """Sortable by time, readable, and never the same: ``20261121T214501Z-3f9a1c``."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def file_digest(path: Path) -> str:
    """SHA-256 of the file, streamed."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BUFFER_BYTES):
            digest.update(block)
    return digest.hexdigest()


def side_file_figures(path: Path, compiled: CompiledJob) -> ControlFigures:
    """The sender's figures from the job's control file beside ``path``; none when the job names no such file.

    LRQ021 when the file is missing, LRQ022 when it cannot be read.
    """
    pattern = compiled.job.control.side_file
    if pattern is None:
        return ControlFigures()
    side = inside(path.parent, pattern.replace("{name}", path.name)) if _beside(path, pattern) else None
    if side is None:
        raise RequestError(
            "LRQ021",
            f"the control file {pattern.replace('{name}', path.name)} is missing beside {path.name}",
            status=422,
            remedy="Transfer it too, or give the figures with the request.",
        )
    return parse_control(side.read_bytes()[:_MAX_CONTROL_BYTES], side.name)


def parse_control(data: bytes, name: str) -> ControlFigures:
    """Figures from JSON: {"records": N, "totals": {"FIELD": "123.45"}}."""
    try:
        content = json.loads(data, parse_float=Decimal)
        totals = {field: _figure(value) for field, value in content.get("totals", {}).items()}
        records = content.get("records")
        return ControlFigures(None if records is None else _count(records), totals)
    except (ValueError, AttributeError, TypeError, InvalidOperation, RecursionError) as error:
        raise RequestError(
            "LRQ022",
            f"the control file {name} cannot be read: {error}",
            status=422,
            remedy='It must be JSON like {"records": 3, "totals": {"FIELD": "123.45"}}.',
        ) from error


def _figure(value: object) -> Decimal:
    """A total as it was written: through binary floating point it would not stay what the sender wrote."""
    figure = Decimal(str(value))
    if not figure.is_finite():
        raise ValueError(f"{value} is no sum")
    return figure


def _count(value: object) -> int:
    """A number of records; ``int`` alone would take 2.5 for 2 and true for 1."""
    count = int(str(value))
    if count < 0:
        raise ValueError(f"{count} is no number of records")
    return count


def _beside(path: Path, pattern: str) -> bool:
    try:
        return (path.parent / pattern.replace("{name}", path.name)).is_file()
    except (OSError, ValueError) as error:
        raise JobError("LRJ055", f"control.side_file {pattern!r} is no file name: {error}") from error


def _refuse_unknown_totals(control: ControlFigures, compiled: CompiledJob) -> None:
    """LRQ023 for a figure that nothing would be compared with, such as a misspelt field."""
    unknown = sorted(set(control.totals) - set(compiled.job.control.totals))
    if unknown:
        known = ", ".join(compiled.job.control.totals) or "none"
        raise RequestError(
            "LRQ023",
            f"control totals are given for {', '.join(unknown)}, which the job does not sum",
            status=422,
            remedy=f"The job's control.totals: {known}.",
        )


def _refuse_repetition(earlier: list[dict[str, str]], name: str, *, force: bool) -> None:
    for run in earlier:
        active = run["state"] not in TERMINAL
        if active or (run["state"] == State.COMPLETED and not force):
            raise RequestError(
                "LRQ020",
                f"{name} is {'being' if active else 'already'} loaded by run {run['run_id']} ({run['state']})",
                status=409,
                remedy="Wait for it." if active else "Use --force to load the same content again.",
                run_id=run["run_id"],
            )
