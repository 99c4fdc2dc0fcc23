"""Records that are rejected: the codes of faults, and one reject for each record, for the first of its faulty fields.

The faults of decoding (LRDnnn) are the codec's and the shaper's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.batch.rejects import Reject
from shared.shaping import RecordFault
from shared.transform.batch_records import BatchRecords

REQUIRED: Final = "LRV001"
OUT_OF_RANGE: Final = "LRV002"
NOT_IN_LIST: Final = "LRV003"
NOT_A_DATE: Final = "LRV004"
UNKNOWN_TYPE: Final = "LRV005"
NO_PARENT: Final = "LRV006"
PARENT_UNREADABLE: Final = "LRV007"
CUT_OFF: Final = "LRV008"
OTHER_VALUES: Final = "LRV009"
TOO_LONG: Final = "LRV010"
CODES: Final = (
    *(REQUIRED, OUT_OF_RANGE, NOT_IN_LIST, NOT_A_DATE, UNKNOWN_TYPE, NO_PARENT, PARENT_UNREADABLE, CUT_OFF),
    *(OTHER_VALUES, TOO_LONG),
)

WHOLE_RECORD: Final = -1
"""The column of checks that are not about a column."""


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """The rows of a type's records that failed one check, and a function that explains one of them.

    ``column`` is the index of the column among the type's. Of all failed checks of a record, the one with the lowest
    ``order`` becomes its reject.
    """

    column: int
    order: int
    rows: npt.NDArray[np.intp]
    explain: Callable[[int], RecordFault]


def reject_records(
    checks: Iterable[FailedCheck], records: BatchRecords, rows: npt.NDArray[np.intp] | None
) -> list[Reject]:
    """The rejects in the order of the records. ``rows`` are the type's records in the batch, None for all records."""
    failed: dict[int, list[FailedCheck]] = {}
    for check in checks:
        for row in check.rows.tolist():
            failed.setdefault(row, []).append(check)
    rejects = []
    for row, found in sorted(failed.items()):
        first = min(found, key=lambda check: check.order)
        columns = len({check.column for check in found})
        rejects.append(to_reject(records, row if rows is None else int(rows[row]), first.explain(row), columns))
    return rejects


def to_reject(records: BatchRecords, row: int, fault: RecordFault, faults: int = 1) -> Reject:
    """The reject of the batch's record ``row``, of which ``faults`` columns are at fault."""
    return Reject(
        offset=int(records.offsets[row]),
        record_no=records.record_no(row),
        field=fault.field,
        field_offset=fault.offset,
        code=fault.code,
        message=fault.message,
        raw_hex=records.record(row).hex(),
        faults=faults,
    )
