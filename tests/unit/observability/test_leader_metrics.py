"""Gauges about all runs: of several orchestrators the acting one exports them, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, sleep

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import REGISTRY

from shared.observability.leader_metrics import LeaderFigures, LeaderMetrics, RunFigures
from shared.observability.metrics import exposition

GAUGES = {
    "lrecl_runs", "lrecl_queue_depth", "lrecl_queue_bound", "lrecl_dead_letters_waiting",
    "lrecl_last_success_timestamp_seconds", "lrecl_last_failure_timestamp_seconds", "lrecl_ledger_idle_seconds",
}  # fmt: skip


def figures() -> LeaderFigures:
    runs = RunFigures(
        {"loading": 2, "stalled": 0}, {"daily": 1_700_000_000.0}, {"daily": 5.0}, {"daily": monotonic() - 90}
    )
    return LeaderFigures(runs, {"lrecl.raw": (16, 20)}, {"lrecl.raw": 3})


class Orchestrators:
    """Two of them, each with its own exposition; ``acting`` is what each knows."""

    def __init__(self) -> None:
        self.acting: list[LeaderFigures | None] = [figures(), None]
        self._registries = [CollectorRegistry(), CollectorRegistry()]
        for number, registry in enumerate(self._registries):
            registry.register(LeaderMetrics(lambda number=number: self.acting[number]))

    def samples(self, number: int) -> dict[str, float]:
        """What this orchestrator exports now."""
        lines = generate_latest(self._registries[number]).decode().splitlines()
        return {name: float(found) for name, found in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    def total(self, series: str) -> float:
        """The sum over both, as a query without ``max`` adds them up."""
        return sum(self.samples(number).get(series, 0.0) for number in range(2))


@pytest.fixture
def orchestrators() -> Orchestrators:
    return Orchestrators()


def test_the_acting_one_exports_everything(orchestrators: Orchestrators) -> None:
    found = orchestrators.samples(0)
    assert {name.split("{")[0] for name in found} == GAUGES | {"lrecl_leader"}
    assert found["lrecl_leader"] == 1
    assert (found['lrecl_runs{state="loading"}'], found['lrecl_runs{state="stalled"}']) == (2, 0)
    assert (found['lrecl_queue_depth{queue="lrecl.raw"}'], found['lrecl_queue_bound{queue="lrecl.raw"}']) == (16, 20)
    assert found['lrecl_dead_letters_waiting{queue="lrecl.raw"}'] == 3
    assert found['lrecl_last_success_timestamp_seconds{job_name="daily"}'] == 1_700_000_000


def test_the_standby_exports_none_of_it(orchestrators: Orchestrators) -> None:
    assert orchestrators.samples(1) == {"lrecl_leader": 0}


def test_after_a_change_of_leader_nothing_doubles(orchestrators: Orchestrators) -> None:
    assert orchestrators.total('lrecl_runs{state="loading"}') == 2
    orchestrators.acting = [None, figures()]
    for series in ('lrecl_runs{state="loading"}', "lrecl_leader", 'lrecl_queue_depth{queue="lrecl.raw"}'):
        assert orchestrators.total(series) == orchestrators.samples(1)[series]
    assert orchestrators.samples(0) == {"lrecl_leader": 0}


def test_before_the_tables_were_read_there_are_no_runs(orchestrators: Orchestrators) -> None:
    orchestrators.acting = [LeaderFigures(None, {}, {}), None]
    assert orchestrators.samples(0) == {"lrecl_leader": 1}


def test_the_ledgers_idleness_grows_between_two_readings_of_the_tables(orchestrators: Orchestrators) -> None:
    series = 'lrecl_ledger_idle_seconds{job_name="daily"}'
    first = orchestrators.samples(0)[series]
    sleep(0.05)
    assert 90 <= first < orchestrators.samples(0)[series] < 120


@pytest.fixture
def registered() -> Iterator[LeaderMetrics]:
    made = LeaderMetrics(figures)
    made.register()
    yield made
    made.unregister()


def test_they_are_part_of_what_the_service_serves(registered: LeaderMetrics) -> None:
    assert b"\nlrecl_leader 1.0\n" in exposition()
    registered.unregister()
    assert REGISTRY.get_sample_value("lrecl_leader") is None
    registered.register()
