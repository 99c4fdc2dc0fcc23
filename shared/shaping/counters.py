"""Counters, read from the records as they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shared.codec import Column, Decoder
from shared.codec.columns import Bytes, Ints, Mask
from shared.shaping.rows import Rows
from shared.shaping.shape import CounterField
from shared.shaping.spans import windows

READ, ABSENT, UNREADABLE = range(3)
"""A counter has a value; it lies behind the record's end; or it is no number, or only a part of it is there."""


class CounterReader:
    """Decodes one counter; keeps nothing between batches."""

    __slots__ = ("_decoder", "_values", "width")

    def __init__(self, field: CounterField) -> None:
        self.width = field.spec.length
        self._values = field.values
        self._decoder = Decoder([replace(field.spec, offset=0)], self.width)

    def decode(self, raw: Bytes) -> tuple[Ints, Mask | None]:
        """The counts of (n, width) bytes, and which rows have one; None when all do."""
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
    """The counters of a batch's n records, each as last read: value, state and offset in the data, all (n,)."""

    __slots__ = ("_data", "_readers", "places", "states", "values")

    def __init__(self, readers: Sequence[CounterReader], data: Bytes, count: int) -> None:
        self._readers = readers
        self._data = data
        self.values: list[Ints] = [np.zeros(count, np.int64) for _ in readers]
        self.places: list[Ints] = [np.zeros(count, np.int64) for _ in readers]
        self.states: list[NDArray[np.uint8]] = [np.full(count, ABSENT, np.uint8) for _ in readers]

    def read(self, counter: int, rows: Rows, places: Ints, ends: Ints) -> None:
        """Read the counter of ``rows`` at ``places``, in records that end at ``ends``: both like the rows."""
        reader = self._readers[counter]
        whole = places + reader.width <= ends
        states = np.where(whole, READ, np.where(places < ends, UNREADABLE, ABSENT)).astype(np.uint8)
        values = np.zeros(len(places), np.int64)
        present = slice(None) if whole.all() else np.flatnonzero(whole)
        values[present], valid = reader.decode(self._gather(places[present], reader.width))
        if valid is not None:
            states[np.arange(len(places))[present][~valid]] = UNREADABLE
        self.values[counter][rows] = values
        self.places[counter][rows] = places
        self.states[counter][rows] = states

    def _gather(self, places: Ints, width: int) -> Bytes:
        return windows(self._data, width)[places].view(np.uint8).reshape(len(places), width)
