"""RUN: what the orchestrator knows of a run as a whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.orchestrator.store.base import Char, Record, Store, cut, now
from services.orchestrator.store.states import RUN_MOVES, TERMINAL, Actor, State, listed, operations, sources
from shared.errors import RequestError
from shared.messaging.messages import FileIdentity

STOPPED = (State.CANCELLING, State.CANCELLED, State.FAILED, State.REFUSED)
"""States in which nothing of a run needs to be read or staged any more."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to register.

    ``file`` has the one file's identity, or the pattern, the sum of the sizes and the newest time of several;
    ``record_length`` is set where all records have one length.
    """

    run_id: str
    job: str
    forced: bool
    file: FileIdentity
    job_digest: str
    copybook_digest: str
    control_figures: dict[str, Any]
    requested_by: str
    files: tuple[FileIdentity, ...] = ()
    record_length: int | None = None


class RunRow(Record):
    """A row of RUN; ``file_digest`` is empty until the files were hashed, ``error`` also holds what a run waits for.

    ``exit_code`` is set at the run's end. ``overwrite`` permits the run to merge over the data of later runs.
    """

    run_id: str
    job: str
    state: State
    forced: bool
    file_path: str
    file_bytes: int
    file_mtime_ns: int
    file_digest: Char
    job_digest: Char
    copybook_digest: Char
    control_figures: str
    requested_by: str
    record_length: int | None
    attempt: int
    reread: bool
    overwrite: bool = False
    error: str | None
    exit_code: int | None
    created_at: datetime
    finished_at: datetime | None
    purged_at: datetime | None

    @property
    def terminal(self) -> bool:
        """Whether the run has ended."""
        return self.state in TERMINAL


class RunState(Record):
    """A run by its id and state."""

    run_id: str
    state: State


class RunCount(Record):
    """Runs of a job in one state, and when the last of them ended."""

    job: str
    state: State
    runs: int
    last_finished: datetime | None


class StoppedRun(Record):
    """A run that was stopped, and its last attempt."""

    run_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; ``since`` is UTC without a zone."""

    job: str | None = None
    states: tuple[State, ...] = ()
    since: datetime | None = None
    limit: int = 200


class RunStore(Store):
    """Runs, and the moves of their states."""

    table = "run"

    def insert(self, run: NewRun) -> None:
        """Register the run; its files are inserted apart."""
        moment, file = now(), run.file
        figures = json.dumps(run.control_figures)
        self._change(
            "insert",
            (
                *(run.run_id, run.job, State.REGISTERED.value, int(run.forced), file.path, file.size, file.mtime_ns),
                *("", run.job_digest, run.copybook_digest, figures, run.requested_by, run.record_length),
                *(moment, moment),
            ),
        )

    def get(self, run_id: str) -> RunRow:
        """The run's row; LRQ010 when there is none."""
        found = self._records(RunRow, "get", (run_id,))
        if not found:
            raise RequestError(
                "LRQ010", f"there is no run {run_id}", status=404, remedy="The command lrecl runs lists the runs."
            )
        return found[0]

    def hold(self, run_id: str) -> RunRow:
        """The run's row, locked until the transaction ends; LRQ010 when there is none."""
        self.lock(run_id)
        return self.get(run_id)

    def lock(self, run_id: str) -> bool:
        """Keep the run's row until the transaction ends, so that two requests do not cross; False without such a run.

        Who adds to a run's trail does this first, because its lines are numbered one by one.
        """
        return self._change("hold", (now(), run_id)) > 0

    def newest(self, wanted: RunFilter) -> list[RunRow]:
        """The newest runs that fit."""
        conditions = {"JOB = ?": wanted.job, "CREATED_AT >= ?": wanted.since}
        given = {text: value for text, value in conditions.items() if value is not None}
        parts = [*given, *([f"STATE IN ({listed(wanted.states)})"] if wanted.states else [])]
        where = f"WHERE {' AND '.join(parts)}" if parts else ""
        return self._records(RunRow, "list", tuple(given.values()), where=where, limit=str(int(wanted.limit)))

    def same_files(self, job: str, file: FileIdentity) -> list[RunState]:
        """Runs of the job with the same file or pattern, unchanged since, newest first."""
        return self._records(RunState, "same_files", (job, file.path, file.size, file.mtime_ns))

    def set_digest(self, run_id: str, digest: str) -> None:
        """Note the digest over all files that the run loads: from now on the run owns this content."""
        self._change("identified", (digest, now(), run_id))

    def set_control_figures(self, run_id: str, figures: dict[str, Any]) -> None:
        """Replace the sender's figures, because fewer files are loaded than were registered."""
        self._change("control", (json.dumps(figures), now(), run_id))

    def unfinished(self) -> list[str]:
        """Runs that have not ended, oldest first."""
        return [row["run_id"] for row in self._rows("unfinished")]

    def counts(self) -> list[RunCount]:
        """How many runs there are of each job in each state."""
        return self._records(RunCount, "count")

    def stopped(self) -> list[StoppedRun]:
        """Runs for which nothing more need be read, with their attempts."""
        return self._records(StoppedRun, "stopped", states=listed(STOPPED))

    def move(self, run_id: str, state: State, actor: Actor, note: str | None = None) -> bool:
        """Move a run to a state in which it is not over, with a note for people; False where that is not permitted."""
        allowed = listed(sources(RUN_MOVES, state, actor))
        return self._change("move", (state.value, cut(note), now(), run_id), states=allowed) > 0

    def end(self, run_id: str, state: State, error: str | None, code: int | None) -> bool:
        """End the run in ``state``, with the exit code that stands for it; False where that is not permitted."""
        moment, allowed = now(), listed(sources(RUN_MOVES, state, Actor.ENGINE))
        return self._change("end", (state.value, cut(error), code, moment, moment, run_id), states=allowed) > 0

    def reopen(self, run_id: str, stage: State, *, reread: bool, forced: bool, overwrite: bool = False) -> bool:
        """Let an ended run go on at ``stage`` with a new attempt; False where that is not permitted."""
        allowed = listed(sources(RUN_MOVES, stage, Actor.OPERATOR))
        flags = (int(reread), int(forced), int(overwrite))
        return self._change("reopen", (stage.value, now(), *flags, run_id), states=allowed) > 0

    def reread_done(self, run_id: str) -> None:
        """The missing batches have been commanded."""
        self._change("reread_done", (now(), run_id))

    def mark_purged(self, run_id: str) -> bool:
        """Note that the staged rows go; False when the run has not ended."""
        return self._change("purged", (now(), now(), run_id)) > 0


def refused(run: RunRow, what: str, remedy: str = "") -> RequestError:
    """LRQ040 (409): the run's state does not permit ``what``; says the state and what is possible."""
    possible = ", ".join(operations(run.state)) or "nothing but waiting"
    return RequestError(
        "LRQ040",
        f"run {run.run_id} is {run.state} and cannot be {what}",
        status=409,
        remedy=f"{remedy} Possible now: {possible}.".strip(),
        state=run.state.value,
        possible=possible,
    )
