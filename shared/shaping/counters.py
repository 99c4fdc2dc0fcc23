"""Counters, decoded directly from the records of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.codec import Column, Decoder
from shared.codec.columns import Bytes, Ints, Mask
from shared.codec.copying import copy_spans, row_starts
from shared.codec.swar import WORD
from shared.shaping.shape import CounterField

Rows: TypeAlias = NDArray[np.intp] | slice
"""The records of a batch that a step is for: indices in ascending order, or ``ALL``, which costs nothing."""

ALL: Final = slice(None)

READ, ABSENT, UNREADABLE = range(3)
"""A counter has a value; or is after the end of the record; or is not a number or only partly within the record."""


def select(rows: Rows, mask: Mask) -> NDArray[np.intp]:
    """The indices of the rows for which ``mask``, as long as ``rows``, is true."""
    return np.flatnonzero(mask) if isinstance(rows, slice) else rows[mask]


def narrow(rows: Rows, mask: Mask) -> Rows:
    """Like ``select``, but ``rows`` itself when the mask is true for all."""
    return rows if mask.all() else select(rows, mask)


class CounterReader:
    """Decodes one counter. Keeps no state between batches."""

    __slots__ = ("_decoder", "_values", "width")

    def __init__(self, field: CounterField) -> None:
        self.width = field.spec.length
        self._values = field.values
        self._decoder = Decoder([replace(field.spec, offset=0)], max(self.width, WORD))

    def decode(self, data: Bytes, places: Ints) -> tuple[Ints, Mask | None]:
        """The counts at ``places``, and which of them are valid; None when all are."""
        raw = np.zeros((len(places), self._decoder.record_length), np.uint8)
        copy_spans(data, places, raw.reshape(-1), row_starts(raw), np.full(len(places), self.width, np.int64))
        column = self._decoder.decode(raw)[0]
        if self._values is None:
            return column.values, column.valid
        return _counts_of_texts(column, self._values)


def _counts_of_texts(column: Column, values: dict[str, int]) -> tuple[Ints, Mask | None]:
    counts, known = np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    for text, count in values.items():
        word = np.frombuffer(text.encode(), np.uint8)
        same = (column.lengths == len(word)) & _begins(column.values, word)
        counts[same] = count
        known |= same
    return counts, None if known.all() else known


def _begins(values: Bytes, word: Bytes) -> Mask:
    if len(word) > values.shape[1]:
        return np.zeros(len(values), np.bool_)
    same: Mask = np.all(values[:, : len(word)] == word, axis=1)
    return same


class Counters:
    """The counters of a batch's n records as last read, with value, state and offset in the data, all (n,)."""

    __slots__ = ("_data", "_readers", "places", "states", "values")

    def __init__(self, readers: Sequence[CounterReader], data: Bytes, count: int) -> None:
        self._readers = readers
        self._data = data
        self.values: list[Ints] = [np.zeros(count, np.int64) for _ in readers]
        self.places: list[Ints] = [np.zeros(count, np.int64) for _ in readers]
        self.states: list[NDArray[np.uint8]] = [np.full(count, ABSENT, np.uint8) for _ in readers]

    def read(self, counter: int, rows: Rows, places: Ints, ends: Ints) -> None:
        """Read the counter of ``rows`` at ``places`` in records that end at ``ends``; both are as long as ``rows``."""
        reader = self._readers[counter]
        whole = places + reader.width <= ends
        present = ALL if whole.all() else np.flatnonzero(whole)
        states = np.where(places < ends, UNREADABLE, ABSENT).astype(np.uint8)
        values = np.zeros(len(places), np.int64)
        values[present], valid = reader.decode(self._data, places[present])
        states[present] = READ if valid is None else np.where(valid, READ, UNREADABLE)
        self.values[counter][rows] = values
        self.places[counter][rows] = places
        self.states[counter][rows] = states
