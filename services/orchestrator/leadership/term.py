"""A term: what an orchestrator does while it holds the lease."""

from __future__ import annotations

from pathlib import Path

from services.orchestrator.deadletters.operations import DeadLetters
from services.orchestrator.deadletters.watch import DeadLetterWatch
from services.orchestrator.engine.engine import Engine
from services.orchestrator.engine.environment import Environment
from services.orchestrator.engine.reports_inbox import ReportsInbox
from services.orchestrator.operations.operations import RunOperations
from services.orchestrator.store.leases import Fence
from services.orchestrator.store.stores import stores
from services.orchestrator.views.run_metrics import RunMetrics
from shared.messaging.queue_depths import QueueDepths
from shared.messaging.settings import BrokerSettings
from shared.observability.leader_metrics import LeaderFigures


class Term:
    """Engine, inbox, watch and meters under one fence."""

    def __init__(
        self, environment: Environment, broker: BrokerSettings, letters: DeadLetters, jobs_root: Path, name: str,
        letter_seconds: float,
    ) -> None:  # fmt: skip
        self._environment = environment
        self.engine = Engine(environment)
        self.operations = RunOperations(environment, self.engine.interrupt, jobs_root)
        self._inbox = ReportsInbox(broker, environment.stores, name)
        self._watch = DeadLetterWatch(letters, broker, environment.pool, name, letter_seconds)
        self.queue_depths = QueueDepths(broker, f"{name}-queue-depths")
        self.run_metrics = RunMetrics(lambda: stores(environment.pool))

    @property
    def fence(self) -> Fence | None:
        """The fence that every change made in this term has to pass."""
        return self._environment.fence

    @property
    def connected(self) -> bool:
        """Whether the broker delivers reports."""
        return self._inbox.connected

    @property
    def healthy(self) -> bool:
        """Whether the threads of engine, inbox, watch and meter work."""
        return all((self.engine.healthy, self._inbox.healthy, self._watch.healthy, self.queue_depths.healthy))

    def figures(self) -> LeaderFigures:
        """What the metrics of the acting orchestrator say."""
        return LeaderFigures(self.run_metrics.figures, self.queue_depths.depths(), self._watch.waiting)

    def begin(self) -> None:
        """Take over what is unfinished."""
        self._inbox.start()
        self._watch.start()
        self.queue_depths.start()
        self.engine.start()

    def stopped_runs(self) -> dict[str, int]:
        """Runs for which nothing more need be read, with their last attempt."""
        with self._environment.stores() as at:
            return {run.run_id: run.attempt for run in at.runs.stopped()}

    def close(self, grace_seconds: float) -> None:
        """Stop at the next safe point; the next acting orchestrator goes on from the tables."""
        self._watch.close()
        self.queue_depths.close()
        self.engine.close(grace_seconds)
        self._inbox.close()
