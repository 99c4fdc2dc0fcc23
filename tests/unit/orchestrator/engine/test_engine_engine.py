"""The threads of runs: one that fails is seen, and the run gets another after a pause that grows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.orchestrator.engine import engine as engine_module
from services.orchestrator.engine.driver import Driver
from services.orchestrator.engine.engine import Engine
from services.orchestrator.store.leases import LeaseLost
from shared.database.errors import classify
from shared.errors import TransientError
from shared.messaging.publisher import Cancelled
from tests.support.waiting import wait_until


class Environment:
    """Runs that are unfinished, and what reading one of them raises: nobody can write how it ended."""

    def __init__(self, *runs: str) -> None:
        self.unfinished = list(runs)
        self.errors: dict[str, BaseException] = {}
        self.begun: list[str] = []
        self.telemetry = SimpleNamespace(begin=lambda _: None)

    @contextmanager
    def stores(self) -> Iterator[Any]:
        yield SimpleNamespace(runs=SimpleNamespace(unfinished=lambda: list(self.unfinished), get=self._get))

    def context(self, run_id: str, _stopping: object) -> Any:
        self.begun.append(run_id)
        raise self.errors[run_id]

    def _get(self, run_id: str) -> Any:
        raise self.errors[run_id]


@pytest.fixture(autouse=True)
def failing_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(environment: Environment, run_id: str, *_: object) -> None:
        raise environment.errors[run_id]

    monkeypatch.setattr("services.orchestrator.engine.driver.end", end)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(engine_module, "_LOOK_SECONDS", 0.05)
    made: list[Engine] = []

    def make(environment: Environment) -> Engine:
        made.append(Engine(environment))  # type: ignore[arg-type]  # a stand-in
        made[-1].start()
        return made[-1]

    yield make
    for engine in made:
        engine.close(5)


def down() -> float | None:
    return REGISTRY.get_sample_value("lrecl_worker_down", {"worker": "runs"})


@pytest.mark.parametrize("error", [RuntimeError("bug"), SystemExit(1), classify("42703", -206, "no such column")])
def test_a_thread_that_fails_is_seen_and_the_run_gets_another(engines: Any, error: BaseException) -> None:
    environment = Environment("run-1")
    environment.errors["run-1"] = error
    engine = engines(environment)
    wait_until(lambda: environment.begun.count("run-1") >= 3, 30)  # tracebacks in the log are slow to write
    wait_until(lambda: not engine.healthy and down() == 1.0)
    assert environment.begun.count("run-1") < 12, "not at every look"
    environment.unfinished.clear()
    wait_until(lambda: engine.healthy and down() == 0.0)


def test_the_pause_grows_and_other_runs_do_not_wait(engines: Any) -> None:
    environment = Environment("broken", "left")
    environment.errors = {"broken": RuntimeError("bug"), "left": LeaseLost("LRR023", "lost")}
    engines(environment)
    wait_until(lambda: environment.begun.count("left") > 20, 30)
    assert environment.begun.count("broken") <= 7


def test_the_end_of_the_engine_takes_the_metric_away(engines: Any) -> None:
    engine = engines(Environment())
    wait_until(lambda: engine.healthy)
    engine.close(5)
    assert down() is None


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (RuntimeError("bug"), True),
        (SystemExit(1), True),
        (classify("42703", -206, "no such column"), True),
        (Cancelled(), False),
        (LeaseLost("LRR023", "lost"), False),
    ],
)
def test_a_thread_says_how_it_ended(error: BaseException, failed: bool) -> None:
    environment = Environment()
    environment.errors["run-1"] = error
    driver = Driver(environment, "run-1")  # type: ignore[arg-type]  # a stand-in
    driver.start()
    if isinstance(error, Cancelled):
        driver.close()
    driver.join(5)
    assert (driver.alive(), driver.failed) == (False, failed)


def test_a_transient_error_is_waited_for_by_the_thread_itself() -> None:
    environment = Environment()
    environment.errors["run-1"] = TransientError("LRB014", "full")
    driver = Driver(environment, "run-1")  # type: ignore[arg-type]  # a stand-in
    driver.start()
    wait_until(lambda: environment.begun.count("run-1") >= 3)
    assert driver.alive()
    driver.close()
    driver.join(5)
    assert (driver.alive(), driver.failed) == (False, False)
