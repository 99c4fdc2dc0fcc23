"""From findings to rejects: one per bad record, for the first faulty field, with all that is needed to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.batch.rejects import Reject
from shared.codec import explain
from shared.transform.plan import Plan
from shared.transform.rules import describe, no_date
from shared.transform.values import display


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of one field that failed one check; ``code`` is None where the codec has to explain.

    ``place``: the column's place in the plan; ``rule``: the rule's place, None for decoding and dates.
    """

    place: int
    rows: npt.NDArray[np.intp]
    code: str | None
    rule: int | None = None


def reject_records(
    plan: Plan, findings: Iterable[Finding], records: npt.NDArray[np.uint8], offset: int, first_record_no: int
) -> list[Reject]:
    """The rejects of a batch in record order; ``offset`` and ``first_record_no`` are the first record's."""
    faults: dict[int, list[Finding]] = {}
    for finding in findings:
        for row in finding.rows.tolist():
            faults.setdefault(row, []).append(finding)
    return [
        _reject(plan, found, records[row].tobytes(), offset + row * plan.record_length, first_record_no + row)
        for row, found in sorted(faults.items())
    ]


def _reject(plan: Plan, found: list[Finding], record: bytes, offset: int, record_no: int) -> Reject:
    first = min(found, key=lambda finding: plan.columns[finding.place].spec.offset)
    spec = plan.columns[first.place].spec
    code, message, position = _explain(plan, first, record[spec.offset : spec.end])
    return Reject(
        offset=offset,
        record_no=record_no,
        field=spec.name,
        field_offset=spec.offset + position,
        code=code,
        message=message,
        raw_hex=record.hex(),
        faults=len({finding.place for finding in found}),
    )


def _explain(plan: Plan, finding: Finding, raw: bytes) -> tuple[str, str, int]:
    """Code, message, and the byte within the field."""
    column = plan.columns[finding.place]
    if finding.code is None:
        fault = explain(column.spec, raw)
        return fault.code, fault.message, fault.position
    shown, hexed = display(column.spec, raw), f" (X'{raw.hex().upper()}')"
    if finding.rule is None:
        return finding.code, no_date(shown, column.date_form) + hexed, 0
    return finding.code, describe(plan.rules[finding.rule], shown, column.spec.scale) + hexed, 0
