"""All stores over one session, for one transaction, which takes effect only while the given term lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.orchestrator.store.audit import AuditStore
from services.orchestrator.store.catalog import CatalogStore
from services.orchestrator.store.documents import DocumentStore
from services.orchestrator.store.faults import FaultStore
from services.orchestrator.store.files import FileStore
from services.orchestrator.store.job_tables import FinalRows, StagedRows
from services.orchestrator.store.leases import Fence
from services.orchestrator.store.ledger import LedgerStore
from services.orchestrator.store.merges import ChunkStore, TurnStore
from services.orchestrator.store.rejects import RejectStore
from services.orchestrator.store.runs import RunStore
from services.orchestrator.store.splits import SplitStore
from services.orchestrator.store.stages import StageStore
from shared.database.pool import SessionPool
from shared.database.session import Session


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores over one session, in one transaction."""

    session: Session
    runs: RunStore
    documents: DocumentStore
    files: FileStore
    stages: StageStore
    faults: FaultStore
    splits: SplitStore
    ledger: LedgerStore
    rejects: RejectStore
    catalog: CatalogStore
    staged: StagedRows
    final: FinalRows
    chunks: ChunkStore
    turns: TurnStore
    audit: AuditStore


@contextmanager
def stores(pool: SessionPool, fence: Fence | None = None) -> Iterator[Stores]:
    """All stores for one transaction, committed at the block's end.

    With a ``fence`` only while its term lasts: LeaseLost, and nothing is committed, when it is over. The look at it
    comes last, so that another orchestrator that seeks the lease does not wait for a long statement.
    """
    with pool.session() as session:
        at = (session, pool.settings)
        yield Stores(
            session=session,
            runs=RunStore(*at),
            documents=DocumentStore(*at),
            files=FileStore(*at),
            stages=StageStore(*at),
            faults=FaultStore(*at),
            splits=SplitStore(*at),
            ledger=LedgerStore(*at),
            rejects=RejectStore(*at),
            catalog=CatalogStore(*at),
            staged=StagedRows(*at),
            final=FinalRows(*at),
            chunks=ChunkStore(*at),
            turns=TurnStore(*at),
            audit=AuditStore(*at),
        )
        if fence is not None:
            fence.check(session)
