"""When an orchestrator exports the figures of all runs and queues: while it acts, and knows that it does."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.orchestrator.service import Orchestrator
from services.orchestrator.settings import OrchestratorSettings
from shared.database.settings import DatabaseSettings
from shared.messaging.settings import BrokerSettings
from shared.observability.leader_metrics import LeaderFigures

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
