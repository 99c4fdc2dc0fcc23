"""The proxy that later fault tests lean on must itself do what it says."""

import socket
import threading
import time

import pytest

from tests.support.tcp import TcpProxy


def echo(server):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            try:
                while data := connection.recv(65_536):
                    connection.sendall(data)
            except ConnectionError:
                continue


@pytest.fixture
def proxy():
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=echo, args=(server,))
        thread.start()
        with TcpProxy(server.getsockname()[1]) as proxy:
            yield proxy
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def client(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        yield client


def ask(client, data=b"ping"):
    client.sendall(data)
    return client.recv(len(data))


def test_forwards_both_ways_and_passes_the_end_on(client):
    assert ask(client) == b"ping"
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b""


def test_latency_counts_in_each_direction(proxy, client):
    proxy.delay(0.1)
    start = time.monotonic()
    ask(client)
    assert 0.2 <= time.monotonic() - start < 2
    proxy.heal()
    start = time.monotonic()
    ask(client)
    assert time.monotonic() - start < 0.1


def test_a_cut_resets_but_new_connections_are_welcome(proxy, client):
    ask(client)
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as again:
        assert ask(again) == b"ping"


def test_a_black_hole_is_silent_until_it_heals(proxy, client):
    ask(client)
    proxy.blackhole()
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        ask(client)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.2) as other:
        with pytest.raises(TimeoutError):
            ask(other)
        proxy.heal()
        client.settimeout(5)
        other.settimeout(5)
        assert client.recv(4) == b"ping"
        client.shutdown(socket.SHUT_WR)  # the echo serves one connection at a time
        client.recv(1)
        assert other.recv(4) == b"ping"


def test_a_target_that_refuses_shows_as_a_reset():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with TcpProxy(port) as proxy:
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
        with client, pytest.raises(ConnectionResetError):
            client.recv(1)
