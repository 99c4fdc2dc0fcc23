"""How often, and for how long, a batch is tried before it goes back to the queue."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from shared.database.errors import OUTAGES
from shared.errors import TransientError
from shared.observability import metrics
from shared.observability.logs import get_logger

_BUSY_TRIES: Final = 6
"""Tries of a batch that meets deadlocks or time-outs. After the last one, other batches come first."""

_OUTAGE_SECONDS: Final = 20 * 60
"""How long a batch is tried while the database is unavailable or full. Each return to the queue counts as a failed
delivery, so returning it sooner would end in the dead-letter queue. The broker takes it back after 30 minutes."""

_OUTAGE_PAUSE: Final = wait_random_exponential(multiplier=0.5, max=5)
_BUSY_PAUSE: Final = wait_random_exponential(multiplier=0.05, max=2)

log = get_logger()


class RetryPolicy:
    """The tries of one batch. ``stopping`` ends every pause, and an outage is then not waited for any longer."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._busy_tries = 0
        self._outage_deadline = monotonic() + _OUTAGE_SECONDS

    def retrying(self) -> Retrying:
        """Calls a function again after each transient error, and raises the last error when no try is left."""
        return Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=self._is_last_try,
            wait=_pause,
            sleep=self._wait,
            before_sleep=_report,
            reraise=True,
        )

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _is_last_try(self, state: RetryCallState) -> bool:
        if _is_outage(state):
            return self._stopping.is_set() or monotonic() > self._outage_deadline
        self._busy_tries += 1
        return self._busy_tries >= _BUSY_TRIES


def _is_outage(state: RetryCallState) -> bool:
    return isinstance(_error(state), OUTAGES)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _pause(state: RetryCallState) -> float:
    return (_OUTAGE_PAUSE if _is_outage(state) else _BUSY_PAUSE)(state)


def _report(state: RetryCallState) -> None:
    error = _error(state)
    if isinstance(error, TransientError):
        metrics.count_retry(error)
        log.warning("write tried again", code=error.code, error=error.message, pause=state.upcoming_sleep)
