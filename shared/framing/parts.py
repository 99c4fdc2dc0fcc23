"""A batch's records as byte strings, as they stand in messages, and the checksum that says which records they are."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Sequence

from shared.framing.batch import Batch
from shared.framing.protocol import Framing
from shared.framing.registry import fixed_length

Parts = dict[str, bytes]


def stride_of(framing: Framing, record_length: int) -> int | None:
    """The length in bytes at which records simply follow each other, if it is the ``record_length`` of the plan."""
    return record_length if fixed_length(framing) == record_length else None


def parts_of(batch: Batch, before: Sequence[tuple[int, bytes]], base: int, stride: int | None) -> tuple[Parts, str]:
    """The parts ``records``, ``offsets`` (uint64) and ``lengths`` (uint32), little-endian, and the checksum.

    ``before`` are the offsets and bytes of records that come first although they lie before the batch; ``base`` is
    added to every offset. Of records that are simply one after the other, ``stride`` bytes each, only their bytes are
    given. The checksum is BLAKE2b of 128 bits, over lengths and bytes of all records.
    """
    offsets, lengths, data = batch.offsets, batch.lengths, batch.data
    if before:
        offsets = array("Q", [offset for offset, _ in before]) + offsets
        lengths = array("I", [len(record) for _, record in before]) + lengths
        data = b"".join([*(record for _, record in before), data])
    sizes = _little_endian(lengths)
    parts = {"records": data}
    if before or not _is_plain(batch, stride):
        parts |= {"offsets": _little_endian(_moved(offsets, base)), "lengths": sizes}
    return parts, _checksum(sizes, data)


def _is_plain(batch: Batch, stride: int | None) -> bool:
    size = len(batch.data)
    return stride is not None and size == batch.records * stride == batch.end - batch.offset


def _moved(offsets: array[int], base: int) -> array[int]:
    return array("Q", map(base.__add__, offsets)) if base else offsets


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
