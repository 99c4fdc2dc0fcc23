"""One read command: a byte range of a file becomes confirmed raw batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from services.reader.files import open_registered
from shared.framing.fixed import Batch, FixedFraming
from shared.messaging.messages import BATCHES_PER_SPLIT, RawBatch, ReadCommand

Send = Callable[[Batch, RawBatch], None]
"""Publishes one batch and returns when the broker has it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a command was carried out: the next byte, and what was published."""

    offset: int
    batches: int
    records: int


def read_split(command: ReadCommand, root: Path, send: Send, *, seconds: float) -> Progress:
    """Publish the command's batches until its end, or until ``seconds`` have passed.

    Batch numbers follow from offsets alone, so a repeated read repeats them exactly. Raises InputError when the file is
    not the registered one or ends early.
    """
    framing = FixedFraming.from_dict(command.framing)
    deadline = monotonic() + seconds
    done = Progress(command.offset, 0, 0)
    with closing(open_registered(command.file, root)) as file:
        first_record = command.records_before + 1
        for batch in framing.cut(file, command.offset, command.end, command.batch_records, first_record):
            send(batch, _message(command, batch, command.batches_before + done.batches))
            done = Progress(batch.offset + len(batch.data), done.batches + 1, done.records + batch.records)
            if monotonic() > deadline:
                break
        open_registered(command.file, root).close()  # the name must still lead to the registered file
    return done


def rest_of(command: ReadCommand, done: Progress) -> ReadCommand:
    """The command for what is left."""
    return command.model_copy(
        update={
            "offset": done.offset,
            "batches_before": command.batches_before + done.batches,
            "records_before": command.records_before + done.records,
        }
    )


def _message(command: ReadCommand, batch: Batch, index: int) -> RawBatch:
    return RawBatch(
        run_id=command.run_id,
        batch_no=command.split_no * BATCHES_PER_SPLIT + index,
        split_no=command.split_no,
        offset=batch.offset,
        end=batch.end,
        block_end=batch.block_end,
        first_record_no=batch.first_record_no,
        records=batch.records,
        skipped=batch.skipped,
        checksum=hashlib.blake2b(batch.data, digest_size=16).hexdigest(),
        plan=command.plan,
        plan_digest=command.plan_digest,
    )
