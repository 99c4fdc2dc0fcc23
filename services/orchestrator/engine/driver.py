"""One run on its way: taken through its stages, from wherever the tables say it is, to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from services.orchestrator.engine.ending import end
from services.orchestrator.engine.environment import EngineRoom
from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.load import load
from services.orchestrator.steps.load.merge import merge
from services.orchestrator.steps.load.reconcile import reconcile
from services.orchestrator.steps.load.rereading import reread
from services.orchestrator.steps.load.split import split
from services.orchestrator.steps.load.verify import verify
from services.orchestrator.store.fence import LeaseLost
from services.orchestrator.store.states import STAGES, StageState, State
from shared.errors import LreclError, PermanentError, TransientError
from shared.messaging.publisher import Cancelled
from shared.observability.logs import bound, get_logger
from shared.runtime.fault_points import fault_point

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


class Driver:
    """A run's thread. ``interrupt`` makes it look whether the run is to be cancelled, or end for now."""

    def __init__(self, room: EngineRoom, run_id: str) -> None:
        self._room = room
        self._run_id = run_id
        self._stopping = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._drive, name=f"run-{run_id}", daemon=True)

    def start(self) -> None:
        """Begin, or go on."""
        self._thread.start()

    def alive(self) -> bool:
        """Whether somebody works on the run."""
        return self._thread.is_alive()

    def interrupt(self) -> None:
        """Stop the stage in hand at its next safe point."""
        self._stopping.set()

    def close(self) -> None:
        """End the thread at the next safe point; the run goes on with another one."""
        self._closing.set()
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        self._thread.join(seconds)

    def _drive(self) -> None:
        with bound(run_id=self._run_id):
            try:
                self._take_home()
            except Cancelled:
                log.info("run interrupted by the stop of the orchestrator")
            except LeaseLost as error:
                log.warning("run left to another orchestrator", code=error.code, error=error.message)

    def _take_home(self) -> None:
        """Through the stages, and out of them where they do not lead to the end."""
        try:
            self._patiently(self._take_through)
        except Cancelled:
            self._patiently(self._cancel)
        except LeaseLost:
            raise
        except Exception as error:
            # Not foreseen: the run must not look alive while nobody works on it.
            log.exception("run failed unexpectedly")
            message = f"unexpected {type(error).__name__}: {error}"
            unforeseen = PermanentError("LRR099", message, remedy="Report this as a bug.")
            self._patiently(lambda: self._fail(None, unforeseen))

    def _patiently(self, work: Callable[[], None]) -> None:
        """Try again after transient errors, for as long as the orchestrator runs."""

        def warn(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            log.warning("trying again", error=str(error), attempt=state.attempt_number)

        def pause(seconds: float) -> None:
            if self._closing.wait(seconds):
                raise Cancelled

        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=wait_random_exponential(multiplier=0.2, max=_MAX_PAUSE),
            before_sleep=warn,
            sleep=pause,
        )
        retrying(work)

    def _take_through(self) -> None:
        context = self._context()
        with context.stores() as at:
            run = at.runs.get(self._run_id)
            done = {row["stage"] for row in at.runs.stages(self._run_id) if row["state"] == StageState.COMPLETED}
        if run["state"] == State.CANCELLING:
            raise Cancelled
        self._room.telemetry.begin(self._run_id)
        if run["reread"] and State.SPLITTING in done:
            reread(context)
        for stage in STAGES:
            if stage not in done and not self._carry_out(context, stage):
                return
        end(self._room, self._run_id, State.COMPLETED)

    def _carry_out(self, context: RunContext, stage: State) -> bool:
        """One stage; False when it failed for good and the run with it."""
        if self._stopping.is_set():
            raise Cancelled
        with context.stores() as at:
            at.runs.begin_stage(context.run_id, stage)
        context.set_state(stage)
        log.info("stage begins", stage=stage)
        try:
            figures = self._locked(context, stage)
        except PermanentError as error:
            self._fail(stage, error)
            return False
        fault_point("orchestrator.stage-done")
        with context.stores() as at:
            at.runs.finish_stage(context.run_id, stage, StageState.COMPLETED, figures, None)
        log.info("stage completed", stage=stage, **figures)
        return True

    def _locked(self, context: RunContext, stage: State) -> dict[str, Any]:
        if stage not in _IN_FINAL_TABLE:
            return _WORK[stage](context)
        with ExitStack() as held:
            for table in sorted(table.final_table for table in context.compiled.tables):
                held.enter_context(self._room.locks.of(table))
            return _WORK[stage](context)

    def _fail(self, stage: State | None, error: LreclError) -> None:
        log.error("run failed", stage=stage, code=error.code, error=error.message)
        end(self._room, self._run_id, State.FAILED, stage, str(error))

    def _cancel(self) -> None:
        """The end that somebody asked for; without that, the stop of the orchestrator goes on."""
        with self._room.stores() as at:
            wanted = at.runs.get(self._run_id)["state"] == State.CANCELLING
            running = [row["stage"] for row in at.runs.stages(self._run_id) if row["state"] == StageState.RUNNING]
        if not wanted:
            raise Cancelled
        end(self._room, self._run_id, State.CANCELLED, State(running[-1]) if running else None)

    def _context(self) -> RunContext:
        return self._room.context(self._run_id, self._stopping)
