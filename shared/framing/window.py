"""The part of the input that is in memory while records are cut."""

from __future__ import annotations

from typing import BinaryIO, Final

from shared.errors import InputError
from shared.framing import faults

CHUNK_BYTES = 1024 * 1024
_KEPT_BEHIND: Final = 8  # for the hex of an error


class Window:
    """Bytes ``start`` to ``end`` of the input pass through it once; ``pos`` is the next byte in ``data`` to be framed.

    At most one chunk and one record are held. Offsets are absolute, positions are relative to ``data``.
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
        """The next byte to be framed."""
        return self.base + self.pos

    @property
    def held(self) -> int:
        """The offset at which the bytes in memory end."""
        return self.base + len(self.data)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be read."""
        return self.held >= self.end

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to be framed."""
        return self.offset >= self.end

    def more(self, wanted: int = 0) -> None:
        """Drop what is framed and read on, so far that ``wanted`` bytes are held from here; LRF002 at an early end."""
        keep = max(0, self.pos - _KEPT_BEHIND)
        missing = self.offset + wanted - self.held
        fresh = self._read(min(max(CHUNK_BYTES, missing), self.end - self.held))
        self.data = self.data[keep:] + fresh
        self.base += keep
        self.pos -= keep

    def _read(self, count: int) -> bytes:
        pieces: list[bytes] = []
        while count:
            piece = self._file.read(count)
            if not piece:
                raise faults.ended_early(self.held + sum(map(len, pieces)), self.end)
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def goes_on(self) -> bool:
        """Whether the file has bytes at and after ``end``; only to be asked when everything is framed."""
        self._file.seek(self.end)
        return bool(self._file.read(1))

    def fault(self, code: str, what: str, remedy: str, *, ahead: int = 0) -> InputError:
        """A coded error about the byte ``ahead`` of the next one."""
        pos = self.pos + ahead
        return faults.fault(code, what, offset=self.base + pos, data=self.data, pos=pos, remedy=remedy)
