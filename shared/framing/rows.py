"""Where the rows of a delimited file end, found by asking the csv module; the rules are in ``delimited``."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, Final

from shared.framing.window import Window

_STEP_BYTES: Final = 4096
_ROW_BYTES: Final = 128


class RowChain:
    """Rows, one after the other. ``specials`` are the bytes without which a line is a row."""

    block_end = 0

    def __init__(self, dialect: dict[str, Any], specials: bytes, longest: int) -> None:
        self._dialect = dialect
        self._specials = specials
        self._longest = longest

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``. Blank lines are passed over."""
        full = len(pieces) + count
        step = _STEP_BYTES + _ROW_BYTES * count  # no more than will be taken, or it would be split again and again
        while len(pieces) < full and window.pos < limit:
            before, reach = window.pos, min(limit, window.pos + step)
            if not self._take(window, reach, full - len(pieces), starts, pieces):
                return
            if window.pos == before:
                if reach == limit:
                    return
                step *= 2

    def _take(self, window: Window, reach: int, count: int, starts: list[int], pieces: list[bytes]) -> bool:
        """Take the rows up to ``reach``; False when one is too long."""
        for stop in self._ends(window, reach):
            row = _bare(window.data[window.pos : stop])
            if len(row) > self._longest:
                return False
            if row:
                starts.append(window.pos)
                pieces.append(row)
                count -= 1
            window.pos = stop
            if not count:
                break
        return True

    def measure(self, window: Window) -> int | None:
        """See ``cutting.Chain``."""
        reach = min(window.pos + self._longest + 2, len(window.data))
        stop = next(self._ends(window, reach), None)
        if stop is not None:
            size = stop - window.pos
            if size > self._longest and len(_bare(window.data[window.pos : stop])) > self._longest:
                raise self._too_long(window)
            return size
        if reach == len(window.data) and not window.complete:
            return None
        if b"\n" in window.data[window.pos : reach] or reach - window.pos <= self._longest:
            raise window.fault(
                "LRF036",
                f"a row whose quote is not closed within {reach - window.pos} bytes",
                "A quote is missing, or the file uses another quote or escape; check the options of the format.",
            )
        raise self._too_long(window)

    def _too_long(self, window: Window) -> Exception:
        return window.fault(
            "LRF037",
            f"a row of more than {self._longest} bytes",
            "The file is probably not delimited; see what lrecl inspect thinks of it.",
        )

    def close(self, window: Window) -> None:
        """A row that has no line end is a record, too."""

    def _ends(self, window: Window, limit: int) -> Iterator[int]:
        """The positions behind the whole rows from here to ``limit``."""
        chunk = window.data[window.pos : limit]
        lines = chunk.split(b"\n")
        rest = lines.pop()
        position = window.pos
        for size in self._sizes(chunk, [*lines, rest] if rest and _is_last(window, limit) else lines):
            position += size
            yield min(position, limit)  # the last row of the file may lack its line feed

    def _sizes(self, chunk: bytes, lines: list[bytes]) -> Iterator[int]:
        if any(special in chunk for special in self._specials):
            yield from self._sizes_by_csv(lines)
        else:
            yield from (len(line) + 1 for line in lines)

    def _sizes_by_csv(self, lines: list[bytes]) -> Iterator[int]:
        """A row that swallows the blank line at the end was open there and does not count."""
        texts = [*(line.decode("latin-1").replace("\r", " ") + "\n" for line in lines), "\n"]
        reader = csv.reader(iter(texts), **self._dialect)
        first = 0
        while first < len(lines):
            try:
                next(reader)
            except csv.Error:  # a field beyond the module's limit, which is longer than any row may be
                return
            if reader.line_num > len(lines):
                return
            yield sum(map(len, lines[first : reader.line_num])) + reader.line_num - first
            first = reader.line_num


def _is_last(window: Window, limit: int) -> bool:
    return window.complete and limit == len(window.data)


def _bare(row: bytes) -> bytes:
    return row.removesuffix(b"\n").removesuffix(b"\r")
