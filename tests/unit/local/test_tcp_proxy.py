"""The proxy that later fault tests lean on must itself do what it says."""

import re
import socket
import threading
import time

import pytest

from tests.support.tcp import TcpProxy
from tests.support.traps import Trap, after_commit, before_ack, before_commit, before_confirm


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
    with TcpProxy(port) as proxy, pytest.raises(ConnectionResetError):  # perhaps while the connection is being made
        ask_anything(proxy.port)


def ask_anything(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.recv(1)


def test_a_trap_cuts_once_at_the_word_after_those_spared(proxy, client):
    deeds = []
    trap = Trap(re.compile(b"word"), answers=False, spared=1, deed=lambda: deeds.append("done"))
    proxy.cut_at(trap)
    assert ask(client, b"a word") == b"a word"
    assert not trap.sprung
    client.sendall(b"another word")
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert trap.sprung
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as again:
        assert ask(again, b"a third word") == b"a third word"
    assert deeds == ["done"]


def test_a_trap_for_answers_lets_questions_pass(proxy, client):
    proxy.cut_at(Trap(re.compile(b"word"), answers=True))
    client.sendall(b"word")
    with pytest.raises(ConnectionResetError):
        client.recv(1)


ACK = bytes.fromhex("01 0001 0000000d 003c 0050 0000000000000007 00 ce")
RDBCMM = bytes.fromhex("000f d001 0001 0009 200e 0005 119f f2")
ENDUOWRM = bytes.fromhex("0019 d002 0001 0013 220c 0006 1149 0004 0005 2115 01")


@pytest.mark.parametrize(
    ("moment", "chunk", "answers"),
    [
        (before_confirm, ACK, True),
        (before_ack, ACK, False),
        (before_commit, RDBCMM, False),
        (after_commit, ENDUOWRM, True),
    ],
)
def test_the_words_of_the_protocols_spring_their_traps_only(moment, chunk, answers):
    assert not moment(0).springs(chunk, not answers)
    assert moment(0).springs(b"before" + chunk + b"behind", answers)
    assert not moment(1).springs(chunk, answers)
    assert moment(1).springs(chunk + chunk, answers)
    assert not moment(0).springs(chunk[3:-1], answers)
