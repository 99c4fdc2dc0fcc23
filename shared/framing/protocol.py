"""What every record format can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

from shared.framing.batch import MAX_BATCH_BYTES, Batch


class Framing(Protocol):
    """A record format with its options: an immutable value that travels in messages as a dictionary.

    ``registry.framing_from_dict`` brings it back.
    """

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form; ``format`` is the name in the registry."""

    def cut(
        self,
        file: BinaryIO,
        start: int,
        end: int,
        batch_records: int,
        first_record_no: int,
        batch_bytes: int = MAX_BATCH_BYTES,
        block_end: int = 0,
    ) -> Iterator[Batch]:
        """Batches of whole records between the bytes ``start`` and ``end`` of the uncompressed input.

        ``start`` must be a place at which a record or block begins: the begin of the data, ``end`` of a batch, or a
        mark of an index. ``block_end`` comes from the same place; it tells blocked formats where the block ends that
        ``start`` lies in, 0 that a BDW lies at ``start``, and means nothing to other formats. ``first_record_no``
        (1-based) is the number of the next record.

        A batch holds at most ``batch_records`` records and covers at most ``batch_bytes`` bytes of the input, but at
        least one record. The same call on the same input yields the same batches. Bytes between the last batch and
        ``end`` hold no record. InputError with offset and hex where the input is not what the format says.
        """
