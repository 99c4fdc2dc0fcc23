"""An orchestrator as a whole: when it exports the figures of all runs and queues, and whether its threads work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY

from services.orchestrator import service
from services.orchestrator.service import Orchestrator
from services.orchestrator.settings import OrchestratorSettings
from shared.database.settings import DatabaseSettings
from shared.messaging.settings import BrokerSettings
from shared.observability.leader_metrics import LeaderFigures
from shared.runtime import workers
from tests.support.waiting import wait_until

FIGURES = LeaderFigures(None, {"lrecl.raw": (3, 20)}, {})


@dataclass
class Depths:
    def depths(self) -> dict[str, tuple[int, int]]:
        return dict(FIGURES.queues)


@dataclass
class Term:
    queue_depths: Depths = field(default_factory=Depths)

    def figures(self) -> LeaderFigures:
        return FIGURES


@dataclass
class Election:
    """Stands in for the real one, which needs a database."""

    term: Term | None = None
    settled: bool = True
    healthy: bool = True
    started: bool = False

    def start(self) -> None:
        self.started = True


@pytest.fixture
def election() -> Election:
    return Election()


@pytest.fixture
def orchestrator(election: Election, monkeypatch: pytest.MonkeyPatch) -> Orchestrator:
    monkeypatch.setenv("LRECL_API_TOKEN", "t" * 32)
    made = Orchestrator(OrchestratorSettings(), DatabaseSettings(), BrokerSettings())
    monkeypatch.setattr(made, "election", election)
    return made


def test_the_standby_exports_none(orchestrator: Orchestrator) -> None:
    assert orchestrator._leader_figures() is None
    assert orchestrator.queue_depths() == {}


def test_the_acting_one_exports_its_terms(orchestrator: Orchestrator, election: Election) -> None:
    election.term = Term()
    assert orchestrator._leader_figures() is FIGURES
    assert orchestrator.queue_depths() == {"lrecl.raw": (3, 20)}


def test_one_that_could_not_renew_its_lease_exports_none(orchestrator: Orchestrator, election: Election) -> None:
    """Cut off from the database, it still has its term, and another orchestrator may act by now."""
    election.term, election.settled = Term(), False
    assert orchestrator._leader_figures() is None


def test_a_migration_that_fails_is_tried_again_and_shows_meanwhile(
    orchestrator: Orchestrator, election: Election, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is not of the database ended this thread for ever: the orchestrator never became ready."""
    mended = threading.Event()

    @contextmanager
    def session() -> Iterator[None]:
        yield

    def migrate(*_: object) -> list[str]:
        if not mended.is_set():
            raise RuntimeError("bug")
        return []

    monkeypatch.setattr(workers, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(service, "migrate", migrate)
    monkeypatch.setattr(orchestrator._pool, "session", session)
    monkeypatch.setattr(orchestrator, "_listener", SimpleNamespace(healthy=True))
    orchestrator._starter.start()
    wait_until(lambda: down() == 1.0)
    assert (orchestrator.checks()["migrated"], orchestrator.checks()["workers"]) == (False, False)
    mended.set()
    wait_until(lambda: election.started)
    wait_until(lambda: down() is None)
    assert orchestrator._migrated.is_set()


def test_the_thread_of_the_election_is_one_of_the_workers(
    orchestrator: Orchestrator, election: Election, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orchestrator, "_listener", SimpleNamespace(healthy=True))
    monkeypatch.setattr(orchestrator, "_database_answers", lambda: True)
    orchestrator._migrated.set()
    assert orchestrator.checks()["workers"]
    election.healthy = False
    assert not orchestrator.checks()["workers"]


def down() -> float | None:
    return REGISTRY.get_sample_value("lrecl_worker_down", {"worker": "begin"})
