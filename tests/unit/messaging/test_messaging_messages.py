"""The messages: round trips, strangers and strange fields."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shared.errors import PoisonError
from shared.messaging.messages import (
    ControlTotal,
    Event,
    FileIdentity,
    Message,
    OpenRecord,
    ProcessedBatch,
    RawBatch,
    ReadCommand,
    RunFault,
    SplitReport,
    TableRows,
)
from shared.messaging.wire import pack, unpack

FILE = FileIdentity(path="in/a.dat", size=2**40, mtime_ns=1_700_000_000_123_456_789)
PLAN: dict[str, Any] = {"record_length": 4}
WIDE_SUM = 10**40
EXAMPLES: list[Message] = [
    ReadCommand(
        run_id="r", file=FILE, file_no=3, compression="gzip", split_no=1, offset=0, end=8, block_end=4,
        open_records=[OpenRecord(offset=2**40, record="00ff")], framing={"format": "F", "record_length": 4},
        batch_records=2, batch_bytes=100, plan=PLAN, plan_digest="d",
    ),
    RawBatch(
        run_id="r", batch_no=1, split_no=0, offset=2**46, end=2**46 + 8, first_record_no=1, records=2, skipped=1,
        open_records=1, plan=PLAN, plan_digest="d", checksum="c" * 32,
    ),
    ProcessedBatch(
        run_id="r", batch_no=1, split_no=0, offset=0, end=12, first_record_no=1, records_read=3, records_valid=1,
        records_rejected=1, records_skipped=1, checksum="c" * 32, processor_id="p", decode_micros=5,
        totals=[ControlTotal(name="A", scale=2, valid=WIDE_SUM, rejected=-WIDE_SUM, unreadable=0)],
        tables=[TableRows(table="S.T", rows=1, columns=[{"name": "A"}])],
    ),
    SplitReport(run_id="r", split_no=0, read_to=8, batches=1, records=2, last=True, reader_id="x"),
    RunFault(run_id="r", code="LRF001", message="é", service="reader", batch_no=7),
]  # fmt: skip
ALL = pytest.mark.parametrize("example", EXAMPLES, ids=[type(one).__name__ for one in EXAMPLES])


@ALL
def test_a_message_comes_back_with_its_parts(example: Message) -> None:
    found, parts = type(example).unpack(example.pack({"records": b"\x00\xff", "more": b""}))
    assert found == example.model_copy(update={"parts": {"records": 2, "more": 0}})
    assert {name: bytes(part) for name, part in parts.items()} == {"records": b"\x00\xff", "more": b""}


def changed(example: Message, **changes: Any) -> bytes:
    header, _ = unpack(example.pack())
    kept = {key: value for key, value in (header | changes).items() if value is not ...}
    return pack({key: value for key, value in kept.items() if key != "parts"})


@ALL
def test_unknown_fields_are_poison(example: Message) -> None:
    with pytest.raises(PoisonError) as caught:
        type(example).unpack(changed(example, surprise=1))
    assert caught.value.code == "LRP005"
    assert "surprise" in caught.value.message


@ALL
def test_missing_and_wrong_fields_are_poison(example: Message) -> None:
    for change in (..., [1], None):
        with pytest.raises(PoisonError) as caught:
            type(example).unpack(changed(example, run_id=change))
        assert caught.value.code == "LRP005"


@ALL
def test_another_kind_or_version_is_poison(example: Message) -> None:
    for change in ({"kind": "other"}, {"version": 2}, {"kind": ...}, {"version": "1"}):
        with pytest.raises(PoisonError) as caught:
            type(example).unpack(changed(example, **change))
        assert caught.value.code == "LRP004"


def test_each_message_refuses_every_other() -> None:
    for sent in EXAMPLES:
        for expected in EXAMPLES:
            if type(sent) is not type(expected):
                with pytest.raises(PoisonError, match="expected"):
                    type(expected).unpack(sent.pack())


def test_counts_are_not_negative() -> None:
    with pytest.raises(PoisonError):
        RawBatch.unpack(changed(EXAMPLES[1], records=-1))


def test_events_refuse_unknown_kinds_and_fields() -> None:
    event = {"kind": "heartbeat", "service": "reader", "instance": "1", "figures": {"a": [1]}}
    assert Event.model_validate(event).figures == {"a": [1]}
    for change in ({"kind": "gossip"}, {"more": 1}):
        with pytest.raises(ValidationError):
            Event.model_validate(event | change)
