"""How long one batch is tried before it goes back to the queue."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from shared.database.errors import DatabaseFull, DatabaseUnavailable
from shared.errors import TransientError
from shared.observability import metrics
from shared.observability.logs import get_logger

_BUSY_TRIES: Final = 6
"""Tries of a batch that meets deadlocks or time-outs; then others come first."""

_AWAY_SECONDS: Final = 20 * 60
"""How long a batch is kept in hand while the database is away or full. Giving it back sooner would count as a failed
delivery each time and end in the dead-letter queue; the broker itself takes it back after 30 minutes."""

_AWAY_PAUSE: Final = wait_random_exponential(multiplier=0.5, max=5)
_BUSY_PAUSE: Final = wait_random_exponential(multiplier=0.05, max=2)

log = get_logger()


class Patience:
    """For one batch; ``stopping`` ends every pause, and the waiting for a database that is away."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._busy = 0
        self._until = monotonic() + _AWAY_SECONDS

    def retrying(self) -> Retrying:
        """Calls again after transient errors and raises the last one in the end."""
        return Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=self._is_over,
            wait=_pause,
            sleep=self._wait,
            before_sleep=_tell,
            reraise=True,
        )

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _is_over(self, state: RetryCallState) -> bool:
        if _is_away(state):
            return self._stopping.is_set() or monotonic() > self._until
        self._busy += 1
        return self._busy >= _BUSY_TRIES


def _is_away(state: RetryCallState) -> bool:
    return isinstance(_error(state), DatabaseUnavailable | DatabaseFull)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _pause(state: RetryCallState) -> float:
    return (_AWAY_PAUSE if _is_away(state) else _BUSY_PAUSE)(state)


def _tell(state: RetryCallState) -> None:
    error = _error(state)
    if isinstance(error, TransientError):
        metrics.RETRIES.labels(error.code).inc()
        log.warning("write tried again", code=error.code, error=error.message, pause=state.upcoming_sleep)
