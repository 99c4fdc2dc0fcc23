"""From findings to rejects: one per bad record, for the first faulty field, with all that is needed to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.batch.rejects import Reject
from shared.shaping import RecordFault
from shared.transform.framed import Framed

THE_RECORD = -1
"""The place of findings that are not about a column."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of a type's records that failed one check, and what explains one of them.

    ``place``: the column's place among the type's; ``order``: of a record's findings the lowest stands for all.
    """

    place: int
    order: int
    rows: npt.NDArray[np.intp]
    explain: Callable[[int], RecordFault]


def reject_records(findings: Iterable[Finding], framed: Framed, rows: npt.NDArray[np.intp] | None) -> list[Reject]:
    """The rejects in record order; ``rows`` are the type's records in the batch, None when they are all of it."""
    faults: dict[int, list[Finding]] = {}
    for finding in findings:
        for row in finding.rows.tolist():
            faults.setdefault(row, []).append(finding)
    rejects = []
    for row, found in sorted(faults.items()):
        first = min(found, key=lambda finding: finding.order)
        places = len({finding.place for finding in found})
        rejects.append(to_reject(framed, row if rows is None else int(rows[row]), first.explain(row), places))
    return rejects


def to_reject(framed: Framed, row: int, fault: RecordFault, faults: int = 1) -> Reject:
    """The reject of the batch's record ``row``."""
    return Reject(
        offset=int(framed.offsets[row]),
        record_no=framed.record_no(row),
        field=fault.field,
        field_offset=fault.offset,
        code=fault.code,
        message=fault.message,
        raw_hex=framed.record(row).hex(),
        faults=faults,
    )
