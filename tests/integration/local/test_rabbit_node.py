"""The private node: persistent messages survive SIGKILL, and nothing of the node survives `close`."""

import contextlib
import time

import pika
import pytest

from deploy.local import procfs, rabbit
from deploy.local.errors import LocalStackError
from deploy.local.rabbit import RabbitNode
from tests.support.requirements import need

pytestmark = pytest.mark.broker

PERSISTENT = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent.value)
# RabbitMQ writes a new quorum queue's name to disk (names.dets) half a second late. A node that is killed sooner comes
# back with a queue that has no leader, for good. Queues that are older than that are safe.
NAME_ON_DISK_SECONDS = 1.5
# As /proc/net/tcp and tcp6 write them: words of 32 bits, little-endian.
LOOPBACK = {"0100007F": "127.0.0.1", "00000000000000000000000001000000": "::1"}


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    need(rabbit.installed(), "RabbitMQ")
    with RabbitNode(tmp_path_factory.mktemp("node")) as node:
        yield node


def test_persistent_messages_survive_sigkill(node):
    with pika.BlockingConnection(node.parameters()) as connection:
        channel = connection.channel()
        channel.queue_declare("classic", durable=True)
        channel.queue_declare("quorum", durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        for queue in ("classic", "quorum"):
            channel.basic_publish("", queue, queue.encode(), PERSISTENT, mandatory=True)
        time.sleep(NAME_ON_DISK_SECONDS)
        pid = node.pid
        node.kill()
        assert node.pid is None
        assert procfs.start_time(pid) is None
        with pytest.raises(pika.exceptions.AMQPError):
            connection.process_data_events(1)
    node.restart()
    with pika.BlockingConnection(node.parameters()) as connection:
        channel = connection.channel()
        bodies = [channel.basic_get(queue, auto_ack=True)[2] for queue in ("classic", "quorum")]
    assert bodies == [b"classic", b"quorum"]


def test_everything_is_on_loopback_and_private(node):
    pids = procfs.family([node.supervisor.child(name).pid for name in (rabbit.NAME, rabbit.EPMD)])
    assert len(pids) >= 3
    assert "127.0.0.1" in listeners(pids)
    assert listeners(pids) <= {"127.0.0.1", "::1"}
    assert node.password_file.stat().st_mode & 0o777 == 0o600
    assert node.password not in node.url
    wrong = pika.ConnectionParameters(
        node.host, node.port, credentials=pika.PlainCredentials("guest", "guest"), socket_timeout=5
    )
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(wrong)


def test_two_nodes_live_side_by_side_and_leave_nothing(node, tmp_path):
    with RabbitNode(tmp_path / "other") as other:
        pids = procfs.family([other.supervisor.child(name).pid for name in (rabbit.NAME, rabbit.EPMD)])
        assert other.port != node.port
        with pika.BlockingConnection(other.parameters()), pika.BlockingConnection(node.parameters()):
            pass
    assert all(procfs.start_time(pid) is None for pid in pids)
    with pika.BlockingConnection(node.parameters()):
        pass


def test_a_missing_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(rabbit, "SERVER", tmp_path / "nowhere")
    with pytest.raises(LocalStackError, match=r"LRS001: RabbitMQ is not installed\..*apt-get install rabbitmq-server"):
        RabbitNode(tmp_path)


def listeners(pids):
    """The addresses that ``pids`` listen on, from /proc/net/tcp and tcp6 (proc(5))."""
    inodes = {inode for pid in pids for inode in sockets(pid)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in (procfs.PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].rpartition(":")[0])
    return {LOOPBACK.get(address, address) for address in found}


def sockets(pid):
    """The inodes of the sockets that ``pid`` holds."""
    for descriptor in (procfs.PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            kind, _, inode = str(descriptor.readlink()).partition(":")
            if kind == "socket":
                yield inode.strip("[]")
