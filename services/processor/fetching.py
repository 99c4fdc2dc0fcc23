"""The records of a batch that carries only their place in a file: read there and verified by the batch's checksum.

The child reads them, so that the bytes go from the file to the decoder without crossing a pipe.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from struct import error as struct_error
from struct import iter_unpack
from typing import Any, BinaryIO, Final

from shared.errors import InputError, PoisonError, TransientError
from shared.framing.files import open_registered
from shared.framing.parts import Parts, parts_of, stride_of
from shared.framing.protocol import Batch, Framing, named
from shared.framing.registry import framing_from_dict
from shared.transform.batch_records import bad_parts

Header = dict[str, Any]

_NOT_SHARED: Final = frozenset({"LRF010", "LRF011"})
_SHARE: Final = "Payloads by reference need the reader's data folder in every processor, under its LRECL_DATA_ROOT."


def fetch(header: Header, open_records: Mapping[str, memoryview], root: Path) -> Parts:
    """The parts that the batch would have if it carried its records; ``root`` is the data folder.

    InputError when the file is not the registered one or cannot be found; TransientError LRF012 when it cannot be read
    just now; PoisonError LRP023 when its bytes are not those that the reader read.
    """
    reference = header["reference"]
    framing, base = framing_from_dict(reference["framing"]), reference["base"]
    batch = _read(header, framing, root)
    stride = stride_of(framing, header["plan"]["record_length"])
    parts, checksum = parts_of(batch, _placed(open_records, base), base, stride)
    if checksum != header["checksum"]:
        _open(reference["file"], root).close()  # if the file has changed meanwhile, that is the better reason
        raise _other_bytes(header)
    return parts


def _read(header: Header, framing: Framing, root: Path) -> Batch:
    path = header["reference"]["file"]["path"]
    try:
        with closing(_open(header["reference"]["file"], root)) as file:
            return _cut(header, framing, file)
    except InputError as error:
        raise named(error, path) from error
    except OSError as error:
        raise TransientError("LRF012", f"{path} cannot be read just now: {error}", path=path) from error


def _open(file: Header, root: Path) -> BinaryIO:
    try:
        return open_registered(root, file["path"], file["size"], file["mtime_ns"])
    except InputError as error:
        if error.code in _NOT_SHARED:
            raise InputError(error.code, error.message, remedy=_SHARE, **error.context) from error
        raise


def _cut(header: Header, framing: Framing, file: BinaryIO) -> Batch:
    """The batch: cut with limits that it just fills, it is the first one."""
    base, block_end = header["reference"]["base"], header["reference"]["block_end"]
    start, end = header["offset"] - base, header["end"] - base
    records = max(header["records"] + header["skipped"], 1)
    for batch in framing.cut(file, start, end, records, header["first_record_no"], end - start, block_end):
        return batch
    raise _other_bytes(header)


def _placed(parts: Mapping[str, memoryview], base: int) -> list[tuple[int, bytes]]:
    """The open records that came with the message: offsets in the file, and bytes."""
    if not parts:
        return []
    try:
        offsets = [at - base for (at,) in iter_unpack("<Q", parts["offsets"])]
        lengths = [size for (size,) in iter_unpack("<I", parts["lengths"])]
        stops, data = accumulate(lengths), bytes(parts["records"])
        return [(at, data[stop - size : stop]) for at, size, stop in zip(offsets, lengths, stops, strict=True)]
    except (KeyError, ValueError, struct_error) as wrong:
        raise bad_parts(f"the parts of the open records do not fit each other: {wrong!r}") from wrong


def _other_bytes(header: Header) -> PoisonError:
    start, end = header["offset"], header["end"]
    return PoisonError(
        "LRP023",
        f"{header['reference']['file']['path']}: bytes {start} to {end} are not those that the reader read",
        remedy="Compare the file with the sender's. Reader and processor must mount the same volume. Then replay.",
    )
