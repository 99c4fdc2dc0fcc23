"""A private RabbitMQ node from Debian's rabbitmq-server package, independent of any other broker on the machine.

The supervised process is the Erlang machine itself. epmd is a supervised process in the foreground, because the daemon
that Erlang would start leaves every process group and outlives the node.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pika
import pika.exceptions

from deploy.local import probes
from deploy.local.child import ProcessSpec
from deploy.local.errors import missing
from deploy.local.ports import PortPool
from deploy.local.processes import Supervisor
from deploy.local.rabbit_files import RabbitFiles

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
NAME, EPMD = "rabbitmq", "epmd"
HANDSHAKE_SECONDS = 2.0


def installed() -> bool:
    """Whether RabbitMQ and epmd are installed."""
    return SERVER.exists() and shutil.which("epmd") is not None


class RabbitNode:
    """One node with its files under ``home``. Started again with the same home, it still has its durable queues.

    ``plugins`` may name rabbitmq_management and rabbitmq_prometheus (off by default because they need memory); their
    ports are in ``plugin_ports``. With a ``supervisor`` the node is two of its processes (``epmd``, ``rabbitmq``), else
    it has its own supervisor. With ``restart`` a node that crashes is started again. LRS001 when the package is not
    installed, LRS002 or LRS003 when the node does not start.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        home: Path,
        *,
        supervisor: Supervisor | None = None,
        plugins: Sequence[str] = (),
        heartbeat_seconds: int = 60,
        log_level: str = "warning",
        restart: bool = False,
    ) -> None:
        if not installed():
            raise missing("RabbitMQ", "rabbitmq-server")
        self._ports = PortPool()
        self.port = self._ports.take()
        self.plugin_ports = {plugin: self._ports.take() for plugin in plugins}
        self._files = RabbitFiles(
            home.absolute(),
            self.port,
            self._ports.take(),
            self._ports.take(),
            self.plugin_ports,
            heartbeat_seconds,
            log_level,
        )
        self._files.write()
        self._supervisor_is_mine = supervisor is None
        self.supervisor = supervisor or Supervisor(self._files.home / "logs")
        self.supervisor.add(*self._specs(restart))

    @property
    def user(self) -> str:
        """The generated user, administrator of the virtual host ``/``."""
        return self._files.user_file.read_text()

    @property
    def password(self) -> str:
        """Its generated password."""
        return self._files.password_file.read_text()

    @property
    def password_file(self) -> Path:
        """The file (0600) that holds the password."""
        return self._files.password_file

    @property
    def url(self) -> str:
        """The AMQP URL with the user, without the password."""
        return f"amqp://{self.user}@{self.host}:{self.port}/%2F"

    @property
    def pid(self) -> int | None:
        """The node's process id while it runs."""
        return self.supervisor.child(NAME).pid

    def start(self) -> None:
        """Start epmd and the node; return when clients can log in."""
        self.supervisor.start(EPMD, NAME)

    def wait_ready(self) -> None:
        """Wait until clients can log in. LRS003 when that takes too long."""
        self.supervisor.wait_ready(NAME)

    def stop(self) -> None:
        """Stop node and epmd gracefully, or kill them when they take too long. Ports and data are kept."""
        self.supervisor.stop(NAME, EPMD)

    def kill(self) -> None:
        """Send SIGKILL to the node, which ends it as a power failure would; `restart` starts it again."""
        self.supervisor.kill(NAME)

    def restart(self) -> None:
        """Stop the node, start it with the same port and data, wait until clients can log in."""
        self.supervisor.stop(NAME)
        self.start()

    def close(self) -> None:
        """Stop everything and release the ports."""
        self.stop()
        if self._supervisor_is_mine:
            self.supervisor.close()
        self.release()

    def release(self) -> None:
        """Release the ports of a node that its supervisor has already stopped."""
        self._ports.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def parameters(self) -> pika.ConnectionParameters:
        """What pika needs to log in."""
        return pika.ConnectionParameters(
            self.host,
            self.port,
            "/",
            pika.PlainCredentials(self.user, self.password),
            socket_timeout=HANDSHAKE_SECONDS,
            stack_timeout=HANDSHAKE_SECONDS,
        )

    def _accepts_logins(self) -> bool:
        if not probes.listens(self.port):  # avoids pika's error logs while the node starts
            return False
        try:
            pika.BlockingConnection(self.parameters()).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    def _specs(self, restart: bool) -> tuple[ProcessSpec, ProcessSpec]:
        files, environment = self._files, self._files.environment()
        epmd = ProcessSpec(
            EPMD,
            ("epmd", "-port", str(files.epmd_port), "-address", "127.0.0.1"),
            lambda: probes.listens(files.epmd_port),
            environment=environment,
            directory=files.home,
            restart=restart,
        )
        node = ProcessSpec(
            NAME,
            (str(SERVER),),
            self._accepts_logins,
            environment=environment,
            directory=files.home,
            after=(EPMD,),
            restart=restart,
            start_seconds=90.0,
            stop_seconds=30.0,
        )
        return epmd, node
