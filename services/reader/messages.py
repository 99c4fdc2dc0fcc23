"""Raw batches as messages: offsets over all files, the parts that tell where records lie, the checksum."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Sequence

from shared.framing.batch import Batch
from shared.framing.registry import fixed_length, framing_from_dict
from shared.messaging.messages import BATCHES_PER_SPLIT, FILE_STRIDE, RawBatch, ReadCommand
from shared.records.ancestry import Placed

Parts = dict[str, bytes]


class Packer:
    """Makes the messages of one command's batches."""

    def __init__(self, command: ReadCommand) -> None:
        self._command = command
        self._base = command.file_no * FILE_STRIDE
        length = fixed_length(framing_from_dict(command.framing))
        self._stride = length if length == command.plan["record_length"] else None

    def pack(self, batch: Batch, index: int, before: Sequence[Placed] = ()) -> tuple[RawBatch, Parts]:
        """The message of the command's batch number ``index`` and its parts; ``before`` are its open records."""
        offsets, lengths, data = batch.offsets, batch.lengths, batch.data
        if before:
            offsets = array("Q", [offset for offset, _ in before]) + offsets
            lengths = array("I", [len(record) for _, record in before]) + lengths
            data = b"".join(record for _, record in before) + data
        sizes = _little_endian(lengths)
        parts = {"records": data}
        if before or not self._is_plain(batch):
            parts |= {"offsets": _little_endian(self._over_files(offsets)), "lengths": sizes}
        return self._message(batch, index, len(before), _checksum(sizes, data)), parts

    def _is_plain(self, batch: Batch) -> bool:
        """Whether the records are simply one after the other, each of the length that the plan says."""
        size = len(batch.data)
        return self._stride is not None and size == batch.records * self._stride == batch.end - batch.offset

    def _over_files(self, offsets: array[int]) -> array[int]:
        return array("Q", map(self._base.__add__, offsets)) if self._base else offsets

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


def _little_endian(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _checksum(sizes: bytes, data: bytes) -> str:
    """Lengths first, and how many: the same bytes cut at other places are another batch."""
    digest = hashlib.blake2b(len(sizes).to_bytes(8, "little") + sizes, digest_size=16)
    digest.update(data)
    return digest.hexdigest()
