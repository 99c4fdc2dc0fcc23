"""What lrecl changes in pika must have an effect in the pika that is installed."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from pika import data as pika_data
from pika.adapters.utils import io_services_utils
from pika.exceptions import AMQPConnectionError
from pika.spec import BasicProperties
from prometheus_client.registry import REGISTRY

from shared.errors import TransientError
from shared.messaging import connection as connection_module
from shared.messaging.connection import connect, enlarge_receive_buffer, tolerate_odd_headers
from shared.messaging.publisher import Publisher, _Interrupted
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW, WORK_QUEUES, declare, queues


class Recorder:
    """Stands in for pika's protocol and its I/O services; keeps what arrived, reading by reading."""

    def __init__(self) -> None:
        self.received: list[int] = []

    def data_received(self, data: bytes) -> None:
        self.received.append(len(data))

    def set_reader(self, _fd: int, _callback: Any) -> None:
        pass


def test_pika_reads_128_kib_at_a_time() -> None:
    assert enlarge_receive_buffer()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        theirs.sendall(bytes(100_000))
        ours.setblocking(False)
        recorder = Recorder()
        transport = io_services_utils._AsyncPlaintextTransport(ours, recorder, recorder)
        transport._on_socket_readable()
    assert recorder.received[0] == 100_000, "not the 4,096 bytes that pika reads by itself"


def test_without_pikas_internals_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(io_services_utils, "_AsyncTransportBase")
    assert not enlarge_receive_buffer()


def table(*entries: bytes) -> bytes:
    body = b"".join(entries)
    return struct.pack(">I", len(body)) + body


def entry(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + value


def nested(depth: int) -> bytes:
    value = table()
    for _ in range(depth):
        value = table(entry(b"n", b"F" + value))
    return value


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (table(entry(b"a", b"I" + struct.pack(">i", 7))), {"a": 7}),
        (table(entry(b"a", b"T" + struct.pack(">Q", 1 << 60))), {}),
        (table(entry(b"a", b"f" + struct.pack(">f", float("nan")))), {}),
        (table(entry(b"a", b"d" + struct.pack(">d", float("inf")))), {}),
        (table(entry(b"a", b"Z")), {}),
        (table(entry(b"a", b"S" + struct.pack(">I", 1 << 31))), {}),
        (table(entry(b"a", b"F" + table(entry(b"b", b"Z"))), entry(b"c", b"V")), {"a": {}, "c": None}),
    ],
)
def test_headers_that_cannot_be_decoded_are_left_out_and_what_follows_them_is_read(
    headers: bytes, expected: dict[str, Any]
) -> None:
    assert tolerate_odd_headers()
    encoded = struct.pack(">H", BasicProperties.FLAG_HEADERS | BasicProperties.FLAG_MESSAGE_ID) + headers + b"\x02id"
    properties = BasicProperties().decode(encoded)
    assert (properties.headers, properties.message_id) == (expected, "id")


def test_tables_nested_beyond_pythons_stack_end_no_connection() -> None:
    assert tolerate_odd_headers()
    found, end = pika_data.decode_table(nested(5_000), 0)
    assert (list(found), end) == (["n"], len(nested(5_000)))


def test_pika_is_changed_once_and_only_where_it_is_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tolerate_odd_headers()
    changed = pika_data.decode_table
    assert tolerate_odd_headers()
    assert pika_data.decode_table is changed
    monkeypatch.delattr(pika_data, "decode_table")
    assert not tolerate_odd_headers()


class TestWaitingForABroker:
    @pytest.fixture(autouse=True)
    def no_broker(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """When it was tried."""
        tries: list[float] = []

        def refused(_parameters: object) -> None:
            tries.append(time.monotonic())
            raise AMQPConnectionError

        monkeypatch.setattr(connection_module, "BlockingConnection", refused)
        return tries

    def test_without_patience_it_is_tried_once(self, no_broker: list[float]) -> None:
        with pytest.raises(TransientError, match="LRM001"):
            connect(BrokerSettings(), "test", patience=0.0)
        assert len(no_broker) == 1

    def test_it_is_tried_for_a_while(self, no_broker: list[float]) -> None:
        with pytest.raises(TransientError, match="LRM001"):
            connect(BrokerSettings(), "test", patience=0.6)
        assert len(no_broker) > 1

    def test_a_stop_ends_the_waiting_at_once(self, no_broker: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection_module, "_CONNECT_PAUSE", lambda _state: 30.0)
        stopping = threading.Event()
        stopper = threading.Timer(0.2, stopping.set)
        stopper.start()
        began = time.monotonic()
        with pytest.raises(TransientError, match="LRM001"):
            connect(BrokerSettings(), "test", give_up=stopping.is_set)
        assert 0.2 <= time.monotonic() - began < 1
        assert len(no_broker) == 1
        stopper.join()


def test_the_password_comes_from_its_file_and_is_quoted(tmp_path: Any) -> None:
    secret = tmp_path / "password"
    secret.write_text("p@ss/w:rd%\n")
    settings = BrokerSettings(url="amqp://lrecl@broker:5672/%2F", password_file=secret)
    parts = urlsplit(settings.url_with_password())
    assert (parts.username, unquote(parts.password or ""), parts.hostname, parts.port) == (
        "lrecl",
        "p@ss/w:rd%",
        "broker",
        5672,
    )
    assert parts.path == "/%2F"
    assert "p@ss" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "user", "expected"),
    [
        ("amqp://broker/", "reader", "amqp://reader:@broker/"),
        ("amqp://other:pass@broker/", "re@der", "amqp://re%40der:pass@broker/"),
        ("amqp://other:pass@broker/", "", "amqp://other:pass@broker/"),
    ],
)
def test_the_user_wins_over_the_urls(url: str, user: str, expected: str) -> None:
    assert BrokerSettings(url=url, user=user).url_with_password() == expected


def retries(code: str) -> float:
    return REGISTRY.get_sample_value("lrecl_retries_total", {"code": code}) or 0.0


def test_a_broker_that_cannot_be_reached_is_tried_again_and_that_is_counted() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        settings = BrokerSettings(url=f"amqp://guest@127.0.0.1:{nobody.getsockname()[1]}/%2F")
        before = retries("LRM001")
        with pytest.raises(TransientError, match="LRM001"):
            connect(settings, "test", give_up=lambda: retries("LRM001") >= before + 2)
    assert retries("LRM001") == before + 2


def test_a_broken_publish_is_repeated_and_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = iter([_Interrupted("LRM002", "cut"), _Interrupted("LRM002", "cut"), None])

    def send_once(*_message: object) -> None:
        if (error := next(outcomes)) is not None:
            raise error

    publisher, before = Publisher(BrokerSettings(), "test"), retries("LRM002")
    monkeypatch.setattr(publisher, "_send_once", send_once)
    publisher.publish(RAW, b"x")
    assert retries("LRM002") == before + 2


class Channel:
    """Keeps what is declared."""

    def __init__(self) -> None:
        self.queues: dict[str, dict[str, Any]] = {}
        self.bindings: set[tuple[str, str]] = set()
        self.exchanges: dict[str, str] = {}

    def exchange_declare(self, name: str, *, exchange_type: str, durable: bool) -> None:
        assert durable
        self.exchanges[name] = exchange_type

    def queue_declare(self, name: str, *, durable: bool, arguments: dict[str, Any]) -> None:
        assert durable
        self.queues[name] = arguments

    def queue_bind(self, queue: str, _exchange: str, *, routing_key: str) -> None:
        self.bindings.add((queue, routing_key))


def test_every_work_queue_is_bounded_and_has_its_dead_letters() -> None:
    settings = BrokerSettings(raw_queue_bound=7, processed_queue_bound=3, delivery_limit=4)
    channel = Channel()
    declare(channel, settings)  # type: ignore[arg-type]  # only what declare uses
    assert channel.exchanges == {"lrecl.dead": "direct", "lrecl.events": "topic", "lrecl.work": "topic"}
    assert {queue.name for queue in queues(settings)} == set(WORK_QUEUES)
    for name in WORK_QUEUES:
        arguments = channel.queues[name]
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-overflow"] == "reject-publish", "what at-least-once dead lettering needs"
        assert arguments["x-dead-letter-strategy"] == "at-least-once"
        assert arguments["x-delivery-limit"] == 4
        assert (f"{name}.dead", arguments["x-dead-letter-routing-key"]) in channel.bindings
        assert {(queue, key) for queue, key in channel.bindings if queue == name} == {(name, name)}
        assert (f"{name}.dead", f"{name}.dead") in channel.bindings
    bounds = {name: channel.queues[name]["x-max-length"] for name in ("lrecl.raw", "lrecl.processed")}
    assert bounds == {"lrecl.raw": 7, "lrecl.processed": 3}
