"""gzip and bzip2 input, decompressed while it is read. Offsets count uncompressed bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import re
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, cast

from shared.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Compression = Literal["gzip", "bzip2"]

_BUFFER_BYTES: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b\x08"
_BZIP2: Final = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
HEAD_BYTES: Final = 10
"""How many of a file's first bytes show how it is compressed."""


def compression_of(head: bytes) -> Compression | None:
    """The compression of a file that starts with ``head``, its first ``HEAD_BYTES``; None if it is not compressed.

    gzip: RFC 1952, section 2.3.1. bzip2: its header and, because a text can start with "BZh", the mark of its first
    block or of its end.
    """
    if head.startswith(_GZIP):
        return "gzip"
    return "bzip2" if _BZIP2.match(head) else None


def decompressed(file: BinaryIO, compression: Compression) -> BinaryIO:
    """The file as a stream of its uncompressed bytes. Closing the stream closes the file.

    Reading raises LRF038 where the compressed data are damaged or incomplete. Seeking forward decompresses the bytes in
    between; seeking back starts again at the first byte.
    """
    stream = gzip.GzipFile(fileobj=file) if compression == "gzip" else bz2.BZ2File(file)
    return io.BufferedReader(_Stream(file, cast("BinaryIO", stream)), _BUFFER_BYTES)


def uncompressed_size(stream: BinaryIO, watch: Callable[[], None] = lambda: None) -> int:
    """The number of bytes in a stream of ``decompressed``. It is read to its end: gzip's own figure is modulo 4 GiB.

    ``watch`` is called repeatedly meanwhile; an error that it raises ends the count.
    """
    stream.seek(0)
    size = 0
    while piece := stream.read(_BUFFER_BYTES):
        size += len(piece)
        watch()
    return size


class _Stream(io.RawIOBase):
    """A stream that reports damaged data as LRF038; the libraries raise four classes of errors for it."""

    def __init__(self, file: BinaryIO, stream: BinaryIO) -> None:
        self._file = file
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        try:
            data = self._stream.read(len(view))
        except (EOFError, OSError, zlib.error) as error:
            raise self._coded(error) from error
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return self._stream.seek(offset, whence)
        except (EOFError, OSError, zlib.error) as error:
            raise self._coded(error) from error

    def _coded(self, error: Exception) -> Exception:
        if getattr(error, "errno", None) is not None:  # an error of the disk and not of the data
            return error
        place = self._file.tell()
        return InputError(
            "LRF038",
            f"the compressed data cannot be read near byte {place} of the compressed file: {error}",
            remedy="The file is damaged or incomplete. Transfer it again in binary.",
            offset=place,
        )

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._file.close()
        super().close()
