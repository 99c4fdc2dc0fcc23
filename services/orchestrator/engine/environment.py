"""What all runs of one term share: the pool, the fence, the publisher; and how the context of a run's steps is made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.steps.context import RunContext
from services.orchestrator.store.leases import Fence
from services.orchestrator.store.stores import Stores, stores
from services.orchestrator.views.telemetry import Telemetry
from shared.database.pool import SessionPool
from shared.messaging.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Environment:
    """Given to everything that works on runs; what it changes takes effect in this term or not at all."""

    pool: SessionPool
    publisher: Publisher
    telemetry: Telemetry
    poll_seconds: float
    data_root: Path
    fence: Fence | None = None
    between_runs: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The stores, for one transaction."""
        with stores(self.pool, self.fence) as opened:
            yield opened

    def context(self, run_id: str, stopping: threading.Event) -> RunContext:
        """The run as its steps see it; LRR098 when its compiled job is missing."""
        with self.stores() as at:
            run = at.runs.get(run_id)
            compiled = at.documents.compiled_job(run_id)
        return RunContext(
            run=run,
            compiled=compiled,
            control=ControlFigures.from_json(run.control_figures),
            pool=self.pool,
            publisher=self.publisher,
            stopping=stopping,
            poll_seconds=self.poll_seconds,
            data_root=self.data_root,
            fence=self.fence,
            between_runs=self.between_runs,
            hashed=partial(self.telemetry.note_hashed, run_id),
        )
