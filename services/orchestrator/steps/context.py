"""What a step is given: the run, its compiled job, and the stores it works with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.store.leases import Fence
from services.orchestrator.store.runs import RunRow
from services.orchestrator.store.states import Actor, State
from services.orchestrator.store.stores import Stores, stores
from shared.database.pool import SessionPool
from shared.jobs.compile import CompiledJob
from shared.messaging.publisher import Cancelled, Publisher


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run on its way through its stages.

    ``between_runs`` is held by the one thread that decides something between runs: which of two loads a content, whose
    turn it is at a final table. ``hashed`` is called with the bytes that were hashed so far.
    """

    run: RunRow
    compiled: CompiledJob
    control: ControlFigures
    pool: SessionPool
    publisher: Publisher
    stopping: threading.Event
    poll_seconds: float
    data_root: Path
    fence: Fence | None = None
    between_runs: threading.Lock = field(default_factory=threading.Lock)
    hashed: Callable[[int], None] = lambda _: None

    @property
    def run_id(self) -> str:
        """The run."""
        return self.run.run_id

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The stores, for one transaction."""
        with stores(self.pool, self.fence) as opened:
            yield opened

    def set_state(self, state: State, note: str | None = None) -> None:
        """Move the run to ``state`` and note it in the trail; Cancelled when it is being cancelled or has ended."""
        with self.stores() as at:
            if not at.runs.move(self.run_id, state, Actor.ENGINE, note):
                raise Cancelled
            at.audit.append(self.run_id, f"state {state}", "orchestrator", **({} if note is None else {"note": note}))

    def go_on(self) -> None:
        """Cancelled when the orchestrator stops or the run is being cancelled."""
        if self.stopping.is_set():
            raise Cancelled

    def pause(self) -> None:
        """Wait for the next look at the tables; Cancelled as for ``go_on``."""
        if self.stopping.wait(self.poll_seconds):
            raise Cancelled
