"""One read command: a byte range of a file becomes confirmed raw batches."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import BinaryIO, Final

from services.reader.settings import Payload
from shared.errors import InputError, TransientError
from shared.framing.files import open_registered
from shared.framing.parts import Parts, parts_of, stride_of
from shared.framing.protocol import Batch, named
from shared.framing.registry import framing_from_dict
from shared.messaging.messages import (
    BATCHES_PER_SPLIT,
    FILE_STRIDE,
    OpenRecord,
    RawBatch,
    ReadCommand,
    Reference,
)
from shared.records.conditions import RecordType
from shared.records.open_records import OpenRecords, PlacedRecord

Send = Callable[[RawBatch, Parts], None]
"""Publishes one batch and returns when the broker has it."""

_NO_RECORDS: Final = Batch(0, 0, b"", array("Q"), array("I"), 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a command was carried out: the place where reading goes on, and what was published.

    ``records`` counts records that have a number, ``skipped`` those that have none.
    """

    offset: int
    block_end: int = 0
    batches: int = 0
    records: int = 0
    skipped: int = 0
    open_records: tuple[PlacedRecord, ...] = ()

    def after(self, batch: Batch, open_records: tuple[PlacedRecord, ...]) -> Progress:
        """The progress when ``batch`` is published as well."""
        return Progress(
            batch.end,
            batch.block_end,
            self.batches + 1,
            self.records + batch.records,
            self.skipped + batch.skipped,
            open_records,
        )


class Packer:
    """Makes the messages of one command's batches.

    With the payload ``reference`` a batch carries the place of its records instead of the records. A batch without
    records is sent whole, and so is one of a compressed file, where reading from the middle means decompressing
    everything before it.
    """

    def __init__(self, command: ReadCommand, payload: Payload = "inline") -> None:
        self._command = command
        self._refers = payload == "reference" and command.compression is None
        self._base = command.file_no * FILE_STRIDE
        self._stride = stride_of(framing_from_dict(command.framing), command.plan["record_length"])

    def pack(
        self, batch: Batch, index: int, before: Sequence[PlacedRecord] = (), block_end: int = 0
    ) -> tuple[RawBatch, Parts]:
        """The message of the command's batch number ``index`` and its parts.

        ``before`` are its open records, and ``block_end`` belongs to its start (see ``Framing.cut``).
        """
        parts, checksum = parts_of(batch, before, self._base, self._stride)
        message = self._message(batch, index, len(before), checksum)
        if not (self._refers and batch.data):
            return message, parts
        parts = parts_of(_NO_RECORDS, before, self._base, None)[0] if before else {}
        return message.model_copy(update={"reference": self._reference(block_end)}), parts

    def _reference(self, block_end: int) -> Reference:
        command = self._command
        return Reference(file=command.file, base=self._base, block_end=block_end, framing=command.framing)

    def _message(self, batch: Batch, index: int, open_records: int, checksum: str) -> RawBatch:
        command = self._command
        return RawBatch(
            run_id=command.run_id,
            batch_no=command.split_no * BATCHES_PER_SPLIT + index,
            split_no=command.split_no,
            offset=self._base + batch.offset,
            end=self._base + batch.end,
            block_end=self._base + batch.block_end if batch.block_end else 0,
            first_record_no=batch.first_record_no,
            records=batch.records,
            skipped=batch.skipped,
            open_records=open_records,
            checksum=checksum,
            plan=command.plan,
            plan_digest=command.plan_digest,
        )


def read_split(
    command: ReadCommand, root: Path, send: Send, *, seconds: float, payload: Payload = "inline"
) -> Progress:
    """Publish the command's batches until its end, or until ``seconds`` have passed.

    Batches follow from the file and the place at which the split begins, so a repeated read repeats them exactly.
    Together they cover every byte of the range. Raises InputError, with the file's name, when the file is not the
    registered one, ends early, or does not have its record format; TransientError LRF012 when it cannot be read now.
    """
    path = command.file.path
    try:
        return _read(command, root, send, monotonic() + seconds, Packer(command, payload))
    except InputError as error:
        raise named(error, path) from error
    except OSError as error:
        raise TransientError("LRF012", f"{path} cannot be read just now: {error}", path=path) from error


def _read(command: ReadCommand, root: Path, send: Send, deadline: float, packer: Packer) -> Progress:
    hierarchy = _hierarchy(command)
    done = Progress(command.offset, command.block_end, open_records=tuple(hierarchy.current()))
    registered = (root, command.file.path, command.file.size, command.file.mtime_ns)
    with closing(open_registered(*registered, command.compression)) as file:
        for batch in seamless(_cut(command, file), command):
            index = command.batches_before + done.batches
            message, parts = packer.pack(batch, index, done.open_records, done.block_end)
            send(message, parts)
            hierarchy.add_all(batch.offsets, batch.lengths, batch.data)
            done = done.after(batch, tuple(hierarchy.current()))
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
    """The batches, the last of which reaches to the command's end: bytes that are no record may follow its records.

    A batch is yielded when the next one has been framed, so that it is always known which one is the last.
    """
    previous = next(batches, None)
    if previous is None:
        if command.offset < command.end:
            yield Batch(command.offset, command.records_before + 1, b"", array("Q"), array("I"), command.end)
        return
    for batch in batches:
        yield previous
        previous = batch
    yield previous if previous.end == command.end else replace(previous, end=command.end, block_end=0)


def _hierarchy(command: ReadCommand) -> OpenRecords:
    types = [RecordType.from_dict(record["type"]) for record in command.plan["records"]]
    return OpenRecords(types, ((one.offset, bytes.fromhex(one.record)) for one in command.open_records))


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
