"""What lrecl changes in pika must have an effect in the pika that is installed."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from pika.adapters.utils import io_services_utils

from shared.messaging.connection import enlarge_receive_buffer
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import WORK_QUEUES, declare, queues


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
