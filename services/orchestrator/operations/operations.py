"""The desk where runs are cancelled, resumed, retried and purged. A request may be repeated, and is in the trail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.orchestrator.engine.environment import EngineRoom
from services.orchestrator.operations.reopening import Reopening, reopen
from services.orchestrator.operations.requests import Answer, Asked
from services.orchestrator.operations.staged_rows import purge_staged
from services.orchestrator.operations.unchanged import refuse_changed_files
from services.orchestrator.steps.load.rereading import can_begin_anywhere, reread
from services.orchestrator.store.states import TERMINAL, State
from services.orchestrator.store.stores import Stores
from shared.database.session import Row
from shared.errors import RequestError
from shared.observability.logs import get_logger

_WAITING = (State.PARTIAL, State.STALLED)

log = get_logger()


class RunDesk:
    """Decides by the run's state; LRQ040 (409) where that does not allow what is asked.

    ``room`` belongs to the term: what is asked after its end is not written. ``interrupt`` reaches the run's thread.
    """

    def __init__(self, room: EngineRoom, interrupt: Callable[[str], None], jobs_root: Path) -> None:
        self._room = room
        self._interrupt = interrupt
        self._jobs_root = jobs_root

    def cancel(self, run_id: str, asked: Asked) -> Answer:
        """Stop the run at its next safe point; what is in the ledger or merged stays, and it can be resumed."""
        with self._held(run_id) as (at, run):
            state = State(run["state"])
            if state in (State.COMPLETED, State.FAILED):
                raise _refused(run, "cancelled", "It has ended; lrecl purge removes its staged rows.")
            changed = state not in (State.CANCELLING, State.CANCELLED) and at.lifecycle.cancelling(run_id)
            if changed:
                at.audit.append(run_id, "cancel requested", asked.actor, reason=asked.reason)
                state = State.CANCELLING
        self._interrupt(run_id)
        return Answer(run_id=run_id, state=state, changed=changed)

    def resume(self, run_id: str, asked: Asked) -> Answer:
        """Go on with a run that failed, was cancelled, or waits for batches that do not come.

        LRQ041 (409) when files, copybook or job have changed, LRQ042 when the content is loaded by another run, LRQ043
        when the staged rows are gone.
        """
        with self._room.stores() as at:
            run = at.runs.get(run_id)
        if run["state"] in _WAITING:
            return self._read_missing(run, asked)
        if run["state"] not in TERMINAL:
            if run["state"] == State.CANCELLING:
                raise _refused(run, "resumed", "Wait until it is cancelled.")
            return Answer(run_id=run_id, state=run["state"], changed=False)
        return self._reopen(run_id, asked, Reopening("resumed", None, force=False, gate_may_differ=False))

    def retry(self, run_id: str, asked: Asked, stage: State | None, *, force: bool) -> Answer:
        """Carry out the stages from ``stage`` (the first that is not completed) again; the job's gate is read anew.

        What has been completed is repeated only with ``force``. Errors as for ``resume``.
        """
        return self._reopen(run_id, asked, Reopening("retried", stage, force=force, gate_may_differ=True))

    def purge(self, run_id: str, asked: Asked) -> Answer:
        """Remove the staged rows of an ended run, in chunks; merged rows, ledger, rejects and report stay.

        From then on the run cannot go on. Interrupted, the request is repeated.
        """
        with self._held(run_id) as (at, run):
            if run["state"] not in TERMINAL:
                raise _refused(run, "purged", "Wait for its end, or cancel it.")
            at.lifecycle.mark_purged(run_id)
            if run["purged_at"] is None:
                at.audit.append(run_id, "purge requested", asked.actor, reason=asked.reason)
        rows = purge_staged(self._room, run_id)
        with self._held(run_id) as (at, _):
            if rows:
                at.audit.append(run_id, "staged rows purged", asked.actor, rows=rows)
        return Answer(run_id=run_id, state=run["state"], changed=rows > 0, rows_purged=rows)

    def _read_missing(self, run: Row, asked: Asked) -> Answer:
        """The run's thread waits for batches: only the reading has to be commanded again."""
        run_id = run["run_id"]
        with self._held(run_id) as (at, run):
            reopening = Reopening("resumed", None, force=False, gate_may_differ=False)
            if not can_begin_anywhere(reopening.refuse_changes(at, run, self._jobs_root, self._room)):
                remedy = "Its records have to be read from the start of their splits: cancel it, then resume it."
                raise _refused(run, "resumed", remedy)
            refuse_changed_files(at, run_id, self._room.data_root)
            at.audit.append(run_id, "resumed", asked.actor, reason=asked.reason, state=run["state"])
        ranges = reread(self._room.context(run_id, threading.Event()))
        return Answer(run_id=run_id, state=run["state"], changed=ranges > 0, from_stage=State.LOADING)

    def _reopen(self, run_id: str, asked: Asked, reopening: Reopening) -> Answer:
        with self._held(run_id) as (at, run):
            if run["state"] not in TERMINAL:
                raise _refused(run, reopening.what, "It is being worked on; cancel it first.")
            if run["state"] == State.COMPLETED and not reopening.force:
                raise _refused(run, reopening.what, "It is complete; lrecl retry --from STAGE --force repeats stages.")
            stage = reopen(at, run, reopening, asked, self._jobs_root, self._room)
        log.info("run goes on", run_id=run_id, stage=stage, actor=asked.actor)
        return Answer(run_id=run_id, state=stage, changed=True, from_stage=stage)

    @contextmanager
    def _held(self, run_id: str) -> Iterator[tuple[Stores, Row]]:
        """The stores and the run's row, which nobody else changes until the transaction ends."""
        with self._room.stores() as at:
            at.lifecycle.hold(run_id)
            yield at, at.runs.get(run_id)


def _refused(run: Row, what: str, remedy: str) -> RequestError:
    message = f"run {run['run_id']} is {run['state']} and cannot be {what}"
    return RequestError("LRQ040", message, status=409, remedy=remedy, state=run["state"])
