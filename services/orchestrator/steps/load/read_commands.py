"""Read commands: which bytes a reader reads, and what it has to know of the place where it begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.orchestrator.steps.context import RunContext
from services.orchestrator.store.files import FileRow
from shared.framing.compressed import Compression
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import OpenRecord, ReadCommand
from shared.records.open_records import PlacedRecord

_SHAPED_BYTES: Final = 64 * 1024 * 1024
"""Records of a batch in their longest form must not need more of a processor's memory."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading can begin in a split; offsets are the file's own.

    ``batches`` and ``records_read`` count from the split's start, ``records_before`` from the file's.
    """

    offset: int
    block_end: int = 0
    batches: int = 0
    records_before: int = 0
    records_read: int = 0


def read_command(
    context: RunContext,
    file: FileRow,
    compression: Compression | None,
    split_no: int,
    begin: Place,
    end: int,
    open_records: Iterable[PlacedRecord] = (),
) -> ReadCommand:
    """The command to read a file's bytes from ``begin`` to ``end``, which may belong to ``open_records``."""
    compiled = context.compiled
    return ReadCommand(
        run_id=context.run_id,
        attempt=context.run.attempt,
        file=file.identity,
        file_no=file.file_no,
        compression=compression,
        split_no=split_no,
        offset=begin.offset,
        end=end,
        block_end=begin.block_end,
        batches_before=begin.batches,
        records_before=begin.records_before,
        records_read=begin.records_read,
        open_records=[OpenRecord(offset=at, record=record.hex()) for at, record in open_records],
        framing=compiled.framing,
        batch_records=batch_records(compiled),
        batch_bytes=compiled.batch_bytes,
        plan=compiled.plan,
        plan_digest=compiled.plan_digest,
    )


def batch_records(compiled: CompiledJob) -> int:
    """Records in a batch, at most: fewer than the job says where they could grow large in a processor's memory."""
    longest = max(int(record["shape"]["length"]) for record in compiled.plan["records"])
    return max(1, min(compiled.batch_records, _SHAPED_BYTES // longest))
