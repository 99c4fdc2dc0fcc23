"""The engine: each unfinished run has a thread; everything a run needs to go on elsewhere is in the database."""

from __future__ import annotations

import threading

from services.orchestrator.engine.driver import Driver
from services.orchestrator.engine.environment import Environment
from shared.observability.logs import get_logger

log = get_logger()


class Engine:
    """Drives runs for one term. Whatever makes a run unfinished (registered, reopened), ``wake`` finds it."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._drivers: dict[str, Driver] = {}
        self._closed = False

    def wake(self) -> None:
        """Give each unfinished run that has no thread one."""
        with self._environment.stores() as at:
            unfinished = at.runs.unfinished()
        with self._lock:
            ended = [run_id for run_id, driver in self._drivers.items() if not driver.alive()]
            for run_id in ended:
                del self._drivers[run_id]
            for run_id in unfinished:
                self._start(run_id)

    def interrupt(self, run_id: str) -> None:
        """Make the run's thread look at what was asked for."""
        with self._lock:
            driver = self._drivers.get(run_id)
        if driver is not None:
            driver.interrupt()

    def close(self, grace_seconds: float) -> None:
        """Stop at the next safe point."""
        with self._lock:
            self._closed = True
            drivers = list(self._drivers.values())
        for driver in drivers:
            driver.close()
        for driver in drivers:
            driver.join(grace_seconds)

    def _start(self, run_id: str) -> None:
        if self._closed or run_id in self._drivers:
            return
        log.info("going on with the run", run_id=run_id)
        driver = self._drivers[run_id] = Driver(self._environment, run_id)
        driver.start()
