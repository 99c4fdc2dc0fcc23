"""All stores over one session, for one transaction, which takes effect only while the given term lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.orchestrator.store.audit import AuditStore
from services.orchestrator.store.fence import Fence
from services.orchestrator.store.ledger import LedgerStore
from services.orchestrator.store.lifecycle import LifecycleStore
from services.orchestrator.store.runs import RunStore
from services.orchestrator.store.splits import SplitStore
from services.orchestrator.store.tables import TableStore
from shared.database.pool import SessionPool
from shared.database.session import Session


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
