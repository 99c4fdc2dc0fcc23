"""A job's input file as batches of records, decompressed and without its headers and trailers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from shared.errors import InputError
from shared.framing.compressed import Compression, compression_of, decompressed, uncompressed_size
from shared.framing.protocol import Batch, Framing, named
from shared.framing.registry import fixed_length, framing_from_dict
from shared.framing.survey import Edges, Mark, survey
from shared.jobs.compile import CompiledJob

_MAGIC_BYTES = 4


def input_batches(compiled: CompiledJob, path: Path, limit: int | None = None) -> Iterator[Batch]:
    """The records of the file, or at least the first ``limit`` records; one batch is in memory at a time.

    Raises InputError LRF001 when records of fixed length do not divide the file, LRF011 when the file cannot be read,
    and the errors of the record format.
    """
    compression = compiled.compression or _compression(path) or "none"
    try:
        file: BinaryIO = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    if compression != "none":
        file = decompressed(file, compression)
    with closing(file):
        size = path.stat().st_size if compression == "none" else uncompressed_size(file)
        try:
            yield from _batches(compiled, file, size, path.name, limit)
        except InputError as error:
            raise named(error, path.name) from error


def _batches(compiled: CompiledJob, file: BinaryIO, size: int, name: str, limit: int | None) -> Iterator[Batch]:
    framing = framing_from_dict(compiled.framing)
    first, end = _range(framing, file, size, Edges(**compiled.edges), name)
    records = compiled.batch_records if limit is None else min(limit, compiled.batch_records)
    left = limit
    for batch in framing.cut(
        file, first.offset, end, records, first.record_no, compiled.batch_bytes, block_end=first.block_end
    ):
        yield batch
        left = None if left is None else left - batch.records
        if left is not None and left <= 0:
            return


def _range(framing: Framing, file: BinaryIO, size: int, edges: Edges, name: str) -> tuple[Mark, int]:
    """Where the data begins and ends. Variable-length records are scanned only when there is a header or trailer."""
    if fixed_length(framing) is None and edges == Edges():
        return Mark(0, 1), size
    found = survey(framing, file, size, edges, path=name)
    return found.first, found.end


def _compression(path: Path) -> Compression | None:
    try:
        with path.open("rb") as file:
            return compression_of(file.read(_MAGIC_BYTES))
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError("LRF011", f"{path} cannot be read: {error}", path=str(path))
