"""The loop over records whose first bytes give their length: RDW, custom header, length field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from shared.framing.window import Window

BEYOND: Final = 1 << 62
"""A size beyond any input: the value of ``Sizes`` for bytes that cannot be a length."""
_MOST_SIZES: Final = 65_536


class Flaw(NamedTuple):
    """Why the length of a record is wrong: code, message, remedy."""

    code: str
    what: str
    remedy: str


Measure = Callable[[bytes], "int | Flaw"]
"""From the bytes that give the length to the size of the record in the input, including its header."""


class Sizes(dict[bytes, int]):
    """A cache of ``Measure``: lengths repeat in a file, and a look-up replaces arithmetic and checks."""

    def __init__(self, width: int, measure: Measure) -> None:
        super().__init__()
        self._width = width
        self._measure = measure

    def __missing__(self, key: bytes) -> int:
        size = self._measure(key) if len(key) == self._width else BEYOND
        if isinstance(size, Flaw):
            return BEYOND
        if len(self) >= _MOST_SIZES:  # the keys may include data beside the length
            self.clear()
        if size != BEYOND:
            self[key] = size
        return size


class SizedChain:
    """Records one after the other; the bytes ``key_from`` to ``key_to`` of each give its size.

    The first ``header`` bytes are not part of the payload.
    """

    block_end = 0

    def __init__(self, key_from: int, key_to: int, header: int, measure: Measure) -> None:
        self._key_from = key_from
        self._key_to = key_to
        self._header = header
        self._measure = measure
        self._sizes = Sizes(key_to - key_from, measure)

    def run(self, window: Window, limit: int, count: int, starts: list[int], pieces: list[bytes]) -> None:
        """See ``cutting.Chain``. The speed of V files depends on this loop."""
        data, pos, sizes = window.data, window.pos, self._sizes
        key_from, key_to, header = self._key_from, self._key_to, self._header
        begins, add = starts.append, pieces.append
        for _ in range(count):
            stop = pos + sizes[data[pos + key_from : pos + key_to]]
            if stop > limit:
                break
            add(data[pos + header : stop])
            begins(pos)
            pos = stop
        window.pos = pos

    def measure(self, window: Window) -> int | None:
        """See ``cutting.Chain``."""
        return self.size_ahead(window, 0)

    def size_ahead(self, window: Window, ahead: int) -> int | None:
        """The size of the record that starts ``ahead`` bytes after the next byte; None when more bytes are needed."""
        pos = window.pos + ahead
        key = window.data[pos + self._key_from : pos + self._key_to]
        if len(key) < self._key_to - self._key_from:
            return None
        size = self._measure(key)
        if isinstance(size, Flaw):
            raise window.fault(*size, ahead=ahead)
        return size

    def close(self, window: Window) -> None:
        """Nothing to check: every record is complete."""
