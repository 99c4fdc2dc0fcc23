"""What kind of file is this? Readings of its first megabytes, best first, each with the evidence for it."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from typing import Final

from shared.framing.compressed import Compression, compression_of
from shared.framing.detector.attempts import Head
from shared.framing.detector.chains import by_descriptors, by_headers
from shared.framing.detector.characters import code_page_of, encoding_of
from shared.framing.detector.findings import Findings, Guess
from shared.framing.detector.fixed import by_columns
from shared.framing.detector.lines import by_lines

__all__ = ["HEAD_BYTES", "Findings", "Guess", "inspect"]

HEAD_BYTES: Final = 2 * 1024 * 1024
"""How much of a file to hand over: more than this is not looked at."""

_CERTAIN: Final = 0.95


def inspect(head: bytes, size: int, record_length: int | None = None) -> Findings:
    """What the file is whose first bytes are ``head`` and that has ``size`` bytes, compressed as it lies there.

    ``record_length`` is the copybook's, when there is one of fixed length. Never raises for anything in the bytes.
    """
    compression = compression_of(head)
    known = _uncompressed(head, size, compression) if compression else Head(head[:HEAD_BYTES], size)
    encoding, speaks = encoding_of(known.data)
    guesses = sorted(_guesses(known, encoding, record_length), key=lambda guess: -guess.confidence)
    code_page, why = code_page_of(known.data, encoding)
    packed = (f"the first bytes are those of {compression}",) if compression else ()
    return Findings(compression, encoding, code_page, (*packed, speaks, why), tuple(_distinct(guesses)))


def _guesses(head: Head, encoding: str, record_length: int | None) -> list[Guess]:
    if not head.data:
        return []
    certain = [*by_descriptors(head), *by_lines(head, encoding)]
    if any(guess.confidence >= _CERTAIN for guess in certain):
        return certain
    return [*certain, *by_headers(head), *by_columns(head, record_length)]


def _distinct(guesses: list[Guess]) -> Iterator[Guess]:
    seen = []
    for guess in guesses:
        if guess.framing not in seen:
            seen.append(guess.framing)
            yield guess


def _uncompressed(head: bytes, size: int, compression: Compression) -> Head:
    """As much as the compressed head tells, up to the usual size."""
    try:
        if compression == "gzip":
            gzip = zlib.decompressobj(wbits=31)
            data, whole = gzip.decompress(head, HEAD_BYTES), gzip.eof and not gzip.unused_data
        else:
            bzip2 = bz2.BZ2Decompressor()
            data, whole = bzip2.decompress(head, HEAD_BYTES), bzip2.eof and not bzip2.unused_data
    except (zlib.error, OSError):  # damaged; reading it will say so
        data, whole = b"", False
    return Head(data, len(data) if whole and len(head) == size else None)
