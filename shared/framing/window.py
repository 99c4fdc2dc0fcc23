"""The part of the input that is in memory while it is cut into records."""

from __future__ import annotations

from typing import BinaryIO, Final

from shared.errors import InputError
from shared.framing.protocol import ended_early, fault

CHUNK_BYTES = 1024 * 1024
_KEPT_BEFORE: Final = 8  # for the hex of an error


class Window:
    """A window that moves once over the bytes ``start`` to ``end`` of the input.

    ``data`` are the bytes in memory, at most one chunk and one record. ``pos`` is the position of the next byte to be
    cut. Offsets count from the start of the input, positions from the start of ``data``.
    """

    __slots__ = ("_file", "base", "data", "end", "pos")

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        file.seek(start)
        self._file = file
        self.base = start
        self.data = b""
        self.end = end
        self.pos = 0

    @property
    def offset(self) -> int:
        """The offset of the next byte to be cut."""
        return self.base + self.pos

    @property
    def read_to(self) -> int:
        """The offset of the end of the bytes in memory."""
        return self.base + len(self.data)

    @property
    def complete(self) -> bool:
        """Whether all bytes have been read."""
        return self.read_to >= self.end

    @property
    def exhausted(self) -> bool:
        """Whether all bytes have been cut into records."""
        return self.offset >= self.end

    def more(self, wanted: int = 0) -> None:
        """Drop the bytes before ``pos``, and read until ``wanted`` bytes follow it; LRF002 at an early end."""
        keep = max(0, self.pos - _KEPT_BEFORE)
        missing = self.offset + wanted - self.read_to
        fresh = self._read(min(max(CHUNK_BYTES, missing), self.end - self.read_to))
        self.data = self.data[keep:] + fresh
        self.base += keep
        self.pos -= keep

    def _read(self, count: int) -> bytes:
        pieces: list[bytes] = []
        while count:
            piece = self._file.read(count)
            if not piece:
                raise ended_early(self.read_to + sum(map(len, pieces)), self.end)
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def continues(self) -> bool:
        """Whether the file has bytes after ``end``. Call this only when the window is exhausted."""
        self._file.seek(self.end)
        return bool(self._file.read(1))

    def fault(self, code: str, what: str, remedy: str, *, ahead: int = 0) -> InputError:
        """A coded error about the byte that is ``ahead`` bytes after the next one."""
        pos = self.pos + ahead
        return fault(code, what, offset=self.base + pos, data=self.data, pos=pos, remedy=remedy)
