"""The parents of a batch's records: the last open record of each type above, and the columns inherited from it.

``shared.records.OpenRecords`` finds them record by record, this module for all records of a batch at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.codec import FieldSpec
from shared.codec.columns import Mask
from shared.records.conditions import RecordType
from shared.shaping import RecordFault
from shared.transform.decoded_columns import DecodedColumn
from shared.transform.decoding import DecodedRecords
from shared.transform.rejects import NO_PARENT, PARENT_UNREADABLE
from shared.transform.type_matching import TypeNumbers

RowNumbers = npt.NDArray[np.intp]


class ParentFinder:
    """Finds the last open record of a type. A record is open until a later record of a type above its own."""

    def __init__(self, types: Sequence[RecordType]) -> None:
        parents = {one.name: one.parent for one in types}
        self.numbers = {one.name: number for number, one in enumerate(types)}
        self._above = [[self.numbers[name] for name in _types_above(parents, one.name)] for one in types]

    def last_open(self, ancestor: str, types: TypeNumbers) -> RowNumbers:
        """(n,) for each record the row of the last open record of the type ``ancestor`` up to it, -1 for none."""
        number = self.numbers[ancestor]
        last = _last_marked(types == number)
        for above in self._above[number]:
            last[last < _last_marked(types == above)] = -1
        return last


def _types_above(parents: dict[str, str | None], name: str) -> list[str]:
    """The types above ``name``, its parent first."""
    found: list[str] = []
    parent = parents[name]
    while parent is not None and parent in parents:
        found.append(parent)
        parent = parents[parent]
    return found


def _last_marked(marked: Mask) -> RowNumbers:
    """(n,) the index of the last marked row up to each row, -1 before the first."""
    return np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))


@dataclass(frozen=True, slots=True, eq=False)
class Parents:
    """For m children their records of the type ``name``.

    ``rows`` (m,) are rows of ``decoded``. Where ``missing`` (m,) is true there is no such record, and the row is 0.
    """

    name: str
    decoded: DecodedRecords
    rows: RowNumbers
    missing: Mask

    def column(self, number: int) -> DecodedColumn:
        """The parents' column ``number``, with a row for each child."""
        return self.decoded.columns[number].for_children(self.rows, self.missing)

    def offset_of(self, _row: int, _spec: FieldSpec) -> int:
        """0: the field is in another record, so that the fault is at the start of the child."""
        return 0

    def bytes_of(self, row: int, spec: FieldSpec) -> bytes:
        """The bytes of a field in a child's parent."""
        return self.decoded.bytes_of(int(self.rows[row]), spec)

    def fault(self, number: int, row: int) -> RecordFault:
        """Why a child is rejected whose parent has no value in the column ``number``."""
        parent = int(self.rows[row])
        fault = self.decoded.fault(number, parent)
        at = int(self.decoded.batch.offsets[self.decoded.rows][parent])
        where = f"{fault.field} of the {self.name} record at offset {at}, byte {fault.offset}"
        return RecordFault(PARENT_UNREADABLE, f"{where}: {fault.message} ({fault.code})", fault.field, 0)

    def missing_parent(self, _row: int) -> RecordFault:
        """Why a child without such a record is rejected."""
        return RecordFault(NO_PARENT, f"no {self.name} record before it", "", 0)


def parents_of(children: DecodedRecords, name: str, decoded: DecodedRecords, last: RowNumbers) -> Parents:
    """The parents of the type ``name``. ``last`` (n,) has the row of the last open one for each record of the batch."""
    found = last[children.rows]
    # If all records are parents there are no children to look up. Before the first parent the row is 0.
    rows = found if isinstance(decoded.rows, slice) else np.searchsorted(decoded.rows, found)
    return Parents(name, decoded, rows, found < 0)
