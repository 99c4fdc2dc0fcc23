"""Merging: staged rows into the final table, chunk by chunk; a chunk and its mark are one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.turns import take_turn
from services.orchestrator.store.ledger import BatchRow
from services.orchestrator.store.states import State
from services.orchestrator.store.stores import Stores
from shared.errors import PermanentError
from shared.jobs.compile import CompiledTable
from shared.observability.logs import get_logger
from shared.runtime.fault_points import fault_point

log = get_logger()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records in [start, end) of the file, by their offsets."""

    number: int
    start: int
    end: int


def merge(context: RunContext) -> dict[str, Any]:
    """Merge every chunk that is not marked as done, when the run's turn at its final tables has come.

    Chunks follow from the ledger alone: a restart cuts them alike. LRR025 where that would replace newer data.
    """
    take_turn(context, State.MERGING)
    with context.stores() as at:
        _refuse_to_replace_newer(at, context)
        done = at.chunks.done(context.run_id)
        at.turns.number(context.run_id, [table.final_table for table in context.compiled.tables], anew=not done)
        batches = at.ledger.batches(context.run_id)
    chunks = list(cut_chunks(batches, context.compiled.job.tuning.merge_chunk_rows))
    tables: dict[str, dict[str, int]] = {}
    for place, table in enumerate(context.compiled.tables):
        own = [replace(chunk, number=place * len(chunks) + chunk.number) for chunk in chunks]
        tables[table.staging_table] = _merge_table(context, table, own, done)
    names = ("rows_merged", "rows_superseded", "distinct_keys")
    return {name: sum(figures[name] for figures in tables.values()) for name in names} | {"tables": tables}


def _refuse_to_replace_newer(at: Stores, context: RunContext) -> None:
    """LRR025 when a run that was registered later has merged records with keys of this run, which may be resumed late.

    In the transaction that gives the merge its number. No other run can merge until this one ends, because it has the
    turn.
    """
    if context.run.overwrite:
        return
    for table in context.compiled.tables:
        later = at.turns.later(context.run_id, table.final_table)
        carried = at.final.overwritten(context.run_id, table) if later else {}
        newer = next((run_id for run_id in later if run_id in carried), None)
        if newer is not None:
            raise PermanentError(
                "LRR025",
                f"run {newer} was registered after this run and has merged records with the same keys into "
                f"{table.final}, so the merge of this run would replace newer data",
                remedy="Leave the newer data as it is, or replace it with lrecl retry --force.",
                run_id=newer,
            )


def _merge_table(
    context: RunContext, table: CompiledTable, chunks: list[Chunk], done: dict[int, int]
) -> dict[str, int]:
    distinct, superseded = _supersede(context, table)
    merged = sum(
        done[chunk.number] if chunk.number in done else _merge_chunk(context, table, chunk) for chunk in chunks
    )
    return {"rows_merged": merged, "rows_superseded": superseded, "distinct_keys": distinct}


def _supersede(context: RunContext, table: CompiledTable) -> tuple[int, int]:
    """Distinct keys of the table's staged rows, and how many rows were marked because their key comes again."""
    with context.stores() as at:
        staged = at.staged.count(context.run_id, table.staging)
        distinct = at.staged.distinct_keys(context.run_id, table)
    if distinct == staged:
        return distinct, 0
    with context.stores() as at:
        return distinct, at.staged.supersede(context.run_id, table)


def cut_chunks(batches: Sequence[BatchRow], rows: int) -> Iterator[Chunk]:
    """Neighbouring batches together, about ``rows`` rows a chunk; ``batches`` in file order."""
    number, start, end, gathered = 0, 0, 0, 0
    for batch in batches:
        end = batch.start_offset + batch.bytes
        gathered += batch.records_valid
        if gathered >= rows:
            yield Chunk(number, start, end)
            number, start, gathered = number + 1, end, 0
    if end > start:
        yield Chunk(number, start, end)


def _merge_chunk(context: RunContext, table: CompiledTable, chunk: Chunk) -> int:
    context.go_on()
    with context.stores() as at:
        rows = at.final.merge(context.run_id, table, chunk.start, chunk.end)
        fault_point("orchestrator.between-merge-and-mark")
        at.chunks.mark(context.run_id, chunk.number, chunk.start, chunk.end, rows)
    log.info("chunk merged", table=table.final_table, chunk=chunk.number, rows=rows)
    return rows
