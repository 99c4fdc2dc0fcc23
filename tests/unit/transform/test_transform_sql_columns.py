"""Columns as the driver binds them, of the kinds that few records have."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from shared.batch.types import SqlType, TargetColumn
from shared.codec import Column, FieldSpec, FloatForm, Kind, Null
from shared.transform.plan import Plan, PlanColumn
from shared.transform.sql_columns import python_values, value_text
from shared.transform.transformer import Outcome, Transformer


def run(spec: FieldSpec, target: TargetColumn, *records: bytes) -> Outcome:
    plan = Plan.fixed(spec.length, (PlanColumn(spec, target),), (), (), "LRECL.STG")
    return Transformer(plan).run(b"".join(records), 0, 1)


def values(found: Outcome) -> list[Any]:
    return list(python_values(found.tables[0].columns[0]))


def test_floats_become_doubles_and_nan_a_reject() -> None:
    spec = FieldSpec("RATE", Kind.FLOAT, 0, 8, float_form=FloatForm.IEEE, null_when=(Null.SPACES,))
    numbers = [struct.pack(">d", number) for number in (1.5, float("nan"), -1e300)]
    found = run(spec, TargetColumn("RATE", SqlType.DOUBLE), *numbers, b"\x40" * 8)
    assert values(found) == [1.5, -1e300, None]
    assert found.tables[0].columns[0].values.dtype == np.float64
    assert [(reject.offset, reject.code) for reject in found.rejects] == [(8, "LRD009")]


def test_raw_bytes_become_hexadecimal_text() -> None:
    spec = FieldSpec("POINTER", Kind.RAW, 0, 4, null_when=(Null.LOW_VALUES,))
    found = run(spec, TargetColumn("POINTER", SqlType.VARCHAR, 8), b"\x00\x1f\xe0\xff", bytes(4))
    assert values(found) == ["001FE0FF", None]


def test_a_float_is_shown_as_people_write_it() -> None:
    assert value_text(Column(np.array([0.1, -2.5e300])), 1, 0) == "-2.5e+300"
