"""Ledger and reject rows: every value in its column, long records in parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from services.writer.control_rows import (
    LEDGER_COLUMNS,
    REJECT_COLUMNS,
    duplicate_row,
    ledger_row,
    reject_rows,
)
from shared.batch.arrow import to_ipc
from shared.batch.columns import BatchColumn, RowBatch
from shared.batch.rejects import Reject, encode_rejects
from shared.batch.types import SqlType
from shared.errors import PoisonError
from shared.messaging.messages import ControlTotal, ProcessedBatch
from shared.transform.sql_columns import python_values
from tests.support.batches import load_in

TOTALS = [
    ControlTotal(name="A", scale=2, valid=10**30, rejected=-5, unreadable=3),
    ControlTotal(name="B", scale=0, valid=0, rejected=0, unreadable=0),
]


def message(**changes: Any) -> ProcessedBatch:
    fields: dict[str, Any] = {
        "run_id": "run", "batch_no": 5, "split_no": 1, "offset": 2**40, "end": 2**40 + 600,
        "block_end": 2**40 + 640, "first_record_no": 77, "records_read": 7, "records_valid": 4, "records_rejected": 2,
        "records_skipped": 1, "totals": TOTALS, "checksum": "0123456789abcdef" * 2,
        "processor_id": "p", "decode_micros": 77, "tables": [],
    }  # fmt: skip
    return ProcessedBatch.model_validate(fields | changes)


def reject(raw_hex: str = "40", **changes: Any) -> Reject:
    fields = {"offset": 100, "record_no": 2, "field": "F", "field_offset": 3, "code": "LRD001", "message": "m"}
    return Reject(**(fields | changes), raw_hex=raw_hex)  # type: ignore[arg-type]  # a mixed dictionary


def table(columns: list[BatchColumn]) -> list[dict[str, Any]]:
    names = [column.target.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*map(python_values, columns), strict=True)]


def test_the_ledger_row() -> None:
    columns = ledger_row(message(), "w-1")
    assert [column.target for column in columns] == list(LEDGER_COLUMNS)
    assert table(columns) == [
        {
            "RUN_ID": "run", "BATCH_NO": 5, "SPLIT_NO": 1, "START_OFFSET": 2**40, "BYTES": 600, "RECORDS_READ": 7,
            "RECORDS_VALID": 4, "RECORDS_REJECTED": 2, "RECORDS_SKIPPED": 1, "FIRST_RECORD_NO": 77,
            "BLOCK_END": 2**40 + 640, "CONTROL_TOTALS": f"A:2:{10**30}:-5:3;B:0:0:0:0",
            "CHECKSUM": "0123456789abcdef" * 2, "PROCESSOR_ID": "p", "WRITER_ID": "w-1", "DECODE_MICROS": 77,
        }
    ]  # fmt: skip


def test_a_job_without_totals() -> None:
    assert table(ledger_row(message(totals=[]), "w"))[0]["CONTROL_TOTALS"] == ""


def test_a_duplicate_is_named_by_batch_and_content() -> None:
    assert table(duplicate_row(message())) == [{"RUN_ID": "run", "BATCH_NO": 5, "CHECKSUM": "0123456789abcdef" * 2}]


def test_reject_rows() -> None:
    columns = reject_rows(
        message(), [reject("c1c2"), reject("c3", offset=200, record_no=3, faults=2, message="größer")]
    )
    assert [column.target for column in columns] == list(REJECT_COLUMNS)
    first, second = table(columns)
    assert first == {
        "RUN_ID": "run", "RECORD_OFFSET": 100, "PART": 0, "BATCH_NO": 5, "RECORD_NO": 2, "FIELD": "F",
        "FIELD_OFFSET": 3, "CODE": "LRD001", "MESSAGE": "m", "FAULTS": 1, "RAW_HEX": "c1c2",
    }  # fmt: skip
    assert (second["RECORD_OFFSET"], second["MESSAGE"], second["FAULTS"], second["RAW_HEX"]) == (200, "größer", 2, "c3")


def test_no_rejects_no_rows() -> None:
    assert reject_rows(message(), []) == []


@pytest.mark.parametrize(("size", "parts"), [(0, 1), (8_000, 1), (8_001, 2), (32_760, 5)])
def test_long_records_go_on_in_parts(size: int, parts: int) -> None:
    raw = np.random.default_rng(1).bytes(size).hex()
    rows = table(reject_rows(message(), [reject("ff"), reject(raw, offset=9)]))[1:]
    assert [row["PART"] for row in rows] == list(range(parts))
    assert "".join(row["RAW_HEX"] for row in rows) == raw
    assert all(len(row["RAW_HEX"]) <= 16_000 for row in rows)
    assert {row["RECORD_OFFSET"] for row in rows} == {9}


def test_texts_are_cut_to_their_columns_at_whole_characters() -> None:
    (row,) = table(reject_rows(message(), [reject(message="é" * 700, field="x" + "é" * 200)]))
    assert row["MESSAGE"] == "é" * 500
    assert row["FIELD"] == "x" + "é" * 127, "256 bytes end in the middle of a character"


@pytest.mark.parametrize(
    "change",
    [
        {"code": "LRD0001"}, {"code": "LRD00é"}, {"code": ""}, {"code": 1}, {"record_no": 2**63}, {"offset": "1"},
        {"field_offset": 2**31}, {"faults": True}, {"raw_hex": "\ud800"}, {"raw_hex": None}, {"field": 1},
        {"message": None},
    ],
)  # fmt: skip
def test_a_reject_that_no_row_can_hold_is_poison(change: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"raw_hex": "40"} | change
    body = message(records_valid=0, records_rejected=1).pack({"rejects": encode_rejects([reject(**fields)])})
    with pytest.raises(PoisonError) as caught:
        load_in(body)
    assert caught.value.code == "LRP041"


def test_half_a_surrogate_pair_in_a_message_is_shown_escaped() -> None:
    (row,) = table(reject_rows(message(), [reject(message="a\ud800", field="\udfff")]))
    assert (row["MESSAGE"], row["FIELD"]) == ("a\\ud800", "\\udfff")


def test_control_columns_fit_the_migration() -> None:
    limits = {column.name: column.length for column in (*LEDGER_COLUMNS, *REJECT_COLUMNS)}
    assert (limits["CONTROL_TOTALS"], limits["MESSAGE"], limits["RAW_HEX"], limits["CHECKSUM"]) == (
        4000,
        1000,
        16000,
        32,
    )
    assert all(column.length for column in LEDGER_COLUMNS if column.sql_type in (SqlType.CHAR, SqlType.VARCHAR))


@pytest.mark.parametrize(("valid", "rejected"), [(1, 1), (0, 2), (0, 0)])
def test_a_batch_must_hold_what_it_promises(valid: int, rejected: int) -> None:
    rows = RowBatch(np.zeros(0, np.int64), [])
    tables = [{"table": "S.T", "rows": 0, "columns": []}]
    body = message(records_valid=valid, records_rejected=rejected, tables=tables).pack(
        {"rows.0": to_ipc(rows), "rejects": encode_rejects([reject()])}
    )
    with pytest.raises(PoisonError) as caught:
        load_in(body)
    assert caught.value.code == "LRP041"
    assert "batch 5" in caught.value.message
