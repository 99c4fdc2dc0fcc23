"""Where a field is in a record: its offset there, for its offset in the matrix that the decoder takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from shared.codec.columns import Ints, Mask
from shared.shaping import Faults, ShapedBatch


class RowFaults(Faults, Protocol):
    """The faults of delimited rows, and where the values are in a row."""

    def offset_of(self, row: int, place: int) -> int:
        """Bytes from the start of the row to the value whose cell contains the offset ``place`` of the matrix."""


@dataclass(frozen=True, slots=True, eq=False)
class SplitRows(ShapedBatch):
    """Delimited rows as a matrix of cells. ``row_splitter`` makes it; most pool children never import that module."""

    faults: RowFaults


def offset_in_record(shaped: ShapedBatch | None, row: int, place: int) -> int:
    """Bytes from the start of the record ``row`` to the item with the offset ``place`` in the matrix.

    When items move up, it is smaller by the size of all missing occurrences before the item. For an item after the end
    of the record it is the offset that the item would have.
    """
    if isinstance(shaped, SplitRows):
        return shaped.faults.offset_of(row, place)
    if shaped is None or not shaped.shape.moving:
        return place
    gaps = 0
    starts: list[Ints] = []
    exist: list[Mask] = []
    for index, table in enumerate(shaped.shape.tables):
        first, there = _instances(shaped, row, index, starts, exist)
        starts.append(first)
        exist.append(there)
        before = there & (first + table.size <= place)
        gaps += int((table.maximum - shaped.counts[index][row][before]).sum()) * table.stride
    return place - gaps


def _instances(
    shaped: ShapedBatch, row: int, index: int, starts: list[Ints], exist: list[Mask]
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """(p,) for each place of the table in the maximum layout: its offset, and whether the record has it."""
    table = shaped.shape.tables[index]
    if table.parent is None:
        return np.array([table.offset]), np.ones(1, np.bool_)
    outer = shaped.shape.tables[table.parent]
    numbers = np.arange(outer.maximum)
    counts = shaped.counts[table.parent][row]
    first = starts[table.parent][:, np.newaxis] + numbers * outer.stride + (table.offset - outer.offset)
    there = exist[table.parent][:, np.newaxis] & (numbers < counts[:, np.newaxis])
    return first.reshape(-1), there.reshape(-1)
