"""What a stage is given: the run, its compiled job, and the stores it works with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.store.fence import Fence
from services.orchestrator.store.states import State
from services.orchestrator.store.stores import Stores, stores
from shared.database.pool import SessionPool
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity
from shared.messaging.publisher import Cancelled, Publisher


@dataclass(slots=True)
class TableLocks:
    """One run at a time merges into a final table; the verification must see its own merge."""

    _guard: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def of(self, table: str) -> threading.Lock:
        """The table's lock."""
        with self._guard:
            return self._locks.setdefault(table, threading.Lock())


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run on its way through the stages."""

    run_id: str
    compiled: CompiledJob
    file: FileIdentity
    control: ControlFigures
    pool: SessionPool
    publisher: Publisher
    stopping: threading.Event
    poll_seconds: float
    data_root: Path
    fence: Fence | None = None
    attempt: int = 1

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The stores, for one transaction."""
        with stores(self.pool, self.fence) as opened:
            yield opened

    def set_state(self, state: State, note: str | None = None) -> None:
        """Move the run to ``state`` and note it in the trail; Cancelled when somebody wants its end."""
        with self.stores() as at:
            if not at.lifecycle.move(self.run_id, state, note):
                raise Cancelled
            at.audit.append(self.run_id, f"state {state}", "orchestrator", **({} if note is None else {"note": note}))
