"""The web server over real connections: silent, slow and too many clients."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from services.orchestrator.api.server import ConnectionLimits, WebServer
from tests.support.tcp import send_slowly
from tests.support.waiting import wait_until

SECONDS = 0.5
LIMITS = ConnectionLimits(connections=5, header_seconds=SECONDS)
REQUEST = b"GET /%s HTTP/1.1\r\nHost: lrecl\r\n\r\n"


@pytest.fixture
def port() -> Iterator[int]:
    app = FastAPI()

    @app.get("/quick")
    async def quick() -> str:
        return "done"

    @app.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(3 * SECONDS)
        return "done"

    server = WebServer(app, "127.0.0.1", 0, LIMITS)
    yield server.server_port
    server.shutdown()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def received(connection: socket.socket) -> bytes:
    """Everything until the server closes the connection."""
    found = b""
    try:
        while data := connection.recv(65_536):
            found += data
    except ConnectionResetError:
        pass
    return found


def test_a_client_that_says_nothing_is_left(port: int) -> None:
    began = time.monotonic()
    with connect(port) as silent:
        assert received(silent) == b""
    assert SECONDS * 0.8 < time.monotonic() - began < SECONDS * 4


def test_headers_that_come_byte_by_byte_are_not_waited_for(port: int) -> None:
    began = time.monotonic()
    with pytest.raises(OSError, match=r"reset|pipe"):
        send_slowly(port, REQUEST[:-4] + b"X-More: 1\r\n" * 1_000)
    assert time.monotonic() - began < SECONDS * 4


def test_a_request_in_hand_takes_as_long_as_it_takes(port: int) -> None:
    with connect(port) as client:
        client.sendall(REQUEST % b"slow")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")


def test_several_requests_come_over_one_connection_which_then_ends(port: int) -> None:
    with connect(port) as client:
        client.sendall(REQUEST % b"quick" + REQUEST % b"slow" + REQUEST % b"quick")
        assert received(client).count(b"HTTP/1.1 200") == 3


def test_one_connection_too_many_is_refused_and_room_comes_again(port: int) -> None:
    silent = [connect(port) for _ in range(LIMITS.connections)]
    try:
        with connect(port) as refused:
            assert received(refused).startswith(b"HTTP/1.1 503")
    finally:
        for one in silent:
            one.close()
    wait_until(lambda: _answers(port))


def test_hundreds_of_silent_clients_are_gone_soon(port: int) -> None:
    silent = [connect(port) for _ in range(300)]
    try:
        wait_until(lambda: _answers(port), seconds=SECONDS * 6)
    finally:
        for one in silent:
            one.close()


def _answers(port: int) -> bool:
    with connect(port) as client:
        client.sendall(REQUEST % b"quick")
        try:
            return client.recv(65_536).startswith(b"HTTP/1.1 200")
        except ConnectionResetError:
            return False


def test_a_port_that_is_in_use_is_said_at_once(port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        WebServer(FastAPI(), "127.0.0.1", port, LIMITS)
