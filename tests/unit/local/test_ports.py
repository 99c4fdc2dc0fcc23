import socket
import subprocess
import sys

import pytest

from deploy.local import ports
from deploy.local.errors import LocalStackError
from deploy.local.ports import PortPool, is_free


def test_ports_are_distinct_bindable_and_outside_the_ephemeral_range():
    low, high = map(int, ports._EPHEMERAL.read_text().split())
    with PortPool() as pool:
        taken = [pool.take() for _ in range(20)]
        assert len(set(taken)) == 20
        assert all(is_free(port) and not low <= port <= high for port in taken)


def test_a_listening_port_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_two_pools_never_hand_out_the_same_port(monkeypatch):
    monkeypatch.setattr(ports, "_candidates", lambda: [28_881, 28_882])
    with PortPool() as one, PortPool() as other:
        assert {one.take(), other.take()} == {28_881, 28_882}
        with pytest.raises(LocalStackError) as caught:
            other.take()
    assert caught.value.code == "LRS004"


def test_a_port_given_back_can_be_had_again(monkeypatch):
    monkeypatch.setattr(ports, "_candidates", lambda: [28_883])
    with PortPool() as one, PortPool() as other:
        one.give_back(one.take())
        assert other.take() == 28_883


def test_claims_end_with_their_process(monkeypatch):
    monkeypatch.setattr(ports, "_candidates", lambda: [28_884])
    claim = "import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('\\0lrecl-port-28884')"
    subprocess.run([sys.executable, "-c", claim], check=True)
    with PortPool() as pool:
        assert pool.take() == 28_884
