"""Merging: staged rows into the final table, chunk by chunk; a chunk and its mark are one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.orchestrator.runs.context import RunContext
from services.orchestrator.store.base import now
from shared.database.session import Row
from shared.messaging.publisher import Cancelled
from shared.observability.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records in [start, end) of the file, by their offsets."""

    number: int
    start: int
    end: int


def merge(context: RunContext) -> dict[str, Any]:
    """Merge every chunk that is not marked as done. Chunks follow from the ledger alone: a restart cuts them alike."""
    with context.stores() as at:
        staged = at.ledger.rows_staged(context.run_id, context.compiled.staging)
        distinct = at.ledger.distinct_keys(context.run_id, context.compiled.staging, context.compiled.key)
        done = at.tables.chunks_done(context.run_id)
        batches = at.ledger.batches(context.run_id)
    superseded = 0
    if distinct < staged:
        with context.stores() as at:
            superseded = at.tables.supersede(context.run_id, context.compiled)
    merged = sum(done.values())
    for chunk in cut_chunks(batches, context.compiled.job.tuning.merge_chunk_rows):
        if chunk.number not in done:
            merged += _merge_chunk(context, chunk)
    return {"rows_merged": merged, "rows_superseded": superseded, "distinct_keys": distinct}


def cut_chunks(batches: list[Row], rows: int) -> Iterator[Chunk]:
    """Neighbouring batches together, about ``rows`` rows a chunk; ``batches`` in file order."""
    number, start, end, gathered = 0, 0, 0, 0
    for batch in batches:
        end = int(batch["start_offset"]) + int(batch["bytes"])
        gathered += int(batch["records_valid"])
        if gathered >= rows:
            yield Chunk(number, start, end)
            number, start, gathered = number + 1, end, 0
    if end > start:
        yield Chunk(number, start, end)


def _merge_chunk(context: RunContext, chunk: Chunk) -> int:
    if context.stopping.is_set():
        raise Cancelled
    with context.stores() as at:
        rows = at.tables.merge(context.run_id, context.compiled, chunk.start, chunk.end)
        at.tables.change("chunk_insert", (context.run_id, chunk.number, chunk.start, chunk.end, rows, now()))
    log.info("chunk merged", chunk=chunk.number, rows=rows)
    return rows
