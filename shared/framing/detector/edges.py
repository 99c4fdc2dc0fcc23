"""A file header or trailer around records of fixed length: the bytes at the ends that fit no column."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from math import log2
from typing import Final

from shared.framing.detector.attempts import Head

_ROWS: Final = 200
_STRANGE: Final = 1.5  # bits a byte by which a header must fit its columns worse than their own bytes do


def edges_of(head: Head, length: int, remainder: int) -> tuple[dict[str, int], str]:
    """How ``remainder`` bytes are shared by header and trailer of a file of records of ``length`` bytes; and why."""
    columns = _Columns(head.data, length)
    front = [columns.cost(at, head.data[at]) for at in range(remainder)]
    last = len(head.data) - remainder
    back = [columns.cost(at, head.data[at]) if head.is_whole else 0.0 for at in range(last, len(head.data))]
    before = list(accumulate(front, initial=0.0))
    after = list(accumulate(reversed(back), initial=0.0))
    header = max(range(remainder + 1), key=lambda size: before[size] + after[remainder - size])
    strange = (before[header] + after[remainder - header]) / remainder
    if strange < _STRANGE:
        return {}, f"{remainder} bytes are left over: the last record seems to be cut off"
    edges = {"header_bytes": header, "trailer_bytes": remainder - header}
    why = f"{remainder} bytes are left over that fit no column: {header} at the begin, {remainder - header} at the end"
    return {name: size for name, size in edges.items() if size}, why


class _Columns:
    """Which bytes the columns hold, counted from the file's first byte; the first and last records are left out."""

    def __init__(self, data: bytes, length: int) -> None:
        self._length = length
        inner = data[length:-length][: _ROWS * length]
        self._rows = max(1, len(inner) // length)
        self._counts = [Counter(inner[at::length]) for at in range(length)]
        self._usual = [self._mean(counts) for counts in self._counts]

    def cost(self, at: int, byte: int) -> float:
        """Bits by which ``byte`` at file position ``at`` is dearer than its column's bytes are."""
        column = at % self._length
        return self._bits(self._counts[column][byte]) - self._usual[column]

    def _mean(self, counts: Counter[int]) -> float:
        return sum(count * self._bits(count - 1) for count in counts.values()) / max(1, counts.total())

    def _bits(self, count: int) -> float:
        return log2((self._rows + 2.56) / (count + 0.01))
