"""The engine: each unfinished run has a thread; everything a run needs to go on elsewhere is in the database."""

from __future__ import annotations

import threading
from collections import Counter
from time import monotonic
from typing import Final

from services.orchestrator.engine.driver import Driver
from services.orchestrator.engine.environment import Environment
from services.orchestrator.store.leases import LeaseLost
from shared.database.errors import DatabaseError
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.runtime.workers import WorkerLoop, hide_down, pause_after, show_down

_LOOK_SECONDS: Final = 1.0
_RUNS: Final = "runs"
"""All threads of runs as one worker of the metric; a label for each run would make as many series as there are runs."""

log = get_logger()


class Engine:
    """Drives runs for one term. It finds each run that is unfinished because it was registered or reopened."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._drivers: dict[str, Driver] = {}
        self._failures: Counter[str] = Counter()
        self._again_at: dict[str, float] = {}
        self._closed = False
        self._asked = threading.Event()
        self._loop = WorkerLoop("engine", self._look)

    @property
    def healthy(self) -> bool:
        """Whether the thread that looks for unfinished runs works, and no run waits because its thread failed."""
        return self._loop.healthy and not self._again_at

    def start(self) -> None:
        """Begin to look for unfinished runs, in a thread of its own: the database may let a look wait."""
        self._asked.set()
        self._loop.start()
        show_down(_RUNS, lambda: bool(self._again_at))

    def wake(self) -> None:
        """Look for unfinished runs now, and not only in a second."""
        self._asked.set()

    def _look(self) -> None:
        """Give each unfinished run that has no thread one."""
        self._asked.wait(_LOOK_SECONDS)
        self._asked.clear()
        if self._loop.stopping.is_set():
            return
        try:
            self._start_drivers()
        except (DatabaseError, LeaseLost) as error:
            metrics.count_retry(error)
            log.warning("unfinished runs could not be looked up", code=error.code, error=error.message)

    def _start_drivers(self) -> None:
        with self._environment.stores() as at:
            unfinished = at.runs.unfinished()
        with self._lock:
            self._remove_ended(set(unfinished))
            for run_id in unfinished:
                self._start(run_id)

    def _remove_ended(self, unfinished: set[str]) -> None:
        """Forget threads that have ended. A run whose thread failed waits, longer with each failure in a row."""
        for run_id, driver in list(self._drivers.items()):
            if driver.alive():
                continue
            del self._drivers[run_id]
            if driver.failed:
                self._failures[run_id] += 1
                self._again_at[run_id] = monotonic() + pause_after(self._failures[run_id], _LOOK_SECONDS)
            else:
                del self._failures[run_id]
        for run_id in self._again_at.keys() - unfinished:
            del self._again_at[run_id]
            del self._failures[run_id]

    def interrupt(self, run_id: str) -> None:
        """Make the run's thread look at what was asked for."""
        with self._lock:
            driver = self._drivers.get(run_id)
        if driver is not None:
            driver.interrupt()

    def close(self, grace_seconds: float) -> None:
        """Stop at the next safe point."""
        self._loop.stop()
        hide_down(_RUNS)
        self._asked.set()
        self._loop.join(grace_seconds)
        with self._lock:
            self._closed = True
            drivers = list(self._drivers.values())
        for driver in drivers:
            driver.close()
        for driver in drivers:
            driver.join(grace_seconds)

    def _start(self, run_id: str) -> None:
        if self._closed or run_id in self._drivers or monotonic() < self._again_at.get(run_id, 0.0):
            return
        self._again_at.pop(run_id, None)
        log.info("going on with the run", run_id=run_id)
        driver = self._drivers[run_id] = Driver(self._environment, run_id)
        driver.start()
