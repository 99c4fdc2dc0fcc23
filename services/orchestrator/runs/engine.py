"""The engine: each unfinished run has a thread that takes it through its stages, from wherever the tables say it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from services.orchestrator.reports.build import build_report
from services.orchestrator.runs.context import ControlFigures, RunContext, TableLocks, stores
from services.orchestrator.runs.stages.loading import load
from services.orchestrator.runs.stages.merging import merge
from services.orchestrator.runs.stages.reconciling import reconcile
from services.orchestrator.runs.stages.splitting import split
from services.orchestrator.runs.stages.verifying import verify
from services.orchestrator.runs.states import STAGES, StageState, State
from services.orchestrator.runs.telemetry import Telemetry
from shared.database.pool import SessionPool
from shared.errors import LreclError, PermanentError, TransientError
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity
from shared.messaging.publisher import Cancelled, Publisher
from shared.observability.logs import bound, get_logger

Stage = Callable[[RunContext], dict[str, Any]]

_WORK: Final[dict[State, Stage]] = {
    State.SPLITTING: split,
    State.LOADING: load,
    State.RECONCILING: reconcile,
    State.MERGING: merge,
    State.VERIFYING: verify,
}
_IN_FINAL_TABLE: Final = (State.MERGING, State.VERIFYING)
_MAX_PAUSE = 5.0

log = get_logger()


class Engine:
    """Runs in threads; everything a run needs to go on after a restart is in the database."""

    def __init__(
        self, pool: SessionPool, publisher: Publisher, telemetry: Telemetry, poll_seconds: float, data_root: Path
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._telemetry = telemetry
        self._poll_seconds = poll_seconds
        self._data_root = data_root
        self._stopping = threading.Event()
        self._locks = TableLocks()
        self._threads: dict[str, threading.Thread] = {}

    def resume_all(self) -> None:
        """Go on with every unfinished run."""
        with stores(self._pool) as at:
            unfinished = at.runs.unfinished()
        for run_id in unfinished:
            log.info("going on with the run", run_id=run_id)
            self.start(run_id)

    def start(self, run_id: str) -> None:
        """Take the run through its stages in a thread of its own."""
        thread = threading.Thread(target=self._drive, args=(run_id,), name=f"run-{run_id}", daemon=True)
        self._threads[run_id] = thread
        thread.start()

    def close(self, grace_seconds: float) -> None:
        """Stop at the next safe point; the runs go on when the orchestrator is back."""
        self._stopping.set()
        for thread in self._threads.values():
            thread.join(grace_seconds)

    def _drive(self, run_id: str) -> None:
        with bound(run_id=run_id):
            try:
                self._patiently(lambda: self._take_through(run_id))
            except Cancelled:
                log.info("run interrupted by the stop of the orchestrator")
            except Exception as error:
                # Not foreseen: the run must not look alive while nobody works on it.
                log.exception("run failed unexpectedly")
                message = f"unexpected {type(error).__name__}: {error}"
                unforeseen = PermanentError("LRR099", message, remedy="Report this as a bug.")
                self._patiently(lambda: self._fail(run_id, None, unforeseen))

    def _patiently(self, work: Callable[[], None]) -> None:
        """Try again after transient errors, for as long as the orchestrator runs."""

        def warn(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            log.warning("trying again", error=str(error), attempt=state.attempt_number)

        def pause(seconds: float) -> None:
            if self._stopping.wait(seconds):
                raise Cancelled

        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=wait_random_exponential(multiplier=0.2, max=_MAX_PAUSE),
            before_sleep=warn,
            sleep=pause,
        )
        retrying(work)

    def _take_through(self, run_id: str) -> None:
        context = self._context(run_id)
        with stores(self._pool) as at:
            done = {row["stage"] for row in at.runs.stages(run_id) if row["state"] == StageState.COMPLETED}
        self._telemetry.begin(run_id)
        for stage in STAGES:
            if stage not in done and not self._carry_out(context, stage):
                return
        self._complete(run_id)

    def _carry_out(self, context: RunContext, stage: State) -> bool:
        """One stage; False when it failed for good and the run with it."""
        with context.stores() as at:
            at.runs.begin_stage(context.run_id, stage)
        context.set_state(stage)
        log.info("stage begins", stage=stage)
        try:
            figures = self._locked(context, stage)
        except PermanentError as error:
            self._fail(context.run_id, stage, error)
            return False
        with context.stores() as at:
            at.runs.finish_stage(context.run_id, stage, StageState.COMPLETED, figures, None)
        log.info("stage completed", stage=stage, **figures)
        return True

    def _locked(self, context: RunContext, stage: State) -> dict[str, Any]:
        if stage not in _IN_FINAL_TABLE:
            return _WORK[stage](context)
        with ExitStack() as held:
            for table in sorted(table.final_table for table in context.compiled.tables):
                held.enter_context(self._locks.of(table))
            return _WORK[stage](context)

    def _complete(self, run_id: str) -> None:
        with stores(self._pool) as at:
            at.runs.finish(run_id, State.COMPLETED, None)
            at.audit.append(run_id, "state completed", "orchestrator")
            report = build_report(at, run_id, self._telemetry.memory(run_id))
            at.runs.put_document(run_id, "report", report.model_dump_json())
        log.info("run completed", records=report.records_read, rejected=report.records_rejected)

    def _fail(self, run_id: str, stage: State | None, error: LreclError) -> None:
        log.error("run failed", stage=stage, code=error.code, error=error.message)
        with stores(self._pool) as at:
            if stage is not None:
                at.runs.finish_stage(run_id, stage, StageState.FAILED, {}, str(error))
            at.runs.finish(run_id, State.FAILED, str(error))
            at.audit.append(run_id, "state failed", "orchestrator", error=str(error))
            report = build_report(at, run_id, self._telemetry.memory(run_id))
            at.runs.put_document(run_id, "report", report.model_dump_json())

    def _context(self, run_id: str) -> RunContext:
        with stores(self._pool) as at:
            row = at.runs.get(run_id)
            compiled = at.runs.document(run_id, "job")
        if compiled is None:
            raise PermanentError("LRR098", f"the compiled job of run {run_id} is missing")
        return RunContext(
            run_id=run_id,
            compiled=CompiledJob.model_validate_json(compiled),
            file=FileIdentity(path=row["file_path"], size=row["file_bytes"], mtime_ns=row["file_mtime_ns"]),
            control=ControlFigures.from_json(row["control_figures"]),
            pool=self._pool,
            publisher=self._publisher,
            stopping=self._stopping,
            poll_seconds=self._poll_seconds,
            data_root=self._data_root,
        )
