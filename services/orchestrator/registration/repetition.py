"""The one policy of repetition: a content is loaded once by a job, unless the operator forces it.

Files are known one by one, by their digests. A run owns its content from the moment at which it is found free until it
fails, is cancelled or refused; a completed run's content is free only for a forced run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from services.orchestrator.store.files import FileRow, SameContent
from services.orchestrator.store.runs import RunRow, RunState
from services.orchestrator.store.states import TERMINAL, State
from services.orchestrator.store.stores import Stores
from shared.errors import RequestError
from shared.messaging.messages import FileIdentity


class ContentLoaded(RequestError):
    """LRQ020 (409): the content is loaded, or being loaded, by another run, which the message names."""


def refuse_unchanged(at: Stores, job: str, file: FileIdentity, *, force: bool) -> None:
    """ContentLoaded when another run has the same file or pattern, of which nothing has changed since.

    That is what can be known at once; what only the digests tell is looked at when the files were hashed.
    """
    for run in at.runs.same_files(job, file):
        if _owns(run.state, force=force):
            raise _loaded(file.path, run)


def claim(at: Stores, run: RunRow, files: Sequence[FileRow], on_loaded: Literal["refuse", "skip"]) -> list[FileRow]:
    """Leave out the files whose content another run owns; returns those that remain, in the caller's transaction.

    ContentLoaded when the job refuses such files, and when none remains.
    """
    owners: dict[int, SameContent] = {}
    for same in at.files.same_content(run.run_id, run.job):
        if _owns(same.state, force=run.forced):
            owners.setdefault(same.file_no, same)
    free = [file for file in files if file.file_no not in owners]
    for file in files:
        if file.file_no not in owners:
            continue
        if on_loaded == "refuse" or not free:
            raise _loaded(file.file_path, owners[file.file_no])
        at.files.leave_out(run.run_id, file.file_no, owners[file.file_no].run_id)
    return free


def refuse_loaded_since(at: Stores, run: RunRow, *, force: bool) -> None:
    """LRQ042 (409) when another run owns the content of an ended run that is to go on."""
    for same in at.files.same_content(run.run_id, run.job):
        if _owns(same.state, force=force):
            active = same.state not in TERMINAL
            what = "is being" if active else "has been"
            raise RequestError(
                "LRQ042",
                f"the content of run {run.run_id} {what} loaded by run {same.run_id}",
                status=409,
                remedy="Wait for it." if active else "lrecl retry --force loads it again.",
                run_id=same.run_id,
            )


def _owns(state: State, *, force: bool) -> bool:
    return state not in TERMINAL or (state is State.COMPLETED and not force)


def _loaded(name: str, run: RunState | SameContent) -> ContentLoaded:
    active = run.state not in TERMINAL
    return ContentLoaded(
        "LRQ020",
        f"{name} is {'being' if active else 'already'} loaded by run {run.run_id} ({run.state})",
        status=409,
        remedy="Wait for it." if active else "Use --force to load the same content again.",
        run_id=run.run_id,
    )
