"""Health and metrics over real connections: silent, slow and too many clients."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest

from shared.observability import server
from tests.support.tcp import send_slowly
from tests.support.waiting import wait_until

SECONDS = 0.5


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 5)
    monkeypatch.setattr(server, "CONNECTION_SECONDS", SECONDS)
    running = server.serve("127.0.0.1", 0, lambda: {"broker": True})
    yield running.server_port
    running.shutdown()
    running.server_close()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def ended(connection: socket.socket) -> bool:
    """Wait until the server closes the connection."""
    try:
        return connection.recv(1_000) == b""
    except ConnectionResetError:
        return True


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            return bool(json.load(answer)["ready"])
    except OSError:
        return False


def test_a_client_that_says_nothing_is_left(port: int) -> None:
    with connect(port) as silent:
        assert ended(silent)
    assert answers(port)


def test_headers_that_come_byte_by_byte_are_not_waited_for(port: int) -> None:
    began = time.monotonic()
    with pytest.raises(OSError, match=r"reset|pipe"):
        send_slowly(port, b"GET /readyz HTTP/1.1\r\n" + b"X-More: 1\r\n" * 1_000)
    assert time.monotonic() - began < 10


def test_hundreds_of_silent_clients_cost_few_threads_and_are_gone_soon(port: int) -> None:
    before = threading.active_count()
    silent = [connect(port) for _ in range(200)]
    try:
        assert ended(silent[-1]), "one too many is closed at once"
        assert threading.active_count() - before <= 5
        wait_until(lambda: answers(port))
    finally:
        for one in silent:
            one.close()
    wait_until(lambda: threading.active_count() <= before)
