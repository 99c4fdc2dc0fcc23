"""From the name of a job to its checked definition. Errors name file, line and key."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from shared.errors import JobError
from shared.jobs.compile import compile_job
from shared.jobs.definition import check_definition
from shared.jobs.faults import JOB_FILE, Faults, did_you_mean
from shared.jobs.model import Job
from shared.jobs.source import Document, JobSource, Key, read_document

__all__ = ["JOB_FILE", "JobSource", "job_names", "load_job"]

_ANY_SCHEMA = "SCHEMA"
_MOST_LISTED = 20


def load_job(jobs_root: Path, name: str) -> JobSource:
    """The job ``name`` of the jobs folder.

    LRJ011 when the jobs folder cannot be read, LRJ006 when it has no such job, LRJ010 for a path instead of a name,
    LRJ012 when the definition cannot be read, and LRJ001 to LRJ005 when it is not YAML. For a wrong definition, one
    JobError shows all faults (see ``Faults``), including those that ``compile_job`` finds.
    """
    folder = _folder(jobs_root, name)
    text = _definition(folder)
    document = read_document(text, f"{name}/{JOB_FILE}")
    faults = Faults()
    checked = check_definition(document, faults)
    if checked is None:
        raise faults.error()
    job, document = checked
    if job.job != name:
        message = f"the job is called {job.job!r}, but its folder {name!r}"
        faults.note(document.fault("LRJ008", message, ("job",), remedy="Give both the same name."))
    copybooks = tuple(_copybooks(job, document, folder, faults))
    digests = (_digest(text), _digest("".join(text for _, text in copybooks)))
    source = JobSource(job, document, copybooks, folder, *digests)
    if faults and len(copybooks) == len(job.copybook.files):
        faults.attempt(compile_job, source, _ANY_SCHEMA)
    faults.refuse()
    return source


def job_names(jobs_root: Path) -> list[str]:
    """Names of the jobs in the folder, sorted; LRJ011 when it cannot be read."""
    try:
        with os.scandir(jobs_root) as entries:
            folders = [entry.name for entry in entries]
    except OSError as error:
        raise _unreadable_root(jobs_root, error) from error
    return sorted(name for name in folders if _has_definition(jobs_root / name))


def _unreadable_root(jobs_root: Path, error: OSError) -> JobError:
    reasons = {FileNotFoundError: "does not exist", NotADirectoryError: "is not a folder"}
    why = reasons.get(type(error), f"cannot be read: {error.strerror}")
    remedy = "Check the setting for the folder of job definitions, and who may read it."
    return JobError("LRJ011", f"the jobs folder {jobs_root} {why}", remedy=remedy, path=str(jobs_root))


def _has_definition(folder: Path) -> bool:
    with suppress(OSError):  # a folder that may not be opened
        return (folder / JOB_FILE).is_file()
    return False


def _folder(jobs_root: Path, name: str) -> Path:
    """The folder of a job; LRJ006 with the existing jobs when there is none."""
    known = job_names(jobs_root)
    folder = _inside(jobs_root, name)
    if folder.name != name:  # a job must have only one name, because runs are distinguished by it
        raise JobError("LRJ010", f"{name!r} is a path to a job, not its name", remedy=f"Name it {folder.name}.")
    if name not in known and not _is_closed(folder):
        raise _no_job(jobs_root, name, known)
    return folder


def _is_closed(folder: Path) -> bool:
    """Whether the folder exists, but may not be opened."""
    try:
        (folder / JOB_FILE).stat()
    except OSError as error:
        return isinstance(error, PermissionError)
    return True


def _definition(folder: Path) -> str:
    try:
        return (folder / JOB_FILE).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{folder.name}/{JOB_FILE} is not UTF-8: {error}"
        raise JobError("LRJ012", message, remedy="Save the file in UTF-8.") from error
    except OSError as error:
        message = f"{folder.name}/{JOB_FILE} cannot be read: {error.strerror}"
        raise JobError("LRJ012", message, remedy="Check who may read the file.") from error


def _no_job(jobs_root: Path, name: str, known: list[str]) -> JobError:
    listed = ", ".join(known[:_MOST_LISTED]) + (", …" if len(known) > _MOST_LISTED else "")
    others = f"The jobs are {listed}." if known else f"There are no jobs yet: make a folder with a {JOB_FILE} in it."
    remedy = did_you_mean(name, known, others)
    return JobError("LRJ006", f"there is no job {name!r} in {jobs_root}", remedy=remedy)


def _copybooks(job: Job, document: Document, folder: Path, faults: Faults) -> Iterator[tuple[str, str]]:
    """The paths and texts of the job's copybooks that can be read."""
    for number, file in enumerate(job.copybook.files):
        key: Key = ("copybook", "paths", number) if job.copybook.path is None else ("copybook", "path")
        text = faults.attempt(_copybook, document, folder, file, key)
        if text is not None:
            yield file, text


def _copybook(document: Document, folder: Path, file: str, key: Key) -> str:
    try:
        return _inside(folder, file).read_text(encoding="utf-8")
    except JobError as error:
        raise document.fault(error.code, error.message, key, remedy=error.remedy).error() from error
    except UnicodeDecodeError as error:
        message, remedy = f"the copybook {file!r} is not UTF-8: {error}", "Save the file in UTF-8."
        raise document.fault("LRJ009", message, key, remedy=remedy).error() from error
    except OSError as error:
        message = f"the copybook {file!r} cannot be read: {error.strerror}"
        others = sorted(path.name for path in folder.iterdir() if path.name != JOB_FILE)
        remedy = did_you_mean(file, others, f"The job's folder holds {', '.join(others) or 'no other file'}.")
        raise document.fault("LRJ009", message, key, remedy=remedy).error() from error


def _inside(root: Path, name: str) -> Path:
    """``name`` below ``root``; LRJ010 when it leads out of it."""
    try:
        real = (root / name).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path; a loop of links (Python < 3.13)
        raise JobError("LRJ010", f"{name!r} is not a path: {error}", remedy="Name a path below the folder.") from error
    if real == root.resolve() or not real.is_relative_to(root.resolve()):
        raise JobError(
            "LRJ010", f"{name!r} leads out of the folder {root.name}", remedy="Name a path below the folder."
        )
    return real


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
