"""Batches of several types and lengths through a pool child: parts in, a part for each table out."""

from __future__ import annotations

from array import array
from typing import Any

import pytest

from services.processor import child
from shared.messaging.messages import ProcessedBatch, RawBatch
from tests.support.batches import load_in
from tests.unit.transform.test_transform_types import PLAN

RECORDS = ["H07X", "L100", "Nabc", "L200", "Zabc"]
OFFSETS = [900, 1000, 1010, 1020, 1030]


def body(parts: dict[str, bytes] | None = None, **changes: Any) -> bytes:
    fields = {
        "run_id": "r", "batch_no": 1, "split_no": 0, "offset": 1000, "end": 1040, "block_end": 1100,
        "first_record_no": 5, "records": 4, "skipped": 2, "open_records": 1, "plan": PLAN.to_dict(),
        "plan_digest": "parts", "checksum": "0" * 32,
    }  # fmt: skip
    whole = {
        "records": "".join(RECORDS).encode("cp037"),
        "offsets": array("Q", OFFSETS).tobytes(),
        "lengths": array("I", [4] * 5).tobytes(),
    }
    return RawBatch.model_validate(fields | changes).pack(whole if parts is None else whole | parts)


def test_each_table_has_its_part() -> None:
    _, answer = child.process(body(), "p")
    message, parts = ProcessedBatch.unpack(answer)
    assert [(table.table, table.rows) for table in message.tables] == [("S.HEAD", 0), ("S.LINE", 2)]
    assert sorted(parts) == ["rejects", "rows.0", "rows.1"]
    counts = (message.records_read, message.records_valid, message.records_rejected, message.records_skipped)
    assert counts == (6, 2, 1, 3)
    assert (message.offset, message.end, message.block_end) == (1000, 1040, 1100)
    load = load_in(answer)
    assert load.tables[1].offsets.tolist() == [1000, 1020]
    assert [(reject.offset, reject.record_no, reject.code) for reject in load.rejects] == [(1030, 8, "LRV005")]


@pytest.mark.parametrize(
    ("parts", "changes"),
    [
        ({"offsets": bytes(7)}, {}),
        ({"lengths": bytes(19)}, {}),
        ({"offsets": bytes(8)}, {}),
        ({"lengths": array("I", [4, 4, 4, 4, 5]).tobytes()}, {}),
        ({"lengths": array("I", [3, 5, 4, 4, 4]).tobytes()}, {}),
        ({}, {"open_records": 6}),
        ({}, {"records": 5}),
    ],
)
def test_parts_that_contradict_each_other_are_poison(parts: dict[str, bytes], changes: dict[str, int]) -> None:
    summary, answer = child._answer(body(parts, **changes), "p")
    assert (summary["error"], answer) == ("LRP021", b"")


def test_what_nobody_foresaw_comes_with_its_traceback() -> None:
    summary, _ = child._answer(body(plan={"nonsense": 1}, plan_digest="nonsense"), "p")
    assert summary["error"] == "LRP032"
    assert "Traceback" in summary["traceback"]
    assert "traceback" not in child._answer(body(records=7), "p")[0]
