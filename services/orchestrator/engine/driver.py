"""A run's thread: it takes the run through its stages, from wherever the tables say it is, to its end.

An error that nobody foresaw ends the run. Where even that cannot be written, the thread ends as ``failed``, and the
engine gives the run another one after a pause.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from services.orchestrator.engine.ending import end
from services.orchestrator.engine.environment import Environment
from services.orchestrator.registration.repetition import ContentLoaded
from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.load import load
from services.orchestrator.steps.load.merge import merge
from services.orchestrator.steps.load.reconcile import reconcile
from services.orchestrator.steps.load.rereading import reread
from services.orchestrator.steps.load.split import split
from services.orchestrator.steps.load.verify import verify
from services.orchestrator.store.leases import LeaseLost
from services.orchestrator.store.states import STAGES, StageState, State
from shared.errors import LreclError, PermanentError, TransientError
from shared.messaging.publisher import Cancelled
from shared.observability import metrics
from shared.observability.logs import bound, get_logger
from shared.runtime.fault_points import fault_point
from shared.runtime.workers import survives

Stage = Callable[[RunContext], dict[str, Any]]

_WORK: Final[dict[State, Stage]] = {
    State.SPLITTING: split,
    State.LOADING: load,
    State.RECONCILING: reconcile,
    State.MERGING: merge,
    State.VERIFYING: verify,
}
_MAX_PAUSE = 5.0

log = get_logger()


class Driver:
    """A run's thread. ``interrupt`` makes it look whether the run is to be cancelled, or end for now."""

    def __init__(self, environment: Environment, run_id: str) -> None:
        self._environment = environment
        self._run_id = run_id
        self._stopping = threading.Event()
        self._closing = threading.Event()
        self.failed = False
        self._thread = threading.Thread(target=self._drive, name=f"run-{run_id}", daemon=True)

    def start(self) -> None:
        """Begin, or go on."""
        self._thread.start()

    def alive(self) -> bool:
        """Whether the thread still works on the run."""
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
            self.failed = not survives(self._run_or_leave, "run")

    def _run_or_leave(self) -> None:
        try:
            self._run()
        except Cancelled:
            log.info("run interrupted by the stop of the orchestrator")
        except LeaseLost as error:
            log.warning("run left to another orchestrator", code=error.code, error=error.message)

    def _run(self) -> None:
        """Carry out the stages, and end the run where they do not lead to its end."""
        try:
            self._patiently(self._go_through_stages)
        except Cancelled:
            self._patiently(self._cancel)
        except LeaseLost:
            raise
        except Exception as error:
            # An unforeseen error: the run must not look alive while no thread works on it.
            log.exception("run failed unexpectedly")
            message = f"unexpected {type(error).__name__}: {error}"
            unforeseen = PermanentError("LRR099", message, remedy="Report this as a bug.")
            self._patiently(lambda: self._fail(unforeseen))

    def _patiently(self, work: Callable[[], None]) -> None:
        """Try again after transient errors, for as long as the orchestrator runs."""

        def warn(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            metrics.count_retry(error)
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

    def _go_through_stages(self) -> None:
        context = self._context()
        with context.stores() as at:
            done = at.stages.completed(self._run_id)
        if context.run.state is State.CANCELLING:
            raise Cancelled
        self._environment.telemetry.begin(self._run_id)
        if context.run.reread and State.SPLITTING in done:
            reread(context)
        for stage in STAGES:
            # Each stage sees the run as the one before left it.
            if stage not in done and not self._carry_out(self._context(), stage):
                return
        end(self._environment, self._run_id, State.COMPLETED)

    def _carry_out(self, context: RunContext, stage: State) -> bool:
        """One stage; False when it failed for good and the run with it."""
        context.go_on()
        with context.stores() as at:
            at.stages.begin(context.run_id, stage)
        context.set_state(stage)
        log.info("stage begins", stage=stage)
        try:
            figures = _WORK[stage](context)
        except ContentLoaded as error:
            log.warning("run refused", code=error.code, error=error.message)
            end(self._environment, self._run_id, State.REFUSED, str(error))
            return False
        except PermanentError as error:
            self._fail(error)
            return False
        fault_point("orchestrator.stage-done")
        with context.stores() as at:
            at.stages.end(context.run_id, stage, StageState.COMPLETED, figures, None)
            seconds = next(row.seconds for row in at.stages.all(context.run_id) if row.stage is stage)
        metrics.STEP_SECONDS.labels(context.run.job, stage).observe(seconds)
        log.info("stage completed", stage=stage, **figures)
        return True

    def _fail(self, error: LreclError) -> None:
        log.error("run failed", code=error.code, error=error.message)
        end(self._environment, self._run_id, State.FAILED, str(error))

    def _cancel(self) -> None:
        """Cancel the run if that was requested; otherwise let the shutdown continue."""
        with self._environment.stores() as at:
            run = at.runs.get(self._run_id)
        if run.state is not State.CANCELLING:
            raise Cancelled
        end(self._environment, self._run_id, State.CANCELLED)

    def _context(self) -> RunContext:
        return self._environment.context(self._run_id, self._stopping)
