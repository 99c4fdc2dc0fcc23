"""A batch as the parts of a message, with the checksum of its records."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Sequence

from shared.framing.protocol import Batch, Framing
from shared.framing.registry import fixed_length

Parts = dict[str, bytes]


def stride_of(framing: Framing, record_length: int) -> int | None:
    """The plan's ``record_length``, if all records have it and follow each other in the input; else None."""
    return record_length if fixed_length(framing) == record_length else None


def parts_of(batch: Batch, before: Sequence[tuple[int, bytes]], base: int, stride: int | None) -> tuple[Parts, str]:
    """The parts ``records``, ``offsets`` (uint64) and ``lengths`` (uint32), little-endian, and the checksum.

    ``before`` are the batch's open records, see ``Batch.preceded_by``. ``base`` is added to every offset. Records that
    follow each other in the input, ``stride`` bytes each, need no offsets and lengths. The checksum is BLAKE2b of 128
    bits, over lengths and bytes of all records.
    """
    whole = batch.preceded_by(before)
    sizes = _little_endian(whole.lengths)
    parts = {"records": whole.data}
    if before or not _is_plain(batch, stride):
        parts |= {"offsets": _little_endian(_moved(whole.offsets, base)), "lengths": sizes}
    return parts, _checksum(sizes, whole.data)


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
    """The lengths and their number come first: the same bytes with other record boundaries are another batch."""
    digest = hashlib.blake2b(len(sizes).to_bytes(8, "little") + sizes, digest_size=16)
    digest.update(data)
    return digest.hexdigest()
