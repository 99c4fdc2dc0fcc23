"""From findings to rejects: one per bad record, for the first faulty field, with all that is needed to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.batch.rejects import Reject
from shared.codec import Column, explain
from shared.transform.plan import RecordPlan
from shared.transform.rules import describe, no_date
from shared.transform.values import shown


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of one field that failed one check; ``code`` is None where the codec has to explain.

    ``place``: the column's place in the plan; ``rule``: the rule's place, None for decoding and dates.
    """

    place: int
    rows: npt.NDArray[np.intp]
    code: str | None
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of a batch, (n, record length) uint8, and what they decoded to, a column for each of the plan's.

    ``offset`` and ``first_record_no`` are the first record's.
    """

    records: npt.NDArray[np.uint8]
    decoded: Sequence[Column]
    offset: int
    first_record_no: int


def reject_records(plan: RecordPlan, findings: Iterable[Finding], batch: Batch) -> list[Reject]:
    """The rejects of a batch in record order."""
    faults: dict[int, list[Finding]] = {}
    for finding in findings:
        for row in finding.rows.tolist():
            faults.setdefault(row, []).append(finding)
    return [_reject(plan, found, batch, row) for row, found in sorted(faults.items())]


def _reject(plan: RecordPlan, found: list[Finding], batch: Batch, row: int) -> Reject:
    first = min(found, key=lambda finding: plan.columns[finding.place].spec.offset)
    spec = plan.columns[first.place].spec
    record = batch.records[row].tobytes()
    code, message, position = _explain(plan, first, record[spec.offset : spec.end], batch.decoded[first.place], row)
    return Reject(
        offset=batch.offset + row * batch.records.shape[1],
        record_no=batch.first_record_no + row,
        field=spec.name,
        field_offset=spec.offset + position,
        code=code,
        message=message,
        raw_hex=record.hex(),
        faults=len({finding.place for finding in found}),
    )


def _explain(plan: RecordPlan, finding: Finding, raw: bytes, decoded: Column, row: int) -> tuple[str, str, int]:
    """Code, message, and the byte within the field."""
    column = plan.columns[finding.place]
    if finding.code is None:
        fault = explain(column.spec, raw)
        return fault.code, fault.message, fault.position
    # Shown from the batch's column: decoding one field again costs fifty times as much, and a rule may reject all.
    value, hexed = shown(decoded, row, column.spec.scale), f" (X'{raw.hex().upper()}')"
    if finding.rule is None:
        return finding.code, no_date(value, column.date_form) + hexed, 0
    return finding.code, describe(plan.rules[finding.rule], value, column.spec.scale) + hexed, 0
