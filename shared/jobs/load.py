"""From a job's name to its checked definition; errors name file, line and key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from shared.errors import JobError
from shared.jobs.document import Document, Key, read_document
from shared.jobs.model import Job

JOB_FILE = "job.yaml"


@dataclass(frozen=True, slots=True)
class JobSource:
    """A job as read: the definition, its document (for the lines of later errors), its folder and texts' digests."""

    job: Job
    document: Document
    copybook_text: str
    folder: Path
    job_digest: str
    copybook_digest: str

    def error(self, code: str, message: str, key: Key, *, remedy: str = "") -> JobError:
        """A JobError that says where in the file ``key`` stands."""
        line = self.document.line(key)
        name = ".".join(map(str, key))
        return JobError(
            code, f"{self.document.source}, line {line}, {name}: {message}", remedy=remedy, line=line, key=name
        )


def load_job(jobs_root: Path, name: str) -> JobSource:
    """The job ``name`` of the jobs folder; LRJ006–LRJ010."""
    folder = _inside(jobs_root, name)
    if folder.name != name:  # runs are told apart by the job's name: a job must not have two
        raise JobError("LRJ010", f"{name!r} is a path to a job, not its name", remedy=f"Name it {folder.name}.")
    path = folder / JOB_FILE
    text = _read(path, "LRJ006", f"there is no job {name!r}", jobs_root)
    document = read_document(text, f"{name}/{JOB_FILE}")
    job = _validated(document)
    if job.job != folder.name:
        raise JobError(
            "LRJ008", f"{document.source}: job is called {job.job!r}, but its folder {folder.name!r}", key="job"
        )
    copybook_path = _inside(folder, job.copybook.path)
    copybook = _read(copybook_path, "LRJ009", f"{document.source}: no copybook {job.copybook.path!r}", folder)
    return JobSource(job, document, copybook, folder, _digest(text), _digest(copybook))


def job_names(jobs_root: Path) -> list[str]:
    """Names of the jobs in the folder."""
    return sorted(path.parent.name for path in jobs_root.glob(f"*/{JOB_FILE}"))


def _inside(root: Path, name: str) -> Path:
    """``name`` below ``root``; LRJ010 when it leads out of it."""
    try:
        real = (root / name).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path; a loop of links (Python < 3.13)
        raise JobError("LRJ010", f"{name!r} is no path: {error}") from error
    if real == root.resolve() or not real.is_relative_to(root.resolve()):
        raise JobError("LRJ010", f"{name!r} leads out of the folder {root.name}", remedy="Name a path below it.")
    return real


def _read(path: Path, code: str, message: str, root: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(job_names(root)) if code == "LRJ006" else ", ".join(sorted(p.name for p in root.glob("*")))
        raise JobError(code, f"{message} ({error.__class__.__name__})", remedy=f"Known: {known or 'none'}.") from error


def _validated(document: Document) -> Job:
    try:
        return Job.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        key: Key = tuple(first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        name = ".".join(map(str, key))
        line = document.line(key)
        reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise JobError(
            "LRJ007", f"{document.source}, line {line}, {name}: {reason}{more}", line=line, key=name
        ) from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
