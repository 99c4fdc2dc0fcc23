"""gzip and bzip2 input, decompressed as it is read: offsets are those of the uncompressed bytes."""

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
"""How many of a file's first bytes tell how it is compressed."""


def compression_of(head: bytes) -> Compression | None:
    """How a file is compressed that begins with ``head``, its first ``HEAD_BYTES``.

    RFC 1952, section 2.3.1; bzip2's header and, because text may begin with "BZh", the mark of its first block or end.
    """
    if head.startswith(_GZIP):
        return "gzip"
    return "bzip2" if _BZIP2.match(head) else None


def decompressed(file: BinaryIO, compression: Compression) -> BinaryIO:
    """``file`` as a stream of its uncompressed bytes; closing it closes ``file``.

    Reading raises LRF038 where the compressed data are damaged or cut short. Seeking forward reads through the bytes
    between, seeking back begins again.
    """
    stream = gzip.GzipFile(fileobj=file) if compression == "gzip" else bz2.BZ2File(file)
    return io.BufferedReader(_Stream(file, cast("BinaryIO", stream)), _BUFFER_BYTES)


def uncompressed_size(stream: BinaryIO, watch: Callable[[], None] = lambda: None) -> int:
    """Bytes of a stream of ``decompressed``, found by reading it to its end; gzip's own figure is modulo 4 GiB.

    ``watch`` is called again and again meanwhile; what it raises ends the work.
    """
    stream.seek(0)
    size = 0
    while piece := stream.read(_BUFFER_BYTES):
        size += len(piece)
        watch()
    return size


class _Stream(io.RawIOBase):
    """Names what is wrong with the compressed data; the libraries raise four kinds of errors for it."""

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
            raise self._named(error) from error
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return self._stream.seek(offset, whence)
        except (EOFError, OSError, zlib.error) as error:
            raise self._named(error) from error

    def _named(self, error: Exception) -> Exception:
        if getattr(error, "errno", None) is not None:  # the disk, not the data
            return error
        place = self._file.tell()
        return InputError(
            "LRF038",
            f"the compressed data cannot be read near byte {place} of the compressed file: {error}",
            remedy="The file is damaged or was cut short; transfer it again in binary.",
            offset=place,
        )

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._file.close()
        super().close()
