"""The reader with a real broker: a command becomes the file's bytes in numbered batches, and a report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local.rabbit import RabbitNode
from services.reader.settings import ReaderSettings
from services.reader.worker import Reader
from shared.errors import PermanentError, TransientError
from shared.framing.files import identity
from shared.framing.fixed import FixedFraming
from shared.framing.variable import VariableFraming
from shared.messaging.messages import (
    BATCHES_PER_SPLIT,
    FILE_STRIDE,
    FileIdentity,
    RawBatch,
    ReadCommand,
    RunFault,
    SplitReport,
)
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW, READ, REPORTS
from shared.records.conditions import RecordType
from tests.support.queues import channel_to, depth, drain, renew, settings_for
from tests.support.refusals import refuse
from tests.support.waiting import wait_until
from tests.unit.framing.writers import rdw

pytestmark = pytest.mark.broker

LENGTH, RECORDS = 10, 23
PLAN = {"record_length": LENGTH, "records": [{"type": RecordType("ALL").to_dict()}]}
Send = Callable[[bytes], float]


@pytest.fixture
def queues(broker: RabbitNode) -> BrokerSettings:
    made = settings_for(broker, raw_queue_bound=50, delivery_limit=2)
    renew(broker, made)
    return made


@pytest.fixture
def send(queues: BrokerSettings) -> Iterator[Send]:
    publisher = Publisher(queues, "test")
    yield lambda body: publisher.publish(READ, body)
    publisher.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "in.dat"
    made.write_bytes(os.urandom(LENGTH * RECORDS))
    return made


def command(path: Path, **changes: Any) -> ReadCommand:
    size, mtime = identity(path)
    fields = {
        "run_id": "run-1", "file": FileIdentity(path=path.name, size=size, mtime_ns=mtime), "split_no": 2, "offset": 0,
        "end": size, "framing": FixedFraming(LENGTH).to_dict(), "batch_records": 5,
        "batch_bytes": 1 << 20, "plan": PLAN, "plan_digest": "d",
    }  # fmt: skip
    return ReadCommand.model_validate(fields | changes)


@contextmanager
def reading(queues: BrokerSettings, root: Path, **settings: Any) -> Iterator[Reader]:
    reader = Reader(ReaderSettings(instance="reader-3", data_root=root, **settings), queues)
    reader.start()
    try:
        wait_until(lambda: all(reader.checks().values()))
        yield reader
    finally:
        reader.drain(10)


def reports(broker: RabbitNode) -> list[SplitReport]:
    return [SplitReport.unpack(body)[0] for _, body in drain(broker, REPORTS)]


def batches(broker: RabbitNode) -> list[tuple[RawBatch, bytes]]:
    unpacked = [RawBatch.unpack(body) for _, body in drain(broker, RAW)]
    return [(message, bytes(parts["records"])) for message, parts in unpacked]


def test_a_command_becomes_batches_and_a_report(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path
) -> None:
    with reading(queues, path.parent):
        send(command(path).pack())
        wait_until(lambda: depth(broker, REPORTS) == 1)
    found = batches(broker)
    assert b"".join(data for _, data in found) == path.read_bytes()
    first_number = 2 * BATCHES_PER_SPLIT
    assert [(m.batch_no, m.offset, m.first_record_no, m.records) for m, _ in found] == [
        (first_number, 0, 1, 5),
        (first_number + 1, 50, 6, 5),
        (first_number + 2, 100, 11, 5),
        (first_number + 3, 150, 16, 5),
        (first_number + 4, 200, 21, 3),
    ]
    for message, data in found:
        assert (message.end, message.parts) == (message.offset + len(data), {"records": len(data)})
        assert (message.run_id, message.split_no) == ("run-1", 2)
        assert (message.plan, message.plan_digest) == (PLAN, "d")
    (report,) = reports(broker)
    assert (report.run_id, report.split_no, report.read_to) == ("run-1", 2, LENGTH * RECORDS)
    assert (report.batches, report.records, report.last, report.reader_id) == (5, RECORDS, True, "reader-3")
    assert drain(broker, READ) == []


def test_a_long_read_is_handed_on_and_gives_the_same_batches(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path
) -> None:
    with reading(queues, path.parent):
        send(command(path).pack())
        wait_until(lambda: depth(broker, REPORTS) == 1)
    whole = batches(broker)
    drain(broker, REPORTS)
    with reading(queues, path.parent, hand_on_seconds=1e-9):
        send(command(path).pack())
        wait_until(lambda: depth(broker, REPORTS) == 5)
    assert batches(broker) == whole
    told = [(report.read_to, report.batches, report.records, report.last) for report in reports(broker)]
    assert told == [
        (50, 1, 5, False),
        (100, 2, 10, False),
        (150, 3, 15, False),
        (200, 4, 20, False),
        (230, 5, 23, True),
    ]
    assert drain(broker, READ) == []


def test_an_empty_range_is_reported_as_read(broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path) -> None:
    with reading(queues, path.parent):
        send(command(path, end=0).pack())
        wait_until(lambda: depth(broker, REPORTS) == 1)
    assert batches(broker) == []
    (report,) = reports(broker)
    assert (report.read_to, report.batches, report.last) == (0, 0, True)


def test_records_of_any_length_come_with_their_places_and_offsets_of_their_file(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path
) -> None:
    path.write_bytes(b"".join(map(rdw, [b"one", b"", b"three"])))
    with reading(queues, path.parent):
        framing = VariableFraming().to_dict()
        send(command(path, framing=framing, plan=PLAN | {"record_length": None}, file_no=1).pack())
        wait_until(lambda: depth(broker, REPORTS) == 1)
    ((_, body),) = drain(broker, RAW)
    message, parts = RawBatch.unpack(body)
    assert (message.offset, message.end, message.records) == (FILE_STRIDE, FILE_STRIDE + 20, 3)
    assert list(parts["offsets"].cast("Q")) == [FILE_STRIDE, FILE_STRIDE + 7, FILE_STRIDE + 11]
    assert list(parts["lengths"].cast("I")) == [3, 0, 5]
    (report,) = reports(broker)
    assert (report.read_to, report.records, report.last) == (20, 3, True)


def test_a_file_that_is_not_of_its_format_stops_the_run_with_place_and_bytes(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path
) -> None:
    path.write_bytes(rdw(b"one") + bytes(4) + rdw(b"two"))
    with reading(queues, path.parent):
        send(command(path, framing=VariableFraming().to_dict()).pack())
        wait_until(lambda: depth(broker, REPORTS) == 1)
    ((_, report),) = drain(broker, REPORTS)
    fault, _ = RunFault.unpack(report)
    assert (fault.code, fault.fatal) == ("LRF020", True)
    assert "in.dat: byte 7" in fault.message
    assert "|00000000" in fault.message


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda path: path.write_bytes(path.read_bytes() + bytes(LENGTH)), "LRF003"),
        (lambda path: os.utime(path, ns=(1, 1)), "LRF003"),
        (lambda path: path.unlink(), "LRF011"),
    ],
)
def test_a_file_that_changed_stops_the_run(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path, spoil: Callable[[Path], None], code: str
) -> None:
    body = command(path).pack()
    spoil(path)
    with reading(queues, path.parent) as reader:
        send(body)
        wait_until(lambda: depth(broker, REPORTS) == 1)
        assert all(reader.checks().values()), "the reader is well"
    ((_, report),) = drain(broker, REPORTS)
    fault, _ = RunFault.unpack(report)
    assert (fault.run_id, fault.code, fault.fatal, fault.batch_no) == ("run-1", code, True, None)
    assert fault.service == "reader reader-3"
    assert batches(broker) == []
    assert drain(broker, READ) == []


def test_a_fault_that_the_broker_does_not_take_at_once_ends_no_thread(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = command(path, file=FileIdentity(path=path.name, size=1, mtime_ns=1)).pack()
    refuse(monkeypatch, REPORTS, TransientError("LRM002", "away"), PermanentError("LRM003", "no such queue"))
    with reading(queues, path.parent) as reader:
        send(body)
        wait_until(lambda: depth(broker, REPORTS) == 1, 20)
        send(command(path).pack())
        wait_until(lambda: depth(broker, REPORTS) == 2)
        assert all(reader.checks().values())
    assert len(batches(broker)) == 5


def test_a_missing_dead_letter_queue_ends_no_thread(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path
) -> None:
    """The garbage comes again until the broker puts it aside itself; then the next command is read."""
    with reading(queues.model_copy(update={"declare_queues": False}), path.parent) as reader:
        send(b"the first letter: from now on the reader is connected")
        send(command(path).pack())
        wait_until(lambda: depth(broker, REPORTS) == 1)
        with channel_to(broker) as channel:
            channel.queue_delete(f"{READ}.dead")
        send(b"not a message")
        send(command(path).pack())
        wait_until(lambda: depth(broker, REPORTS) == 2, 30)
        assert reader.checks()["worker"]


def test_what_is_no_command_is_dead_lettered_and_the_next_is_read(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path
) -> None:
    with reading(queues, path.parent):
        send(b"not a message")
        send(RunFault(run_id="r", code="LRF001", message="m", service="s").pack())
        send(command(path).pack())
        wait_until(lambda: depth(broker, REPORTS) == 1)
        wait_until(lambda: depth(broker, f"{READ}.dead") == 2)
    assert len(batches(broker)) == 5


def test_a_reader_that_stops_before_a_full_queue_gives_its_command_back(
    broker: RabbitNode, tmp_path: Path, path: Path
) -> None:
    """… and the next reader begins the same command anew: the same batches again, which the ledger makes once."""
    queues = settings_for(broker, raw_queue_bound=2)
    renew(broker, queues)
    publisher = Publisher(queues, "test")
    publisher.publish(READ, command(path).pack())
    with reading(queues, path.parent):
        wait_until(lambda: depth(broker, RAW) >= 2)
        time.sleep(0.3)
    assert depth(broker, REPORTS) == 0
    wait_until(lambda: depth(broker, READ) == 1)
    first = batches(broker)
    assert 2 <= len(first) <= 4
    found: list[tuple[RawBatch, bytes]] = []
    with reading(queues, path.parent):
        while depth(broker, REPORTS) == 0 or depth(broker, RAW) > 0:
            found += batches(broker)
    assert found[: len(first)] == first
    assert b"".join(data for _, data in found) == path.read_bytes()
    publisher.close()


def test_a_reader_that_dies_leaves_its_command_to_the_next(
    broker: RabbitNode, queues: BrokerSettings, send: Send, path: Path
) -> None:
    """Acknowledged only after the report: what a dead reader had in hand is delivered again."""
    send(command(path).pack())
    with channel_to(broker) as channel:
        method, _, _ = channel.basic_get(READ)  # taken by one that dies
        assert method is not None
    with reading(queues, path.parent):
        wait_until(lambda: depth(broker, REPORTS) == 1)
    assert len(batches(broker)) == 5
