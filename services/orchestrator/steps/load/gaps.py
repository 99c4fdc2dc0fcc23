"""What the ledger lacks: byte ranges of a split whose batches are not in the database, cut where batches end.

A batch begins where the one before ends, and what it holds follows from there (``Framing.cut``); so a reader that
begins at such a place, with the counts that belong to it, repeats the missing batches exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.database.session import Row
from shared.messaging.messages import BATCHES_PER_SPLIT, FILE_STRIDE


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading can begin in a split; offsets are the file's own.

    ``batches`` and ``records_read`` count from the split's start, ``records_before`` from the file's.
    """

    offset: int
    block_end: int
    batches: int
    records_before: int
    records_read: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes from ``begin`` to ``end`` that no batch of the ledger covers."""

    begin: Place
    end: int


def start_of(split: Row) -> Place:
    """The split's own start."""
    return Place(int(split["start_offset"]), int(split["block_end"]), 0, int(split["records_before"]), 0)


def behind(split: Row, batch: Row) -> Place:
    """Behind a batch of the ledger, where every record of the file has a number."""
    base = int(split["file_no"]) * FILE_STRIDE
    before = int(batch["first_record_no"]) - 1 + int(batch["records_read"])
    block_end = int(batch["block_end"])
    return Place(
        offset=int(batch["start_offset"]) + int(batch["bytes"]) - base,
        block_end=block_end - base if block_end else 0,
        batches=int(batch["batch_no"]) - int(split["split_no"]) * BATCHES_PER_SPLIT + 1,
        records_before=before,
        records_read=before - int(split["records_before"]),
    )


def gaps(split: Row, batches: Sequence[Row]) -> Iterator[Gap]:
    """What is missing of ``split``; ``batches`` are its own, by their numbers."""
    base = int(split["file_no"]) * FILE_STRIDE
    place = start_of(split)
    for batch in batches:
        begin = int(batch["start_offset"]) - base
        if begin > place.offset:
            yield Gap(place, begin)
        place = behind(split, batch)
    if place.offset < int(split["end_offset"]):
        yield Gap(place, int(split["end_offset"]))
