"""Staged rows removed in chunks that the ledger cuts, each a transaction of its own."""

from __future__ import annotations

from typing import Final

from services.orchestrator.engine.environment import EngineRoom
from services.orchestrator.steps.load.merge import cut_chunks
from shared.jobs.compile import CompiledJob
from shared.observability.logs import get_logger

_CHUNK_ROWS: Final = 100_000

log = get_logger()


def purge_staged(room: EngineRoom, run_id: str) -> int:
    """Remove the run's rows from all its staging tables; how many there were."""
    with room.stores() as at:
        compiled = CompiledJob.model_validate_json(at.runs.document(run_id, "job") or "")
        chunks = list(cut_chunks(at.ledger.batches(run_id), _CHUNK_ROWS))
    rows = 0
    for table in compiled.tables if chunks else ():  # without a batch there may be no table
        for chunk in chunks:
            with room.stores() as at:
                rows += at.lifecycle.purge(run_id, table, chunk.start, chunk.end)
    log.info("staged rows purged", run_id=run_id, rows=rows)
    return rows
