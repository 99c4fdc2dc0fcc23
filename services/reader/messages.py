"""Raw batches as messages: with their records, or with the place where the records lie."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final, Literal

from shared.framing.batch import Batch
from shared.framing.parts import Parts, parts_of, stride_of
from shared.framing.registry import framing_from_dict
from shared.messaging.messages import BATCHES_PER_SPLIT, FILE_STRIDE, RawBatch, ReadCommand, Reference
from shared.records.ancestry import Placed

Payload = Literal["inline", "reference"]

_NOTHING: Final = Batch(0, 0, b"", array("Q"), array("I"), 0)


class Packer:
    """Makes the messages of one command's batches.

    With the payload ``reference`` a batch travels as the place of its records; without records, or out of a compressed
    file, where to read from the middle is to decompress all before it, it travels whole.
    """

    def __init__(self, command: ReadCommand, payload: Payload = "inline") -> None:
        self._command = command
        self._refers = payload == "reference" and command.compression is None
        self._base = command.file_no * FILE_STRIDE
        self._stride = stride_of(framing_from_dict(command.framing), command.plan["record_length"])

    def pack(
        self, batch: Batch, index: int, before: Sequence[Placed] = (), block_end: int = 0
    ) -> tuple[RawBatch, Parts]:
        """The message of the command's batch number ``index`` and its parts.

        ``before`` are its open records, and ``block_end`` belongs to its begin (see ``Framing.cut``).
        """
        parts, checksum = parts_of(batch, before, self._base, self._stride)
        message = self._message(batch, index, len(before), checksum)
        if not (self._refers and batch.data):
            return message, parts
        parts = parts_of(_NOTHING, before, self._base, None)[0] if before else {}
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
