"""Whether a run can still be what it was registered as: its files, its copybook and its job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.orchestrator.store.files import FileRow
from services.orchestrator.store.runs import RunRow
from services.orchestrator.store.stores import Stores
from shared.errors import LreclError, RequestError
from shared.framing.files import identity, inside
from shared.jobs.compile import CompiledJob, compile_job
from shared.jobs.load import load_job
from shared.jobs.model import Gate


def refuse_changed_files(at: Stores, run_id: str, data_root: Path) -> None:
    """LRQ041 when a file of the run is not the registered one any more; says which, and what differs."""
    changes = [change for file in at.files.loaded(run_id) for change in _changes(file, data_root)]
    if changes:
        raise changed(run_id, changes)


def refuse_changed_job(run: RunRow, registered: CompiledJob, now: CompiledJob, *, gate_may_differ: bool) -> None:
    """LRQ041 when job or copybook differ from what was registered; the gate's limits may, where that is allowed."""
    changes = []
    if now.copybook_digest != run.copybook_digest:
        changes.append("the copybook")
    if now.job_digest != run.job_digest and not (gate_may_differ and _only_gate_differs(registered, now)):
        changes.append("the job definition" + (" (in more than its gate)" if gate_may_differ else ""))
    if changes:
        raise changed(run.run_id, changes)


def compiled_now(run: RunRow, jobs_root: Path, schema: str) -> CompiledJob:
    """The job as it stands in its folder; LRQ041 when it is not valid any more."""
    try:
        return compile_job(load_job(jobs_root, run.job), schema)
    except LreclError as error:
        raise changed(run.run_id, [f"the job definition ({error.code}: {error.message})"]) from error


def with_gate(registered: CompiledJob, gate: Gate) -> CompiledJob:
    """The registered job with other limits."""
    return registered.model_copy(update={"job": registered.job.model_copy(update={"gate": gate})})


def changed(run_id: str, changes: list[str]) -> RequestError:
    """LRQ041: what was registered is not there any more."""
    return RequestError(
        "LRQ041",
        f"run {run_id} cannot go on, because since its registration has changed: {', '.join(changes)}",
        status=409,
        remedy="Restore what was registered, or start a new run.",
        changes=", ".join(changes),
    )


def _only_gate_differs(registered: CompiledJob, now: CompiledJob) -> bool:
    same = with_gate(now, registered.job.gate).model_copy(update={"job_digest": registered.job_digest})
    return same == registered


def _changes(file: FileRow, data_root: Path) -> Iterator[str]:
    try:
        size, mtime_ns = identity(inside(data_root, file.file_path))
    except LreclError as error:
        yield f"the file {file.file_path} ({error.code}: {error.message})"
        return
    if size != file.file_bytes:
        yield f"the size of {file.file_path} ({file.file_bytes} bytes, now {size})"
    elif mtime_ns != file.file_mtime_ns:
        yield f"the modification time of {file.file_path}"
