"""The messages: round trips, strangers and strange fields."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shared.errors import PermanentError, PoisonError
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


READ, RAW, PROCESSED, REPORT, FAULT = EXAMPLES
TOO_LARGE, TOO_LARGE_FOR_INTEGER = 2**63, 2**31


@pytest.mark.parametrize(
    ("example", "name", "bytes_of_column"),
    [
        *[(example, "run_id", 32) for example in EXAMPLES],
        (RAW, "checksum", 32),
        (PROCESSED, "checksum", 32),
        (PROCESSED, "processor_id", 64),
        (REPORT, "reader_id", 64),
        (FAULT, "code", 6),
        (FAULT, "message", 4000),
        (FAULT, "remedy", 4000),
        (FAULT, "service", 128),
    ],
)
def test_a_text_is_as_long_as_its_column_at_most(example: Message, name: str, bytes_of_column: int) -> None:
    """Db2 counts bytes: half as many letters are too many where each has two bytes."""
    fits = "é" * (bytes_of_column // 2)
    for text in (fits, "x" * bytes_of_column):
        found, _ = type(example).unpack(changed(example, **{name: text}))
        assert getattr(found, name) == text
    for text in (fits + "x", "x" * (bytes_of_column + 1), "\ud800"):
        with pytest.raises(PoisonError) as caught:
            type(example).unpack(changed(example, **{name: text}))
        assert caught.value.code == "LRP005"
        assert name in caught.value.message


@pytest.mark.parametrize(
    ("example", "name", "too_large"),
    [
        (READ, "split_no", TOO_LARGE_FOR_INTEGER),
        (READ, "attempt", TOO_LARGE_FOR_INTEGER),
        (READ, "end", TOO_LARGE),
        (RAW, "batch_no", TOO_LARGE),
        (RAW, "records", TOO_LARGE_FOR_INTEGER),
        (PROCESSED, "records_read", TOO_LARGE_FOR_INTEGER),
        (PROCESSED, "decode_micros", TOO_LARGE),
        (REPORT, "split_no", TOO_LARGE_FOR_INTEGER),
        (REPORT, "read_to", 10**30),
        (FAULT, "batch_no", TOO_LARGE),
    ],
)
def test_a_number_fits_its_column(example: Message, name: str, too_large: int) -> None:
    fits = min(too_large, TOO_LARGE) - 1
    found, _ = type(example).unpack(changed(example, **{name: fits}))
    assert getattr(found, name) == fits
    with pytest.raises(PoisonError) as caught:
        type(example).unpack(changed(example, **{name: too_large}))
    assert caught.value.code == "LRP005"


@pytest.mark.parametrize(
    "change",
    [{"name": "A:B"}, {"name": "A;B"}, {"name": ""}, {"scale": 10**9}, {"scale": -(10**9)}, {"valid": 10**1000},
     {"rejected": -(10**1000)}, {"unreadable": TOO_LARGE}],
)  # fmt: skip
def test_a_control_total_can_be_kept_in_the_ledger(change: dict[str, Any]) -> None:
    total = {"name": "A", "scale": 2, "valid": 10**999, "rejected": 0, "unreadable": 0}
    ProcessedBatch.unpack(changed(PROCESSED, totals=[total]))
    with pytest.raises(PoisonError):
        ProcessedBatch.unpack(changed(PROCESSED, totals=[total | change]))


def test_the_totals_of_a_batch_fit_their_column() -> None:
    def totals(count: int) -> list[dict[str, Any]]:
        return [{"name": "T" * 31, "scale": 0, "valid": 0, "rejected": 0, "unreadable": 0} for _ in range(count)]

    ProcessedBatch.unpack(changed(PROCESSED, totals=totals(100)))
    with pytest.raises(PoisonError, match="longer than 4000 bytes"):
        ProcessedBatch.unpack(changed(PROCESSED, totals=totals(101)))


def test_the_service_that_writes_a_fault_cuts_its_texts() -> None:
    error = PermanentError("LRF003", "é" * 5_000 + "\ud800", remedy="x" * 5_000)
    fault = RunFault.of("r", error, "processor " + "é" * 100, fatal=True)
    found, _ = RunFault.unpack(fault.pack())
    assert (found.message, found.remedy) == ("é" * 2_000, "x" * 4_000)
    assert found.service == "processor " + "é" * 59


def test_events_refuse_unknown_kinds_and_fields() -> None:
    event = {"kind": "heartbeat", "service": "reader", "instance": "1", "figures": {"a": [1]}}
    assert Event.model_validate(event).figures == {"a": [1]}
    for change in ({"kind": "gossip"}, {"more": 1}):
        with pytest.raises(ValidationError):
            Event.model_validate(event | change)
