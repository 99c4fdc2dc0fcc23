"""Registering a run: job and files checked, repetition refused where it can be known at once, all in one transaction.

Nothing is read but the first bytes of each file: a request is answered within a second, however large its files are.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from services.orchestrator.registration.control_files import ControlFigures, side_files_figures
from services.orchestrator.registration.input_files import identities, match_files, summary
from services.orchestrator.registration.repetition import refuse_unchanged
from services.orchestrator.store.leases import Fence
from services.orchestrator.store.runs import NewRun
from services.orchestrator.store.stores import stores
from shared.database.pool import SessionPool
from shared.errors import RequestError
from shared.framing.compressed import HEAD_BYTES, compression_of
from shared.framing.files import reading
from shared.framing.registry import fixed_length, framing_from_dict
from shared.framing.survey import Edges, survey
from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import load_job

_FIGURES_LENGTH: Final = 4_000
"""Of CONTROL_FIGURES in the table RUN; JSON is ASCII."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What an operator asks for; ``file`` is one, or a pattern for several."""

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

    def register(self, request: RunRequest, fence: Fence | None = None) -> str:
        """The new run's id; registered within the term of ``fence`` or not at all.

        Raises JobError, CopybookError or InputError for what is wrong with job or file, RequestError LRQ020 (409) when
        the same, unchanged files were or are being loaded by the job, naming the run, LRQ024 to LRQ026 for a pattern,
        TableError LRR001 and LRR002 when a table is missing or does not fit.
        """
        compiled = compile_job(load_job(self._jobs_root, request.job), self._pool.settings.control_schema)
        paths = match_files(self._data_root, request.file)
        check_files(paths, compiled)
        control = request.control or side_files_figures(paths, compiled)
        _refuse_unknown_totals(control, compiled)
        _refuse_long_figures(control)
        run = self._new_run(request, compiled, paths, control)
        with self._one_at_a_time, stores(self._pool, fence) as at:
            refuse_unchanged(at, run.job, run.file, force=run.forced)
            at.catalog.check(compiled)
            at.runs.insert(run)
            for number, file in enumerate(run.files):
                at.files.insert(run.run_id, number, file)
            at.documents.put_job(run.run_id, compiled)
            about = {"file": run.file.path, "files": len(run.files), "bytes": run.file.size, "force": run.forced}
            at.audit.append(run.run_id, "registered", request.requested_by, **about)
        return run.run_id

    def _new_run(
        self, request: RunRequest, compiled: CompiledJob, paths: Sequence[Path], control: ControlFigures
    ) -> NewRun:
        files = identities(self._data_root, paths)
        return NewRun(
            run_id=new_run_id(),
            job=request.job,
            forced=request.force,
            file=summary(request.file, files),
            job_digest=compiled.job_digest,
            copybook_digest=compiled.copybook_digest,
            control_figures=control.to_dict(),
            requested_by=request.requested_by,
            files=files,
            record_length=fixed_length(framing_from_dict(compiled.framing)),
        )


def check_files(paths: Sequence[Path], compiled: CompiledJob) -> None:
    """LRF001, LRF041 or LRF042 for what the sizes alone tell of files with records of one length.

    LRF011 for a file of any format that cannot be read.
    """
    for path in paths:
        with reading(path.name), path.open("rb") as content:
            _refuse_wrong_size(content, path, compiled)


def _refuse_wrong_size(content: BinaryIO, path: Path, compiled: CompiledJob) -> None:
    framing, edges = framing_from_dict(compiled.framing), Edges(**compiled.edges)
    head = content.read(HEAD_BYTES)
    if fixed_length(framing) is None or compiled.compression not in (None, "none"):
        return
    if compiled.compression == "none" or not compression_of(head):
        survey(framing, content, path.stat().st_size, edges, path=path.name)


def new_run_id() -> str:
    """Sortable by time, readable, and never the same: ``20261121T214501Z-3f9a1c``."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def _refuse_long_figures(control: ControlFigures) -> None:
    """LRQ022 for more figures than the run's row holds."""
    if len(json.dumps(control.to_dict())) > _FIGURES_LENGTH:
        raise RequestError("LRQ022", "the control figures are too long to be kept with the run", status=422)


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
