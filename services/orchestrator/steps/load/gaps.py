"""What the ledger lacks: byte ranges of a split whose batches are not in the database, cut where batches end.

A batch begins where the one before ends, and what it holds follows from there (``Framing.cut``); so a reader that
begins at such a place, with the counts that belong to it, repeats the missing batches exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.orchestrator.steps.load.read_commands import Place
from services.orchestrator.store.ledger import BatchPlace
from services.orchestrator.store.splits import SplitRow
from shared.messaging.messages import BATCHES_PER_SPLIT, FILE_STRIDE


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes from ``begin`` to ``end`` that no batch of the ledger covers."""

    begin: Place
    end: int


def start_of(split: SplitRow) -> Place:
    """The split's own start."""
    return Place(split.start_offset, split.block_end, 0, split.records_before, 0)


def end_of(split: SplitRow, batch: BatchPlace) -> Place:
    """The end of a batch of the ledger, in a file in which every record has a number."""
    base = split.file_no * FILE_STRIDE
    before = batch.first_record_no - 1 + batch.records_read
    return Place(
        offset=batch.start_offset + batch.bytes - base,
        block_end=batch.block_end - base if batch.block_end else 0,
        batches=batch.batch_no - split.split_no * BATCHES_PER_SPLIT + 1,
        records_before=before,
        records_read=before - split.records_before,
    )


def gaps(split: SplitRow, batches: Sequence[BatchPlace]) -> Iterator[Gap]:
    """What is missing of ``split``; ``batches`` are its own, by their numbers."""
    base = split.file_no * FILE_STRIDE
    place = start_of(split)
    for batch in batches:
        begin = batch.start_offset - base
        if begin > place.offset:
            yield Gap(place, begin)
        place = end_of(split, batch)
    if place.offset < split.end_offset:
        yield Gap(place, split.end_offset)
