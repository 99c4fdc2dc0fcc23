"""The detector: what the first megabytes of a file say about its form."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from typing import Final

from shared.framing.compressed import Compression, compression_of
from shared.framing.detector.chains import by_descriptors, by_headers
from shared.framing.detector.encodings import code_page_of, encoding_of
from shared.framing.detector.fixed import by_columns
from shared.framing.detector.guesses import Findings, Guess, Head
from shared.framing.detector.lines import by_lines

HEAD_BYTES: Final = 2 * 1024 * 1024
"""How many of a file's first bytes are looked at."""

_CERTAIN: Final = 0.95


def inspect(head: bytes, size: int, record_length: int | None = None) -> Findings:
    """The form of a file that starts with ``head`` and has ``size`` bytes, both before decompression.

    ``record_length`` is the length of the copybook's records if it is fixed. No content of a file raises an error.

    >>> head = b"\\x00\\x07\\x00\\x00abc" + b"\\x00\\x06\\x00\\x00de" + b"\\x00\\x08\\x00\\x00fghi"
    >>> findings = inspect(head, len(head))
    >>> findings.best.options()["record_format"]
    'V'
    >>> findings.encoding
    'ascii'
    """
    compression = compression_of(head)
    known = _uncompressed(head, size, compression) if compression else Head(head[:HEAD_BYTES], size)
    encoding, speaks = encoding_of(known.data)
    guesses = sorted(_guesses(known, encoding, record_length), key=lambda guess: -guess.confidence)
    code_page, why = code_page_of(known.data, encoding)
    packed = (f"the file starts like a {compression} file",) if compression else ()
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
    """The head decompressed, up to the usual size."""
    try:
        if compression == "gzip":
            gzip = zlib.decompressobj(wbits=31)
            data, whole = gzip.decompress(head, HEAD_BYTES), gzip.eof and not gzip.unused_data
        else:
            bzip2 = bz2.BZ2Decompressor()
            data, whole = bzip2.decompress(head, HEAD_BYTES), bzip2.eof and not bzip2.unused_data
    except (zlib.error, OSError):  # damaged: reading the file reports it
        data, whole = b"", False
    return Head(data, len(data) if whole and len(head) == size else None)
