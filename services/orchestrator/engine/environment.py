"""What all runs of one term have in common: the pool, the fence, the publisher, and how a run's context is drawn up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.steps.context import RunContext, TableLocks
from services.orchestrator.store.fence import Fence
from services.orchestrator.store.stores import Stores, stores
from services.orchestrator.views.telemetry import Telemetry
from shared.database.pool import SessionPool
from shared.errors import PermanentError
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity
from shared.messaging.publisher import Publisher


@dataclass(frozen=True, slots=True)
class EngineRoom:
    """Handed to everybody who works on runs; what they write is written in this term or not at all."""

    pool: SessionPool
    publisher: Publisher
    telemetry: Telemetry
    poll_seconds: float
    data_root: Path
    fence: Fence | None = None
    locks: TableLocks = field(default_factory=TableLocks)

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The stores, for one transaction."""
        with stores(self.pool, self.fence) as opened:
            yield opened

    def context(self, run_id: str, stopping: threading.Event) -> RunContext:
        """The run as its stages see it; LRR098 when its compiled job is missing."""
        with self.stores() as at:
            row = at.runs.get(run_id)
            compiled = at.runs.document(run_id, "job")
        if compiled is None:
            raise PermanentError("LRR098", f"the compiled job of run {run_id} is missing")
        return RunContext(
            run_id=run_id,
            compiled=CompiledJob.model_validate_json(compiled),
            file=FileIdentity(path=row["file_path"], size=row["file_bytes"], mtime_ns=row["file_mtime_ns"]),
            control=ControlFigures.from_json(row["control_figures"]),
            pool=self.pool,
            publisher=self.publisher,
            stopping=stopping,
            poll_seconds=self.poll_seconds,
            data_root=self.data_root,
            fence=self.fence,
            attempt=int(row["attempt"]),
        )
