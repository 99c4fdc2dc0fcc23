"""The processor with a real broker and real children: decoded, confirmed, acknowledged; killed children replaced."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local.rabbit import RabbitNode
from services.processor import pool
from services.processor.settings import ProcessorSettings
from services.processor.worker import Processor
from shared.errors import PermanentError, TransientError
from shared.messaging.messages import ProcessedBatch, RawBatch, RunFault
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import PROCESSED, RAW, REPORTS
from tests.support.batches import by_reference, load_in, processed_batch, raw_batch
from tests.support.definitions import JOBS, compiled
from tests.support.queues import channel_to, depth, drain, renew, settings_for
from tests.support.refusals import refuse
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker

JOB = compiled(JOBS, "transactions")
LIMIT = 3
Send = Callable[[bytes], float]


@pytest.fixture
def bound() -> int:
    """Processed batches that the broker holds."""
    return 10


@pytest.fixture
def queues(broker: RabbitNode, bound: int) -> BrokerSettings:
    made = settings_for(broker, delivery_limit=LIMIT, processed_queue_bound=bound)
    renew(broker, made)
    return made


@pytest.fixture
def send(queues: BrokerSettings) -> Iterator[Send]:
    publisher = Publisher(queues, "test")
    yield lambda body: publisher.publish(RAW, body)
    publisher.close()


@contextmanager
def processing(queues: BrokerSettings, size: int = 1, **settings: Any) -> Iterator[Processor]:
    processor = Processor(ProcessorSettings(instance="processor-5", pool_size=size, **settings), queues)
    processor.start()
    try:
        yield processor
    finally:
        processor.drain(10)


def same_but_for_the_time(body: bytes, expected: bytes) -> bool:
    (found, parts), (wanted, wanted_parts) = ProcessedBatch.unpack(body), ProcessedBatch.unpack(expected)
    untimed = {"decode_micros": 0, "processor_id": ""}
    return parts == wanted_parts and found.model_copy(update=untimed) == wanted.model_copy(update=untimed)


def test_raw_batches_become_processed_ones(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path
) -> None:
    raws = [raw_batch(JOB, tmp_path, 50, 0.1, batch_no=number, offset=number * 6_000) for number in range(6)]
    with processing(queues, 2) as processor:
        for raw in raws:
            send(raw)
        wait_until(lambda: depth(broker, PROCESSED) == 6, 20)
        assert processor.checks() == {"broker": True, "pool": True}
    found = {ProcessedBatch.unpack(body)[0].batch_no: body for _, body in drain(broker, PROCESSED)}
    assert sorted(found) == list(range(6))
    for number, raw in enumerate(raws):
        assert same_but_for_the_time(found[number], processed_batch(raw))
        assert (len(load_in(found[number]).tables[0]), len(load_in(found[number]).rejects)) == (45, 5)
    assert {ProcessedBatch.unpack(body)[0].processor_id for body in found.values()} <= {
        "processor-5-1", "processor-5-2",
    }  # fmt: skip
    assert drain(broker, RAW) == []


@pytest.mark.parametrize("bound", [1])
def test_a_batch_is_acknowledged_only_when_the_next_queue_has_it(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path
) -> None:
    """The processed queue is full: the raw batch stays in hand, and goes back when the processor stops."""
    for number in range(6):
        send(raw_batch(JOB, tmp_path, 20, 0.0, batch_no=number))
    with processing(queues):
        wait_until(lambda: depth(broker, PROCESSED) >= 1, 20)
        wait_until(lambda: depth(broker, RAW) + depth(broker, PROCESSED) == 5)  # one in hand
    wait_until(lambda: depth(broker, RAW) + depth(broker, PROCESSED) == 6)
    done = [ProcessedBatch.unpack(body)[0].batch_no for _, body in drain(broker, PROCESSED)]
    left = [RawBatch.unpack(body)[0].batch_no for _, body in drain(broker, RAW)]
    assert sorted(done + left) == list(range(6))


def slowly(monkeypatch: pytest.MonkeyPatch, at_work: threading.Event, go_on: threading.Event) -> None:
    """Hold each batch before it goes to its child."""
    work = pool.Slot.work

    def held(slot: pool.Slot, body: bytes) -> Any:
        at_work.set()
        go_on.wait(10)
        return work(slot, body)

    monkeypatch.setattr(pool.Slot, "work", held)


def test_a_killed_child_costs_a_redelivery_not_a_batch(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, go_on = threading.Event(), threading.Event()
    slowly(monkeypatch, at_work, go_on)
    raw = raw_batch(JOB, tmp_path, 50, 0.1)
    with processing(queues) as processor:
        first = processor._slots[0]._process.pid
        send(raw)
        assert at_work.wait(10)
        os.kill(first, signal.SIGKILL)
        processor._slots[0]._process.join(5)
        go_on.set()
        wait_until(lambda: depth(broker, PROCESSED) == 1, 20)
        wait_until(lambda: processor.checks()["pool"])
        assert processor._slots[0]._process.pid != first
    ((_, body),) = drain(broker, PROCESSED)
    assert same_but_for_the_time(body, processed_batch(raw))
    assert [drain(broker, name) for name in (RAW, f"{RAW}.dead", REPORTS)] == [[], [], []]


def test_a_child_that_dies_without_work_is_replaced_without_work(queues: BrokerSettings) -> None:
    with processing(queues, size=2) as processor:
        wait_until(lambda: all(processor.checks().values()))
        idle = processor._slots[1]._process.pid
        os.kill(idle, signal.SIGKILL)
        wait_until(lambda: not processor.checks()["pool"] or processor._slots[1]._process.pid != idle)
        wait_until(lambda: all(processor.checks().values()), 20)
        assert processor._slots[1]._process.pid != idle


def test_a_batch_that_kills_its_child_each_time_is_dead_lettered(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, kills = pool.Slot.work, []

    def deadly(slot: pool.Slot, body: bytes) -> Any:
        if RawBatch.unpack(body)[0].batch_no == 13:
            kills.append(slot._process.pid)
            slot._process.kill()
            slot._process.join()
        return work(slot, body)

    monkeypatch.setattr(pool.Slot, "work", deadly)
    poison = raw_batch(JOB, tmp_path, 5, 0.0, batch_no=13)
    with processing(queues) as processor:
        send(poison)
        send(raw_batch(JOB, tmp_path, 5, 0.0, batch_no=14))
        wait_until(lambda: depth(broker, f"{RAW}.dead") == 1, 30)
        wait_until(lambda: depth(broker, PROCESSED) == 1, 20)
        assert processor.checks()["pool"]
    assert len(kills) == len(set(kills)) == LIMIT, "a child of its own for each try"
    ((_, body),) = drain(broker, f"{RAW}.dead")
    assert body == poison
    ((_, report),) = drain(broker, REPORTS)
    fault, _ = RunFault.unpack(report)
    assert (fault.run_id, fault.batch_no, fault.code, fault.fatal) == ("run", 13, "LRP031", False)
    assert fault.service == "processor processor-5"
    assert [ProcessedBatch.unpack(body)[0].batch_no for _, body in drain(broker, PROCESSED)] == [14]


def test_poison_is_dead_lettered_at_once_and_reported_when_its_run_is_known(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path
) -> None:
    good = raw_batch(JOB, tmp_path, 5, 0.0, batch_no=4)
    message, _ = RawBatch.unpack(good)
    with processing(queues):
        send(b"not a message")
        send(message.model_copy(update={"batch_no": 3}).pack({"records": b"too short"}))
        send(good)
        wait_until(lambda: depth(broker, PROCESSED) == 1, 20)
        wait_until(lambda: depth(broker, f"{RAW}.dead") == 2)
    ((_, report),) = drain(broker, REPORTS)
    fault, _ = RunFault.unpack(report)
    assert (fault.batch_no, fault.code, fault.fatal) == (3, "LRP020", False)


def test_records_that_stayed_in_the_file_are_read_there(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path
) -> None:
    raw = raw_batch(JOB, tmp_path, 50, 0.1, offset=1 << 44)
    reference = by_reference(raw, tmp_path / "sample.dat")
    with processing(queues, data_root=tmp_path):
        send(reference)
        wait_until(lambda: depth(broker, PROCESSED) == 1, 20)
    ((_, body),) = drain(broker, PROCESSED)
    expected = RawBatch.unpack(raw)[0].model_copy(update={"checksum": RawBatch.unpack(reference)[0].checksum})
    assert same_but_for_the_time(
        body, processed_batch(expected.pack({"records": (tmp_path / "sample.dat").read_bytes()}))
    )


def test_a_file_that_changed_stops_the_run_and_other_bytes_are_poison(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path
) -> None:
    raw = raw_batch(JOB, tmp_path, 5, 0.0, batch_no=3)
    other = by_reference(raw, tmp_path / "sample.dat", checksum="0" * 32)
    with processing(queues, data_root=tmp_path):
        send(other)
        wait_until(lambda: depth(broker, REPORTS) == 1, 20)
        (tmp_path / "sample.dat").write_bytes(b"another")
        send(by_reference(raw, tmp_path / "sample.dat").replace(b'"size":7', b'"size":8'))
        wait_until(lambda: depth(broker, REPORTS) == 2, 20)
    faults = [RunFault.unpack(body)[0] for _, body in drain(broker, REPORTS)]
    assert [(fault.code, fault.batch_no, fault.fatal) for fault in faults] == [
        ("LRP023", 3, False),
        ("LRF003", None, True),
    ]
    assert [body for _, body in drain(broker, f"{RAW}.dead")] == [other]
    assert drain(broker, RAW) == []


def test_a_fault_that_the_broker_does_not_take_at_once_ends_no_thread(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = by_reference(raw_batch(JOB, tmp_path, 5, 0.0), tmp_path / "sample.dat")
    refuse(monkeypatch, REPORTS, TransientError("LRM002", "away"), PermanentError("LRM003", "no such queue"))
    with processing(queues, data_root=tmp_path) as processor:
        (tmp_path / "sample.dat").write_bytes(b"another")
        send(reference)
        wait_until(lambda: depth(broker, REPORTS) == 1, 20)
        send(raw_batch(JOB, tmp_path, 5, 0.0))
        wait_until(lambda: depth(broker, PROCESSED) == 1, 20)
        assert processor.checks() == {"broker": True, "pool": True}


def test_a_missing_dead_letter_queue_ends_no_thread(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path
) -> None:
    good = raw_batch(JOB, tmp_path, 5, 0.0)
    with processing(queues.model_copy(update={"declare_queues": False})) as processor:
        send(b"the first letter: from now on the processor is connected")
        send(good)
        wait_until(lambda: depth(broker, PROCESSED) == 1, 20)
        with channel_to(broker) as channel:
            channel.queue_delete(f"{RAW}.dead")
        send(b"not a message")
        send(good)
        wait_until(lambda: depth(broker, PROCESSED) == 2, 30)
        assert processor.checks()["pool"]


def test_the_log_says_when_a_run_begins_and_garbage_is_not_logged_under_it(
    queues: BrokerSettings, send: Send, broker: RabbitNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with processing(queues):
        for number in range(3):
            send(raw_batch(JOB, tmp_path, 20, 0.0, batch_no=number))
        wait_until(lambda: depth(broker, PROCESSED) == 3, 20)
        send(b"not a message")
        wait_until(lambda: depth(broker, f"{RAW}.dead") == 1)
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "run begins here" in line]) == 1
    (garbage,) = [line for line in lines if "message dead-lettered" in line]
    assert "run_id" not in garbage
    (summary,) = [line for line in lines if "run pauses here" in line]
    assert "batches=3" in summary
    assert "records=60" in summary


def test_a_file_that_cannot_be_read_just_now_is_tried_again(
    broker: RabbitNode, queues: BrokerSettings, send: Send, tmp_path: Path
) -> None:
    raw = raw_batch(JOB, tmp_path, 5, 0.0)
    reference = by_reference(raw, tmp_path / "sample.dat")
    work, codes = pool.Slot.work, []
    with processing(queues, data_root=tmp_path) as processor, pytest.MonkeyPatch.context() as patch:

        def away_at_first(slot: pool.Slot, body: bytes) -> Any:
            summary, answer = work(slot, body)
            codes.append(summary.get("error"))
            if len(codes) == 1:
                return {"error": "LRF012", "message": "away", "remedy": "", "class": "transient"}, b""
            return summary, answer

        patch.setattr(pool.Slot, "work", away_at_first)
        send(reference)
        wait_until(lambda: depth(broker, PROCESSED) == 1, 20)
        assert processor.checks()["pool"]
    assert codes == [None, None]
    assert drain(broker, f"{RAW}.dead") == []


def test_a_processor_that_ends_ends_its_children(queues: BrokerSettings) -> None:
    with processing(queues, 2) as processor:
        children = [slot._process for slot in processor._slots]
        assert all(child.is_alive() for child in children)
    assert not any(child.is_alive() for child in children)
