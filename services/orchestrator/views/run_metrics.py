"""The figures of all runs for the metrics, read from the tables, so that a restart loses none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC
from time import monotonic
from typing import Final

from services.orchestrator.store.base import now
from services.orchestrator.store.ledger import LedgerGrowth
from services.orchestrator.store.runs import RunCount
from services.orchestrator.store.states import STAGES, TERMINAL, State
from services.orchestrator.store.stores import Stores
from shared.observability import metrics
from shared.observability.leader_metrics import RunFigures

_REFRESH_SECONDS: Final = 5.0
"""Between two readings, because each reads the ledger of every run that loads as a whole."""

_LOADS: Final = (State.SPLITTING, State.LOADING, State.PARTIAL, State.STALLED)


class RunMetrics:
    """For one term of the acting orchestrator. One thread calls ``refresh``, others read ``figures``."""

    def __init__(self, stores: Callable[[], AbstractContextManager[Stores]]) -> None:
        self._stores = stores
        self._due = 0.0
        self.figures: RunFigures | None = None

    def refresh(self) -> None:
        """Read the figures, at most every five seconds."""
        if monotonic() < self._due:
            return
        self._due = monotonic() + _REFRESH_SECONDS
        with self._stores() as at:
            counts, growth = at.runs.counts(), at.ledger.growth(_LOADS)
        for job in {count.job for count in counts}:
            metrics.begin_job(job, TERMINAL, STAGES)
        self.figures = RunFigures(
            by_state=_by_state(counts),
            last_success=_last_ends(counts, State.COMPLETED),
            last_failure=_last_ends(counts, State.FAILED),
            ledger_grew_at=_grew_at(growth),
        )


def _by_state(counts: Iterable[RunCount]) -> Mapping[str, int]:
    """Runs of each state; 0 for a state that no run is in."""
    sums = {state.value: 0 for state in State}
    for count in counts:
        sums[count.state.value] += count.runs
    return sums


def _last_ends(counts: Iterable[RunCount], state: State) -> Mapping[str, float]:
    """By job, when its last run in ``state`` ended, in seconds since the epoch."""
    ends = {count.job: count.last_finished for count in counts if count.state is state}
    return {job: moment.replace(tzinfo=UTC).timestamp() for job, moment in ends.items() if moment is not None}


def _grew_at(growth: Iterable[LedgerGrowth]) -> Mapping[str, float]:
    """By job, the moment of ``monotonic`` at which the ledger last grew, the earliest of its runs."""
    found: dict[str, float] = {}
    for run in growth:
        moment = monotonic() - _idle_seconds(run)
        found[run.job] = min(moment, found.get(run.job, moment))
    return found


def _idle_seconds(run: LedgerGrowth) -> float:
    """Seconds since the ledger grew or the stage began, whichever was later; each by the clock that set it."""
    ages = [] if run.grew_at is None else [run.asked_at - run.grew_at]
    ages += [] if run.began_at is None else [now() - run.began_at]
    return min((age.total_seconds() for age in ages), default=0.0)
