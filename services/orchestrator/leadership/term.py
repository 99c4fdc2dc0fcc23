"""A term: what an orchestrator does while it holds the lease, and nobody does while it does not."""

from __future__ import annotations

from pathlib import Path

from services.orchestrator.deadletters.operations import DeadLetterDesk
from services.orchestrator.deadletters.watch import DeadLetterWatch
from services.orchestrator.engine.engine import Engine
from services.orchestrator.engine.environment import EngineRoom
from services.orchestrator.engine.reports_inbox import ReportsInbox
from services.orchestrator.operations.operations import RunDesk
from services.orchestrator.store.fence import Fence
from shared.messaging.settings import BrokerSettings


class Term:
    """Engine, inbox and watch under one fence."""

    def __init__(
        self, room: EngineRoom, broker: BrokerSettings, letters: DeadLetterDesk, jobs_root: Path, name: str,
        letter_seconds: float,
    ) -> None:  # fmt: skip
        self._room = room
        self.engine = Engine(room)
        self.desk = RunDesk(room, self.engine.interrupt, jobs_root)
        self._inbox = ReportsInbox(broker, room.stores, name)
        self._watch = DeadLetterWatch(letters, broker, room.pool, name, letter_seconds)

    @property
    def fence(self) -> Fence | None:
        """What is written by others for this term has to pass it, too."""
        return self._room.fence

    @property
    def connected(self) -> bool:
        """Whether the broker delivers reports."""
        return self._inbox.connected

    def begin(self) -> None:
        """Take over what is unfinished."""
        self._inbox.start()
        self._watch.start()
        self.engine.pick_up()

    def stopped_runs(self) -> dict[str, int]:
        """Runs for which nothing more need be read, with their last attempt."""
        with self._room.stores() as at:
            return {row["run_id"]: int(row["attempt"]) for row in at.lifecycle.stopped()}

    def close(self, grace_seconds: float) -> None:
        """Stop at the next safe point; whoever acts next goes on from the tables."""
        self._watch.close()
        self.engine.close(grace_seconds)
        self._inbox.close()
