"""TEXT: each line is a record, without its line end.

``LF`` and ``CRLF`` are exact: with ``LF``, a carriage return before the line feed belongs to the record. ``ANY`` takes
both in one file. ``NEL`` is the EBCDIC newline X'15', ``EBCDIC_LF`` the EBCDIC line feed X'25', as z/OS UNIX and some
transfers write them. A last line without line end is a record; whether it is complete cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import Any, BinaryIO

from shared.framing.cutting import cut_chain
from shared.framing.protocol import MAX_BATCH_BYTES, Batch, wrong_option
from shared.framing.window import Window


class LineEnd(Enum):
    """What ends a line. ``ANY`` is a line feed, with or without a carriage return before it."""

    ANY = "any"
    LF = "lf"
    CRLF = "crlf"
    NEL = "nel"
    EBCDIC_LF = "ebcdic_lf"

    @property
    def mark(self) -> bytes:
        """The bytes that end a line."""
        return {"crlf": b"\r\n", "nel": b"\x15", "ebcdic_lf": b"\x25"}.get(self.value, b"\n")

    @classmethod
    def of(cls, name: str) -> LineEnd:
        """The line end with this name; LRF040 when there is none."""
        try:
            return cls(name)
        except ValueError as error:
            known = ", ".join(one.value for one in cls)
            raise wrong_option(f"there is no line end {name!r}; the line ends are {known}") from error


@dataclass(frozen=True, slots=True)
class TextFraming:
    """Framing of text lines."""

    line_end: LineEnd = LineEnd.ANY

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary, for messages."""
        return {"format": "TEXT", "line_end": self.line_end.value}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TextFraming:
        """The reverse of ``to_dict``; LRF040 for invalid options."""
        return cls(LineEnd.of(data.get("line_end", "any")))

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
        """See ``protocol.Framing.cut``. LRF029 when a line is longer than any record may be."""
        del block_end
        chain = LineChain(self.line_end)
        return cut_chain(chain, file, start, end, batch_records, first_record_no, batch_bytes)


class LineChain:
    """Lines one after the other."""

    block_end = 0

    def __init__(self, line_end: LineEnd) -> None:
        self._mark = line_end.mark
        self._drops_returns = line_end is LineEnd.ANY

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``. Many lines are split at a time."""
        width = len(self._mark)
        lines = window.data[window.pos : limit].split(self._mark, count)
        rest = lines.pop()
        ends = list(accumulate((len(line) + width for line in lines), initial=window.pos))
        window.pos = ends.pop()
        starts += ends
        pieces += self._bare(lines)
        if rest and len(lines) < count and window.complete and limit == len(window.data):
            starts.append(window.pos)
            pieces += self._bare([rest])
            window.pos = limit

    def _bare(self, lines: list[bytes]) -> list[bytes]:
        if self._drops_returns:
            return [line.removesuffix(b"\r") for line in lines]
        return lines

    def measure(self, window: Window) -> int | None:
        """See ``cutting.Chain``."""
        found = window.data.find(self._mark, window.pos)
        if found >= 0:
            return found + len(self._mark) - window.pos
        return window.end - window.offset if window.complete else None

    def close(self, window: Window) -> None:
        """Nothing to check: a last line without line end is a record."""
