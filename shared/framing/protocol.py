"""What all record formats have in common: batches, the protocol, and coded errors about a byte of the input."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final, Protocol

from shared.errors import InputError

MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
"""The most input bytes of a batch, unless the caller sets another limit."""
LARGEST_RECORD: Final = 4 * 1024 * 1024
"""The longest record in bytes. A file without line ends, or a damaged length, must not fill the memory."""


_BYTES_BEFORE: Final = 8
_BYTES_AFTER: Final = 24


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole records, in the order of the input.

    A record's offset is the byte of the uncompressed input at which the record starts, including its header (RDW, first
    SDW, custom header). A BDW belongs to the block and not to the record. ``data`` holds the payloads one after the
    other, without headers and line ends: record ``i`` has ``lengths[i]`` bytes, and its offset is ``offsets[i]``.

    The batch covers the input from ``offset`` to ``end``. Cutting again from ``end``, with ``block_end`` and the record
    number ``first_record_no + records``, continues as if there had been no stop. ``skipped`` is the number of records
    in this range that were left out on request (see ``record_bounds``); they have no record number.
    """

    offset: int
    first_record_no: int
    data: bytes
    offsets: array[int]
    lengths: array[int]
    end: int
    block_end: int = 0
    skipped: int = 0

    @property
    def records(self) -> int:
        """The number of records in the batch."""
        return len(self.lengths)

    def preceded_by(self, open_records: Sequence[tuple[int, bytes]]) -> Batch:
        """The batch after records of earlier batches, each an offset and its bytes, to which its own may belong.

        They have no record number: ``first_record_no`` is still that of the batch's own first record.
        """
        if not open_records:
            return self
        return replace(
            self,
            offsets=array("Q", [offset for offset, _ in open_records]) + self.offsets,
            lengths=array("I", [len(record) for _, record in open_records]) + self.lengths,
            data=b"".join([*(record for _, record in open_records), self.data]),
        )


class Framing(Protocol):
    """A record format with its options: an immutable value that is sent in messages as a dictionary.

    ``registry.framing_from_dict`` is the reverse of ``to_dict``.
    """

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary; ``format`` is the name in the registry."""

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

        ``start`` must be the start of a record or block: the start of the data, or ``end`` of a batch. ``block_end``
        comes from the same place. For blocked formats it is the end of the block that contains ``start``, or 0 if there
        is a BDW at ``start``; other formats ignore it. ``first_record_no`` (1-based) is the number of the next record.

        A batch has at most ``batch_records`` records and covers at most ``batch_bytes`` bytes of the input, but has at
        least one record. The same call on the same input yields the same batches. There is no record between the last
        batch and ``end``. Raises InputError with offset and hex where the input does not follow the format.
        """


def hex_around(data: bytes, pos: int) -> str:
    """The bytes around ``data[pos]`` in hex, with a bar before that byte."""
    return f"{data[max(0, pos - _BYTES_BEFORE) : pos].hex()}|{data[pos : pos + _BYTES_AFTER].hex()}"


def fault(code: str, what: str, *, offset: int, data: bytes, pos: int, remedy: str) -> InputError:
    """The error for ``data[pos]``, which is byte ``offset`` of the input."""
    hex_ = hex_around(data, pos)
    return InputError(code, f"byte {offset}: {what} (hex {hex_})", remedy=remedy, offset=offset, hex=hex_)


def ended_early(offset: int, promised: int) -> InputError:
    """LRF002: the file has fewer bytes than it had when its run was registered."""
    return InputError(
        "LRF002",
        f"the file ends at byte {offset}, but it had {promised} bytes before",
        remedy="It was truncated or replaced while it was read. Transfer it again and start a new run.",
        offset=offset,
    )


def wrong_option(what: str, remedy: str = "") -> InputError:
    """LRF040: options of the record format that are invalid, or invalid together."""
    return InputError("LRF040", what, remedy=remedy or "Correct the options of the record format in the job's input.")


def named(error: InputError, path: str) -> InputError:
    """The error with the name of the file in its message, unless the message has it already."""
    if "path" in error.context:
        return error
    message = f"{path}: {error.message}"
    return InputError(error.code, message, remedy=error.remedy, **error.context, path=path)
