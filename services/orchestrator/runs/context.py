"""What a stage is given: the run, its compiled job, and the stores it works with."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.orchestrator.runs.lease import Fence
from services.orchestrator.runs.states import State
from services.orchestrator.store.audit import AuditStore
from services.orchestrator.store.ledger import LedgerStore
from services.orchestrator.store.lifecycle import LifecycleStore
from services.orchestrator.store.runs import RunStore
from services.orchestrator.store.splits import SplitStore
from services.orchestrator.store.tables import TableStore
from shared.database.pool import SessionPool
from shared.database.session import Session
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity
from shared.messaging.publisher import Cancelled, Publisher


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores over one session, in one transaction."""

    session: Session
    runs: RunStore
    splits: SplitStore
    ledger: LedgerStore
    tables: TableStore
    audit: AuditStore
    lifecycle: LifecycleStore


@contextmanager
def stores(pool: SessionPool, fence: Fence | None = None) -> Iterator[Stores]:
    """All stores for one transaction, committed at the block's end.

    With a ``fence`` only while its term lasts: LeaseLost, and nothing is committed, when it is over. The look at it
    comes last, so that nobody who wants the lease waits for a long statement.
    """
    with pool.session() as session:
        at = (session, pool.settings)
        runs, splits, ledger = RunStore(*at), SplitStore(*at), LedgerStore(*at)
        yield Stores(session, runs, splits, ledger, TableStore(*at), AuditStore(*at), LifecycleStore(*at))
        if fence is not None:
            fence.check(session)


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


@dataclass(frozen=True, slots=True)
class ControlFigures:
    """What the sender says the file holds; None and absent fields are not compared."""

    records: int | None = None
    totals: dict[str, Decimal] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form: decimals as text."""
        return {"records": self.records, "totals": {name: str(value) for name, value in self.totals.items()}}

    @classmethod
    def from_json(cls, text: str) -> ControlFigures:
        """What ``to_dict`` became in the run's row."""
        data = json.loads(text)
        return cls(data["records"], {name: Decimal(value) for name, value in data["totals"].items()})
