"""Staged rows removed in chunks that the ledger cuts, each a transaction of its own."""

from __future__ import annotations

from typing import Final

from services.orchestrator.engine.environment import Environment
from services.orchestrator.steps.load.merge import cut_chunks
from shared.errors import ReconciliationError
from shared.observability.logs import get_logger

_CHUNK_ROWS: Final = 100_000

log = get_logger()


def purge_staged(environment: Environment, run_id: str) -> int:
    """Remove the run's rows from all its staging tables; how many there were. LRR024 when rows are left after that."""
    with environment.stores() as at:
        compiled = at.documents.compiled_job(run_id)
        chunks = list(cut_chunks(at.ledger.batches(run_id), _CHUNK_ROWS))
    rows = 0
    for table in compiled.tables if chunks else ():  # without a batch there may be no table
        for chunk in chunks:
            with environment.stores() as at:
                rows += at.staged.purge(run_id, table, chunk.start, chunk.end)
        with environment.stores() as at:
            left = at.staged.count(run_id, table.staging)
        if left:
            raise ReconciliationError(
                "LRR024",
                f"{left} staged rows of run {run_id} are left in {table.staging}",
                remedy="Rows lie outside the batches of the ledger. Look at them, then purge again or delete them.",
            )
    log.info("staged rows purged", run_id=run_id, rows=rows)
    return rows
