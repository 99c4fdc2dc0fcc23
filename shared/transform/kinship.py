"""The parents of all records of a batch at once, as ``shared.records.Ancestry`` finds them record by record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.records.conditions import RecordType
from shared.transform.sorting import Places

Found = npt.NDArray[np.intp]


class Kinship:
    """For each type the types above it, whose records end its reach."""

    def __init__(self, types: Sequence[RecordType]) -> None:
        parents = {one.name: one.parent for one in types}
        self.places = {one.name: place for place, one in enumerate(types)}
        self._above = [[self.places[name] for name in _above(parents, one.name)] for one in types]

    def last(self, ancestor: str, places: Places) -> Found:
        """(n,) for each record of ``places`` the last open record of the type ``ancestor`` up to it, -1 for none.

        A record is open until a later one of a type above its own.
        """
        place = self.places[ancestor]
        last = _last(places == place)
        for above in self._above[place]:
            last[last < _last(places == above)] = -1
        return last


def _above(parents: dict[str, str | None], name: str) -> list[str]:
    """The types above ``name``, nearest first."""
    found: list[str] = []
    parent = parents[name]
    while parent is not None and parent in parents:
        found.append(parent)
        parent = parents[parent]
    return found


def _last(marked: npt.NDArray[np.bool_]) -> Found:
    """(n,) the index of the last marked row up to each row, -1 before the first."""
    return np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))
