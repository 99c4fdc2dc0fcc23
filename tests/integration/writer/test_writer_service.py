"""The writer between a real broker and a real database: acknowledged means committed, once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client import REGISTRY

from deploy.local.rabbit import RabbitNode
from services.writer.settings import WriterSettings
from services.writer.transaction import BatchWriter, Load, WriteOutcome
from services.writer.worker import Writer
from shared.database.errors import classify
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from shared.errors import PermanentError, TransientError
from shared.messaging.messages import ProcessedBatch, RunFault
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import PROCESSED, REPORTS
from tests.support.batches import load_in, processed_batch
from tests.support.derby import DerbyEndpoint
from tests.support.ledger import Stored, ledger_row, stored
from tests.support.queues import channel_to, depth, drain, renew, settings_for
from tests.support.refusals import refuse
from tests.support.runs import insert_run
from tests.support.sessions import fresh_name
from tests.support.tcp import TcpProxy
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.database]

SCHEMA = "WRITERTEST"
Make = Callable[..., bytes]


@pytest.fixture
def queues(broker: RabbitNode) -> BrokerSettings:
    made = settings_for(broker, delivery_limit=3)
    renew(broker, made)
    return made


@pytest.fixture
def send(queues: BrokerSettings) -> Iterator[Callable[[bytes], float]]:
    publisher = Publisher(queues, "test")
    yield lambda body: publisher.publish(PROCESSED, body)
    publisher.close()


@pytest.fixture
def proxy(database: DerbyEndpoint, tables: DatabaseSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TcpProxy]:
    """Before the database; the writer is told of it by its environment, as always."""
    with TcpProxy(database.port) as running:
        for name in ("host", "name", "user", "dialect", "control_schema"):
            monkeypatch.setenv(f"LRECL_DB_{name.upper()}", str(getattr(tables, name)))
        monkeypatch.setenv("LRECL_DB_PASSWORD", database.password)
        monkeypatch.setenv("LRECL_DB_PORT", str(running.port))
        yield running


@contextmanager
def writing(queues: BrokerSettings, **settings: Any) -> Iterator[Writer]:
    writer = Writer(WriterSettings(instance="writer-9", **settings), queues)
    writer.start()
    try:
        yield writer
    finally:
        writer.drain(10)


def committed(session: Session, load: Load, expected: Stored) -> None:
    wait_until(lambda: stored(session, load) == expected, 20)


def test_batches_are_committed_then_acknowledged(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make,
) -> None:  # fmt: skip
    bodies = [processed_batch(make_raw(batch_no=number, offset=number * 4_800)) for number in range(8)]
    with writing(queues) as writer:
        wait_until(lambda: all(writer.checks().values()))
        for body in bodies:
            send(body)
        committed(session, load_in(bodies[0]), Stored(ledger=8, staged=8 * 36, rejects=8 * 4))
        assert list(writer.checks()) == ["thread-1", "thread-2"]
    assert drain(broker, PROCESSED) == []
    assert drain(broker, f"{PROCESSED}.dead") == []
    assert ledger_row(session, load_in(bodies[0]))["writer_id"].startswith("writer-9-")


def test_a_batch_delivered_twice_is_in_the_ledger_once(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make,
) -> None:  # fmt: skip
    body = processed_batch(make_raw())
    load = load_in(body)
    with writing(queues):
        for _ in range(3):
            send(body)
        committed(session, load, Stored(1, 36, 4))
        wait_until(lambda: ledger_row(session, load)["duplicates"] == 2)
    assert drain(broker, PROCESSED) == []


def test_batches_of_a_stopped_run_are_acknowledged_and_dropped(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """… each is counted, and the log says it once for the run; other runs are loaded."""
    stopped, other = fresh_name("run-"), fresh_name("run-")
    insert_run(session, SCHEMA, stopped, "cancelling")
    insert_run(session, SCHEMA, other, "loading")
    dropped = [processed_batch(make_raw(run_id=stopped, batch_no=number, offset=number * 4_800)) for number in range(3)]
    before = dropped_batches()
    with writing(queues, writer_threads=1):
        for body in (*dropped, processed_batch(make_raw(run_id=other))):
            send(body)
        wait_until(lambda: stored(session, load_in(processed_batch(make_raw(run_id=other)))).ledger == 1, 20)
    assert dropped_batches() - before == 3
    assert stored(session, load_in(dropped[0])).ledger == 0
    assert drain(broker, PROCESSED) == []
    assert drain(broker, f"{PROCESSED}.dead") == []
    lines = [line for line in capsys.readouterr().out.splitlines() if "stopped run" in line]
    assert len(lines) == 1
    assert stopped in lines[0]


def dropped_batches() -> float:
    value = REGISTRY.get_sample_value("lrecl_dropped_batches_total")
    assert value is not None, "it is there from the start"
    return value


def test_a_cut_from_the_database_is_mended(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make,
) -> None:  # fmt: skip
    first, second = (processed_batch(make_raw(batch_no=number, offset=number * 4_800)) for number in range(2))
    with writing(queues, writer_threads=1):
        send(first)
        committed(session, load_in(first), Stored(1, 36, 4))
        proxy.cut()
        send(second)
        committed(session, load_in(first), Stored(2, 72, 8))
    assert drain(broker, PROCESSED) == []


def test_a_commit_of_unknown_outcome_is_looked_up_in_the_ledger(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The database committed, the answer was lost: the batch is tried again, and is there already."""
    write, calls = BatchWriter.write, threading.Semaphore(0)

    def losing_the_answer(writer: BatchWriter, load: Load) -> WriteOutcome:
        outcome = write(writer, load)
        calls.release()
        if outcome is WriteOutcome.WRITTEN:
            raise classify("08001", -30081, "the answer was lost")
        return outcome

    monkeypatch.setattr(BatchWriter, "write", losing_the_answer)
    body = processed_batch(make_raw())
    with writing(queues):
        send(body)
        for _ in range(2):
            assert calls.acquire(timeout=10)
    assert stored(session, load_in(body)) == Stored(1, 36, 4)
    assert ledger_row(session, load_in(body))["duplicates"] == 1
    assert drain(broker, PROCESSED) == []


def test_a_database_that_is_away_is_waited_for(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make,
) -> None:  # fmt: skip
    body = processed_batch(make_raw())
    proxy.blackhole()
    with writing(queues, writer_threads=1) as writer:
        send(body)
        time.sleep(0.5)
        assert writer.checks() == {"thread-1": False}
        assert stored(session, load_in(body)) == Stored(0, 0, 0)
        proxy.heal()
        committed(session, load_in(body), Stored(1, 36, 4))
        wait_until(lambda: writer.checks() == {"thread-1": True})


def without_rows(body: bytes) -> bytes:
    message, parts = ProcessedBatch.unpack(body)
    return message.model_copy(update={"parts": {}}).pack({"rejects": bytes(parts["rejects"])})


def with_columns(body: bytes, columns: list[dict[str, Any]]) -> bytes:
    message, parts = ProcessedBatch.unpack(body)
    tables = [message.tables[0].model_copy(update={"columns": columns})]
    return message.model_copy(update={"tables": tables}).pack({name: bytes(part) for name, part in parts.items()})


def with_rejects(body: bytes, rejects: bytes) -> bytes:
    message, parts = ProcessedBatch.unpack(body)
    return message.pack({"rows.0": bytes(parts["rows.0"]), "rejects": rejects})


@pytest.mark.parametrize(
    "spoil",
    [
        without_rows,
        lambda body: with_columns(body, [{"nonsense": 1}]),
        lambda body: with_columns(body, [{"name": "A", "sql_type": "BLOB"}]),
        lambda body: with_columns(body, [{"name": "A; DROP TABLE B", "sql_type": "INTEGER"}]),
        lambda body: with_rejects(body, b"not JSON\n"),
        lambda body: with_rejects(body, b'{"unknown": 1}\n'),
    ],
)
def test_a_batch_nobody_can_read_is_dead_lettered_and_reported(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make, spoil: Callable[[bytes], bytes],
) -> None:  # fmt: skip
    """… and the thread that met it lives on: one bad message must not stop a writer."""
    good = processed_batch(make_raw())
    with writing(queues, writer_threads=1):
        send(spoil(good))
        wait_until(lambda: depth(broker, f"{PROCESSED}.dead") == 1)
        send(good)
        committed(session, load_in(good), Stored(1, 36, 4))
    ((_, body),) = drain(broker, REPORTS)
    fault, _ = RunFault.unpack(body)
    assert (fault.run_id, fault.batch_no, fault.fatal) == (load_in(good).message.run_id, 0, False)
    assert fault.service == "writer writer-9-1"


def test_what_is_no_batch_at_all_is_dead_lettered(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float]
) -> None:
    with writing(queues, writer_threads=1):
        send(b"not a message")
        wait_until(lambda: depth(broker, f"{PROCESSED}.dead") == 1)
    assert drain(broker, REPORTS) == [], "nobody can say which run it belongs to"


def test_a_missing_dead_letter_queue_ends_no_thread(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make,
) -> None:  # fmt: skip
    """… nor does a fault that the broker does not take: the batch comes again until the broker puts it aside itself."""
    first, second = (processed_batch(make_raw(batch_no=number, offset=number * 4_800)) for number in range(2))
    with writing(queues.model_copy(update={"declare_queues": False}), writer_threads=1) as writer:
        send(b"the first letter: from now on the writer is connected")
        send(first)
        committed(session, load_in(first), Stored(1, 36, 4))
        with channel_to(broker) as channel:
            channel.queue_delete(f"{PROCESSED}.dead")
        send(without_rows(second))
        send(b"not a message")
        send(second)
        committed(session, load_in(second), Stored(2, 72, 8))
        wait_until(lambda: writer.checks() == {"thread-1": True})


def test_a_fault_that_the_broker_does_not_take_at_once_ends_no_thread(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    good = processed_batch(make_raw())
    refuse(monkeypatch, REPORTS, PermanentError("LRM003", "no such queue"), TransientError("LRM002", "away"))
    with writing(queues, writer_threads=1):
        send(without_rows(good))
        wait_until(lambda: depth(broker, f"{PROCESSED}.dead") == 1, 20)
        send(good)
        committed(session, load_in(good), Stored(1, 36, 4))


def test_the_log_says_when_a_run_begins_and_garbage_is_not_logged_under_it(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    good = processed_batch(make_raw())
    with writing(queues, writer_threads=1):
        send(good)
        committed(session, load_in(good), Stored(1, 36, 4))
        send(b"not a message")
        wait_until(lambda: depth(broker, f"{PROCESSED}.dead") == 1)
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "run begins here" in line]) == 1
    (garbage,) = [line for line in lines if "message dead-lettered" in line]
    assert "run_id" not in garbage
    (summary,) = [line for line in lines if "run pauses here" in line]
    assert "records=40" in summary


def test_stopping_gives_back_what_was_not_begun(
    broker: RabbitNode, queues: BrokerSettings, proxy: TcpProxy, send: Callable[[bytes], float], session: Session,
    make_raw: Make,
) -> None:  # fmt: skip
    bodies = [processed_batch(make_raw(batch_no=number, offset=number * 4_800)) for number in range(6)]
    for body in bodies:
        send(body)
    with writing(queues, writer_threads=1):
        wait_until(lambda: stored(session, load_in(bodies[0])).ledger >= 1)
    done = stored(session, load_in(bodies[0])).ledger
    with channel_to(broker) as channel:
        wait_until(lambda: channel.queue_declare(PROCESSED, passive=True).method.message_count == 6 - done)
    with writing(queues):
        committed(session, load_in(bodies[0]), Stored(6, 6 * 36, 6 * 4))
