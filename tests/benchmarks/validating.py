"""The workload of ``decode`` as a job: columns of a table, rules that nearly all records keep, control totals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.batch.types import SqlType, TargetColumn
from shared.codec import Column, FieldSpec, Kind, encode
from shared.messaging.wire import pack
from shared.transform.plan import Plan, PlanColumn, Rule, RuleKind

STATES = ("CA", "NY", "TX", "WA")
SPOILED_SHARE = 1_000
"""One record in so many has a packed field that is no number."""

_STATE_FIELD, _SPOILED_FIELD = 7, 13
_INTEGER_DIGITS = 9


def plan(specs: Sequence[FieldSpec], record_length: int) -> Plan:
    """One rule in four fields: required, two ranges, a list."""
    rules = (
        Rule(RuleKind.REQUIRED, specs[8].name),
        Rule(RuleKind.RANGE, specs[9].name, minimum=0),
        Rule(RuleKind.RANGE, specs[14].name, minimum=-(10**11), maximum=10**11),
        Rule(RuleKind.IN_LIST, specs[_STATE_FIELD].name, values=STATES),
    )
    columns = tuple(PlanColumn(spec, _target(spec)) for spec in specs)
    return Plan.fixed(record_length, columns, rules, (specs[14].name, specs[16].name), "LRECL.STG_BENCH")


def as_job(records: np.ndarray, specs: Sequence[FieldSpec]) -> bytes:
    """The records with a state that the list knows, but for the spoiled ones."""
    changed = records.copy()
    state, spoiled = specs[_STATE_FIELD], specs[_SPOILED_FIELD]
    codes = np.frombuffer("".join(STATES).encode(), np.uint8).reshape(len(STATES), 2)
    chosen = codes[np.arange(len(records)) % len(STATES)]
    changed[:, state.offset : state.end] = encode(Column(chosen, np.full(len(records), 2, np.int32)), state)
    changed[SPOILED_SHARE // 2 :: SPOILED_SHARE, spoiled.offset] = 0xFF
    return changed.tobytes()


def raw_message(job: Plan, data: bytes) -> bytes:
    """The message that a reader sends for ``data``, as far as a processor reads it."""
    header = {
        "run_id": "bench",
        "batch_no": 0,
        "split_no": 0,
        "offset": 0,
        "end": len(data),
        "block_end": 0,
        "first_record_no": 1,
        "records": len(data) // (job.record_length or 1),
        "skipped": 0,
        "open_records": 0,
        "checksum": "0" * 32,
        "plan": job.to_dict(),
        "plan_digest": "bench",
    }
    return pack(header, {"records": data})


def _target(spec: FieldSpec) -> TargetColumn:
    if spec.kind is Kind.TEXT:
        return TargetColumn(spec.name, SqlType.VARCHAR, spec.length)
    if spec.scale:
        return TargetColumn(spec.name, SqlType.DECIMAL, spec.digits, spec.scale)
    return TargetColumn(spec.name, SqlType.INTEGER if spec.digits <= _INTEGER_DIGITS else SqlType.BIGINT)
