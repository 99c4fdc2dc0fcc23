"""Operations on a run: cancel, resume, retry, purge. A request may be repeated, and is a line of the audit trail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.orchestrator.engine.environment import Environment
from services.orchestrator.operations.reopening import Reopening, reopen
from services.orchestrator.operations.requests import Answer, Request
from services.orchestrator.operations.staged_rows import purge_staged
from services.orchestrator.operations.unchanged import refuse_changed_files
from services.orchestrator.steps.load.rereading import can_begin_anywhere, reread
from services.orchestrator.store.runs import RunRow, refused
from services.orchestrator.store.states import NEEDS_OPERATOR, Actor, State
from services.orchestrator.store.stores import Stores
from services.orchestrator.views.progress import until_cancelled
from shared.observability.logs import get_logger

log = get_logger()


class RunOperations:
    """Whether an operation is permitted follows from the table of moves; LRQ040 (409) where it is not.

    ``environment`` belongs to the term: what is asked after its end changes nothing. ``interrupt`` reaches the run's
    thread.
    """

    def __init__(self, environment: Environment, interrupt: Callable[[str], None], jobs_root: Path) -> None:
        self._environment = environment
        self._interrupt = interrupt
        self._jobs_root = jobs_root

    def cancel(self, run_id: str, request: Request) -> Answer:
        """Stop the run at its next safe point; what is in the ledger or merged stays, and it can be resumed.

        From the commit on, no writer stages a batch of the run any more.
        """
        with self._held(run_id) as (at, run):
            changed = at.runs.move(run_id, State.CANCELLING, Actor.OPERATOR)
            if changed:
                at.audit.append(run_id, "cancel requested", request.actor, reason=request.reason)
            elif run.state not in (State.CANCELLING, State.CANCELLED):
                raise refused(run, "cancelled", "It has ended.")
            state = State.CANCELLING if changed else run.state
            waits_for = until_cancelled(at.stages.all(run_id)) if state is State.CANCELLING else None
        self._interrupt(run_id)
        return Answer(run_id=run_id, state=state, changed=changed, waits_for=waits_for)

    def resume(self, run_id: str, request: Request) -> Answer:
        """Go on with a run that failed, was cancelled, or waits for batches that do not come.

        LRQ041 (409) when files, copybook or job have changed, LRQ042 when the content is loaded by another run, LRQ043
        when the staged rows are gone.
        """
        with self._environment.stores() as at:
            run = at.runs.get(run_id)
        if run.state in NEEDS_OPERATOR:
            return self._read_missing(run, request)
        if not run.terminal:
            if run.state is State.CANCELLING:
                raise refused(run, "resumed", "Wait until it is cancelled.")
            return Answer(run_id=run_id, state=run.state, changed=False)
        return self._reopen(run_id, request, Reopening("resumed", None, force=False, gate_may_differ=False))

    def retry(self, run_id: str, request: Request, stage: State | None, *, force: bool) -> Answer:
        """Carry out the stages from ``stage`` (the first that is not completed) again; the job's gate is read anew.

        What has been completed is repeated only with ``force``, and only so may the run merge over the data of runs
        that were registered after it (LRR025). Errors as for ``resume``.
        """
        return self._reopen(run_id, request, Reopening("retried", stage, force=force, gate_may_differ=True))

    def purge(self, run_id: str, request: Request) -> Answer:
        """Remove the staged rows of an ended run, in chunks, and prove that none is left.

        Merged rows, ledger, rejects and report stay. From then on the run cannot go on. Interrupted, the request is
        repeated. LRR024 when rows are left.
        """
        with self._held(run_id) as (at, run):
            if not at.runs.mark_purged(run_id):
                raise refused(run, "purged", "Wait for its end, or cancel it.")
            if run.purged_at is None:
                at.audit.append(run_id, "purge requested", request.actor, reason=request.reason)
        rows = purge_staged(self._environment, run_id)
        with self._held(run_id) as (at, _):
            if rows:
                at.audit.append(run_id, "staged rows purged", request.actor, rows=rows)
        return Answer(run_id=run_id, state=run.state, changed=rows > 0, rows_purged=rows)

    def _read_missing(self, run: RunRow, request: Request) -> Answer:
        """The run's thread waits for batches: only the reading has to be commanded again."""
        run_id = run.run_id
        with self._held(run_id) as (at, held):
            if held.state not in NEEDS_OPERATOR:
                raise refused(held, "resumed", "Its state has just changed: look at it again.")
            reopening = Reopening("resumed", None, force=False, gate_may_differ=False)
            if not can_begin_anywhere(reopening.refuse_changes(at, held, self._jobs_root, self._environment)):
                remedy = "Its records have to be read from the start of their splits: cancel it, then resume it."
                raise refused(held, "resumed", remedy)
            refuse_changed_files(at, run_id, self._environment.data_root)
            at.audit.append(run_id, "resumed", request.actor, reason=request.reason, state=held.state)
        ranges = reread(self._environment.context(run_id, threading.Event()))
        return Answer(run_id=run_id, state=held.state, changed=ranges > 0, from_stage=State.LOADING)

    def _reopen(self, run_id: str, request: Request, reopening: Reopening) -> Answer:
        with self._environment.between_runs, self._held(run_id) as (at, run):
            if not run.terminal:
                raise refused(run, reopening.what, "It is being worked on; cancel it first.")
            if run.state in (State.COMPLETED, State.REFUSED) and not reopening.force:
                raise refused(run, reopening.what, "Only lrecl retry --force goes on with it.")
            stage = reopen(at, run, reopening, request, self._jobs_root, self._environment)
        log.info("run goes on", run_id=run_id, stage=stage, actor=request.actor)
        return Answer(run_id=run_id, state=stage, changed=True, from_stage=stage)

    @contextmanager
    def _held(self, run_id: str) -> Iterator[tuple[Stores, RunRow]]:
        """The stores and the run's row, locked until the transaction ends."""
        with self._environment.stores() as at:
            yield at, at.runs.hold(run_id)
