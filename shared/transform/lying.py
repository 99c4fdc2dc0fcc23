"""Where in a record something lies that has its place in the matrix, behind tables that were not full."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.codec.columns import Ints, Mask
from shared.shaping.shaped import Shaped


def offset_in_record(shaped: Shaped | None, row: int, place: int) -> int:
    """Bytes from the start of the record ``row`` to what has the offset ``place`` in the maximum layout.

    That is less by what the occurrences take that are missing before it, when items move up. Where the record ends
    sooner, it is where the item would lie.
    """
    if shaped is None or not shaped.shape.moving:
        return place
    gaps = 0
    begins: list[Ints] = []
    exist: list[Mask] = []
    for index, table in enumerate(shaped.shape.tables):
        first, there = _instances(shaped, row, index, begins, exist)
        begins.append(first)
        exist.append(there)
        before = there & (first + table.size <= place)
        gaps += int((table.maximum - shaped.counts[index][row][before]).sum()) * table.stride
    return place - gaps


def _instances(
    shaped: Shaped, row: int, index: int, begins: list[Ints], exist: list[Mask]
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """(p,) for every place that the table has in the maximum layout: where it begins, and whether it is there."""
    table = shaped.shape.tables[index]
    if table.parent is None:
        return np.array([table.offset]), np.ones(1, np.bool_)
    outer = shaped.shape.tables[table.parent]
    numbers = np.arange(outer.maximum)
    counts = shaped.counts[table.parent][row]
    first = begins[table.parent][:, np.newaxis] + numbers * outer.stride + (table.offset - outer.offset)
    there = exist[table.parent][:, np.newaxis] & (numbers < counts[:, np.newaxis])
    return first.reshape(-1), there.reshape(-1)
