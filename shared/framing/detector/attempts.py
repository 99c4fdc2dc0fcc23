"""Trying a record format on the first bytes of a file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import islice
from typing import Final

from shared.errors import InputError
from shared.framing.protocol import Framing

_MOST_RECORDS: Final = 20_000
_CUT_OFF: Final = frozenset({"LRF022", "LRF025", "LRF028", "LRF036"})


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of the uncompressed file; ``size`` is that of the whole, None when nobody knows."""

    data: bytes
    size: int | None

    @property
    def is_whole(self) -> bool:
        """Whether the head is all there is."""
        return self.size == len(self.data)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How far a format got: the records' payload lengths, the headers' offsets, and whether nothing contradicted it."""

    framing: Framing
    lengths: tuple[int, ...]
    offsets: tuple[int, ...]
    fits: bool


def attempt(framing: Framing, head: Head) -> Attempt:
    """Frame the head. Where the head is not the whole file its last record may be cut off."""
    lengths: list[int] = []
    offsets: list[int] = []
    fits = True
    batches = framing.cut(io.BytesIO(head.data), 0, len(head.data), 1, 1)
    try:
        for batch in islice(batches, _MOST_RECORDS):
            lengths += batch.lengths
            offsets += batch.offsets
    except InputError as error:
        fits = not head.is_whole and error.code in _CUT_OFF
    return Attempt(framing, tuple(lengths), tuple(offsets), fits)
