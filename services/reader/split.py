"""One read command: a byte range of a file becomes confirmed raw batches."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from services.reader.messages import Packer, Payload
from shared.errors import InputError
from shared.framing.batch import Batch
from shared.framing.faults import named
from shared.framing.files import open_registered
from shared.framing.parts import Parts
from shared.framing.registry import framing_from_dict
from shared.messaging.messages import OpenRecord, RawBatch, ReadCommand
from shared.records.ancestry import Ancestry, Placed
from shared.records.conditions import RecordType

Send = Callable[[RawBatch, Parts], None]
"""Publishes one batch and returns when the broker has it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a command was carried out: the next place to read from, and what was published.

    ``records`` have a number, ``skipped`` ones have none.
    """

    offset: int
    block_end: int = 0
    batches: int = 0
    records: int = 0
    skipped: int = 0
    open_records: tuple[Placed, ...] = ()

    def behind(self, batch: Batch, open_records: tuple[Placed, ...]) -> Progress:
        """The progress when ``batch`` is published, too."""
        return Progress(
            batch.end,
            batch.block_end,
            self.batches + 1,
            self.records + batch.records,
            self.skipped + batch.skipped,
            open_records,
        )


def read_split(
    command: ReadCommand, root: Path, send: Send, *, seconds: float, payload: Payload = "inline"
) -> Progress:
    """Publish the command's batches until its end, or until ``seconds`` have passed.

    Batches follow from the file and the place at which the split begins, so a repeated read repeats them exactly.
    Together they cover every byte of the range. Raises InputError, with the file's name, when the file is not the
    registered one, ends early, or does not have its record format.
    """
    try:
        return _read(command, root, send, monotonic() + seconds, Packer(command, payload))
    except InputError as error:
        raise named(error, command.file.path) from error


def _read(command: ReadCommand, root: Path, send: Send, deadline: float, packer: Packer) -> Progress:
    ancestry = _ancestry(command)
    done = Progress(command.offset, command.block_end, open_records=tuple(ancestry.records()))
    registered = (root, command.file.path, command.file.size, command.file.mtime_ns)
    with closing(open_registered(*registered, command.compression)) as file:
        for batch in seamless(_cut(command, file), command):
            index = command.batches_before + done.batches
            message, parts = packer.pack(batch, index, done.open_records, done.block_end)
            send(message, parts)
            ancestry.follow(batch.offsets, batch.lengths, batch.data)
            done = done.behind(batch, tuple(ancestry.records()))
            if monotonic() > deadline:
                break
        open_registered(*registered).close()  # the name must still lead to the registered file
    return done


def _cut(command: ReadCommand, file: BinaryIO) -> Iterator[Batch]:
    return framing_from_dict(command.framing).cut(
        file,
        command.offset,
        command.end,
        command.batch_records,
        command.records_before + 1,
        command.batch_bytes,
        command.block_end,
    )


def seamless(batches: Iterator[Batch], command: ReadCommand) -> Iterator[Batch]:
    """The batches, the last of them reaching to the command's end: behind its records may lie bytes that are none.

    A batch is held back until the next one is framed, so that which one is the last never depends on who asks when.
    """
    held = next(batches, None)
    if held is None:
        if command.offset < command.end:
            yield Batch(command.offset, command.records_before + 1, b"", array("Q"), array("I"), command.end)
        return
    for batch in batches:
        yield held
        held = batch
    yield held if held.end == command.end else replace(held, end=command.end, block_end=0)


def _ancestry(command: ReadCommand) -> Ancestry:
    types = [RecordType.from_dict(record["type"]) for record in command.plan["records"]]
    return Ancestry(types, ((one.offset, bytes.fromhex(one.record)) for one in command.open_records))


def rest_of(command: ReadCommand, done: Progress) -> ReadCommand:
    """The command for what is left."""
    return command.model_copy(
        update={
            "offset": done.offset,
            "block_end": done.block_end,
            "batches_before": command.batches_before + done.batches,
            "records_before": command.records_before + done.records,
            "records_read": command.records_read + done.records + done.skipped,
            "open_records": [OpenRecord(offset=at, record=record.hex()) for at, record in done.open_records],
        }
    )
