"""A table of 18 columns and endless batches for it, in each of the forms that a way of inserting takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from shared.batch.arrow import to_ipc
from shared.batch.columns import BatchColumn, RowBatch, constant
from shared.batch.types import (
    BATCH_NO,
    RECORD_OFFSET,
    RUN_ID,
    STAGING_COLUMNS,
    WORKER_ID,
    SqlType,
    TableName,
    TargetColumn,
)
from shared.messaging.messages import ProcessedBatch, TableRows
from shared.transform.sql_columns import python_values

ROWS = 5_000
RECORD_LENGTH = 200
TABLE = TableName("LRECL", "STG_BENCH")
_RUN, _WORKER = "20240229-bench", "processor-1"

JOB_COLUMNS = (
    TargetColumn("CUSTOMER_ID", SqlType.BIGINT),
    TargetColumn("LAST_NAME", SqlType.VARCHAR, 25),
    TargetColumn("FIRST_NAME", SqlType.VARCHAR, 20),
    TargetColumn("CITY", SqlType.VARCHAR, 20),
    TargetColumn("STATE", SqlType.CHAR, 2),
    TargetColumn("PHONE", SqlType.VARCHAR, 15),
    TargetColumn("STATUS", SqlType.CHAR, 1),
    TargetColumn("BRANCH", SqlType.SMALLINT),
    TargetColumn("SCORE", SqlType.INTEGER),
    TargetColumn("VISITS", SqlType.INTEGER),
    TargetColumn("BALANCE", SqlType.DECIMAL, 11, 2),
    TargetColumn("CREDIT_LIMIT", SqlType.DECIMAL, 9, 2),
    TargetColumn("OPENED_ON", SqlType.DATE, 10),
    TargetColumn("CLOSED_ON", SqlType.DATE, 10),
)
COLUMNS = (*STAGING_COLUMNS, *JOB_COLUMNS)


class Batch:
    """Batch ``number``: the same values in each, but for what the table's key needs."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.offsets = (number * ROWS + np.arange(ROWS, dtype=np.int64)) * RECORD_LENGTH

    @cached_property
    def columns(self) -> list[BatchColumn]:
        """All 18 columns, bound as they are."""
        return [
            constant(RUN_ID, _RUN, ROWS),
            constant(BATCH_NO, self.number, ROWS),
            BatchColumn(RECORD_OFFSET, self.offsets),
            constant(WORKER_ID, _WORKER, ROWS),
            *_VALUES,
        ]

    @cached_property
    def tuples(self) -> tuple[tuple[Any, ...], ...]:
        """The same rows as ``execute_many`` takes them; decimals as text, which is how its users pass them."""
        offsets = self.offsets.tolist()
        return tuple((_RUN, self.number, offset, _WORKER, *row) for offset, row in zip(offsets, _ROWS, strict=True))

    @cached_property
    def message(self) -> bytes:
        """What a writer takes from its queue."""
        return self._message.pack({"rows.0": to_ipc(RowBatch(self.offsets, _VALUES))})

    @property
    def _message(self) -> ProcessedBatch:
        return ProcessedBatch(
            run_id=_RUN,
            batch_no=self.number,
            split_no=0,
            offset=int(self.offsets[0]),
            end=int(self.offsets[0]) + ROWS * RECORD_LENGTH,
            first_record_no=self.number * ROWS + 1,
            records_read=ROWS,
            records_valid=ROWS,
            records_rejected=0,
            totals=[],
            checksum="0" * 32,
            processor_id=_WORKER,
            decode_micros=0,
            tables=[TableRows(table=str(TABLE), rows=ROWS, columns=[column.to_dict() for column in JOB_COLUMNS])],
        )


def _text(target: TargetColumn, values: Sequence[str | None]) -> BatchColumn:
    raw = [(value or "").encode() for value in values]
    stride = max(map(len, raw))
    lengths = [-1 if value is None else len(each) for value, each in zip(values, raw, strict=True)]
    block = np.frombuffer(b"".join(each.ljust(stride) for each in raw), np.uint8).reshape(len(raw), stride)
    return BatchColumn(target, block, np.array(lengths, np.int32))


def _values() -> list[BatchColumn]:
    """Values of changing length and sign, a NULL in the last column of every second row."""
    rows = range(ROWS)
    made: list[Sequence[Any]] = [
        [10**9 + row for row in rows],
        ["Åkerlund-Hernández"[: 6 + row % 12] for row in rows],
        ["Maximiliane"[: 3 + row % 9] for row in rows],
        ["San Bernardino"[: 4 + row % 11] for row in rows],
        [("CA", "NY", "TX")[row % 3] for row in rows],
        [f"+1 555 {row % 10_000:04d}" for row in rows],
        ["AC"[row % 2] for row in rows],
        [row % 900 for row in rows],
        [row * 7 % 850 for row in rows],
        [row % 50 for row in rows],
        [f"{'-+'[row % 2]}{row * 37:09d}.{row % 100:02d}" for row in rows],
        [f"+{row % 90:07d}.00" for row in rows],
        [f"20{row % 24:02d}-{row % 12 + 1:02d}-{row % 28 + 1:02d}" for row in rows],
        [None if row % 2 else "2024-02-29" for row in rows],
    ]
    return [
        _text(target, values) if isinstance(values[0], str) else BatchColumn(target, np.array(values, np.int64))
        for target, values in zip(JOB_COLUMNS, made, strict=True)
    ]


def _plain(column: BatchColumn) -> list[Any]:
    values = list(python_values(column))
    return [str(value) for value in values] if column.target.sql_type is SqlType.DECIMAL else values


_VALUES = _values()
_ROWS = list(zip(*(_plain(column) for column in _VALUES), strict=True))
