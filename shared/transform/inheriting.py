"""What a batch's records take from those above them: the last open record of a type, and its columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.codec import FieldSpec
from shared.codec.columns import Mask
from shared.shaping import RecordFault
from shared.transform.cells import Cells
from shared.transform.decoding import Decoded
from shared.transform.faults import NO_PARENT, PARENT_UNREADABLE


@dataclass(frozen=True, slots=True, eq=False)
class Parents:
    """For m children the records of the type ``name`` that they belong to.

    ``rows`` (m,) are rows of ``decoded``; where ``missing`` (m,) is true there is none, and the row is 0.
    """

    name: str
    decoded: Decoded
    rows: npt.NDArray[np.intp]
    missing: Mask

    def cells(self, place: int) -> Cells:
        """The parents' column ``place``, for the children."""
        return self.decoded.cells[place].taken(self.rows, self.missing)

    def offset_of(self, _row: int, _spec: FieldSpec) -> int:
        """The field lies in another record: what is at fault is where the child begins."""
        return 0

    def bytes_of(self, row: int, spec: FieldSpec) -> bytes:
        """What a child's parent has of a field."""
        return self.decoded.bytes_of(int(self.rows[row]), spec)

    def fault(self, place: int, row: int) -> RecordFault:
        """Why a child is rejected whose parent's column ``place`` has no value."""
        parent = int(self.rows[row])
        fault = self.decoded.fault(place, parent)
        at = int(self.decoded.framed.offsets[self.decoded.rows][parent])
        where = f"{fault.field} of the {self.name} record at offset {at}, byte {fault.offset}"
        return RecordFault(PARENT_UNREADABLE, f"{where}: {fault.message} ({fault.code})", fault.field, 0)

    def nobody(self, _row: int) -> RecordFault:
        """Why a child without such a parent is rejected."""
        return RecordFault(NO_PARENT, f"no {self.name} record before it", "", 0)


def parents_of(children: Decoded, name: str, decoded: Decoded, last: npt.NDArray[np.intp]) -> Parents:
    """``last`` (n,) is for each record of the batch the row of its open record of the type ``name``, -1 for none."""
    found = last[children.rows]
    # Where all records are parents there is no child, and nothing to find; before the first of them is row 0.
    rows = found if isinstance(decoded.rows, slice) else np.searchsorted(decoded.rows, found)
    return Parents(name, decoded, rows, found < 0)
