"""From a job's name to its checked definition; errors name file, line and key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from shared.errors import JobError, LreclError
from shared.jobs.document import Document, Key, read_document
from shared.jobs.model import Job

JOB_FILE = "job.yaml"


@dataclass(frozen=True, slots=True)
class JobSource:
    """A job as read: the definition, its document (for the lines of later errors), its folder and texts' digests.

    ``copybooks`` are their paths, as the job has them, and texts.
    """

    job: Job
    document: Document
    copybooks: tuple[tuple[str, str], ...]
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

    def coded(self, error: LreclError, key: Key) -> JobError:
        """An error about what stands at ``key``, with its own code."""
        return self.error(error.code, error.message, key, remedy=error.remedy)


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
    copybooks = tuple((name, _copybook(document, folder, name)) for name in job.copybook.files)
    return JobSource(job, document, copybooks, folder, _digest(text), _digest("".join(text for _, text in copybooks)))


def _copybook(document: Document, folder: Path, name: str) -> str:
    return _read(_inside(folder, name), "LRJ009", f"{document.source}: no copybook {name!r}", folder)


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
        job = Job.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise _wrong(document, tuple(first["loc"]), f"{reason}{more}") from error
    for key, message in job.problems():
        raise _wrong(document, key, message)
    return job


def _wrong(document: Document, key: Key, message: str) -> JobError:
    name = ".".join(map(str, key))
    line = document.line(key)
    return JobError("LRJ007", f"{document.source}, line {line}, {name or 'job'}: {message}", line=line, key=name)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
