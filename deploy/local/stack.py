"""A stack: broker, database and the four services under one supervisor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from deploy.local import procfs, services, statefile
from deploy.local.child import Child
from deploy.local.credentials import private_folder, secret
from deploy.local.database import add_database
from deploy.local.ports import PortPool
from deploy.local.processes import Supervisor
from deploy.local.procfs import Memory
from deploy.local.rabbit import RabbitNode
from deploy.local.services import ORCHESTRATOR, PROJECT, ROLES, ServiceSettings


class LocalStack:
    """RabbitMQ, Derby with its gateway, and lrecl's services, with all their files under ``home``.

    Processes are named ``epmd``, ``rabbitmq``, ``derby``, ``gateway`` and ``reader-1`` …; ``reader`` means the first.
    Started again with the same ``home``, a stack still has its queues, tables and secrets. ``environment`` adds
    variables to every service. ``jobs_root`` defaults to the folder ``jobs`` of the checkout, ``data_root`` to
    ``home/data``. LRS001 when a package is missing, LRS005 when ``home`` is in use, LRS002 or LRS003 when a process
    does not start.
    """

    def __init__(
        self,
        home: Path,
        *,
        pool_size: int = 4,
        writer_threads: int = 2,
        readers: int = 1,
        processors: int = 1,
        writers: int = 1,
        jobs_root: Path | None = None,
        data_root: Path | None = None,
        log_level: str = "info",
        broker_plugins: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home.absolute()
        self.jobs_root = (jobs_root or PROJECT / "jobs").absolute()
        self.data_root = (data_root or self.home / "data").absolute()
        self._state, self._service_ports = "starting", dict[str, int]()
        self._recording = Lock()
        with ExitStack() as undo:
            undo.enter_context(statefile.claimed(self.home))
            self._ports = undo.enter_context(PortPool())
            self.supervisor = Supervisor(self.home / "logs", on_change=self._record)
            undo.callback(self.supervisor.close)
            self.broker = RabbitNode(
                self.home / "rabbitmq", supervisor=self.supervisor, plugins=broker_plugins, restart=True
            )
            undo.callback(self.broker.release)
            self.database = add_database(self.supervisor, self.home, self._ports)
            self._settings = ServiceSettings(
                broker_url=self.broker.url,
                broker_password_file=self.broker.password_file,
                database=self.database,
                jobs_root=self.jobs_root,
                data_root=self.data_root,
                token_file=self.token_file,
                pool_size=pool_size,
                writer_threads=writer_threads,
                log_level=log_level,
                extra=environment or {},
            )
            secret(self.token_file)
            if data_root is None:
                private_folder(self.data_root)
            else:
                self.data_root.mkdir(parents=True, exist_ok=True)  # somebody's own folder, with its owner's rights
            self._stand_ins = frozenset(self.supervisor.children)
            wanted = {"orchestrator": 1, "reader": readers, "processor": processors, "writer": writers}
            for role, count in wanted.items():
                for number in range(1, count + 1):
                    self._add(role, number)
            self._undo = undo.pop_all()

    @property
    def api_url(self) -> str:
        """The orchestrator's URL: ``http://127.0.0.1:PORT`` (the API is under /api/v1)."""
        return self.url(ORCHESTRATOR)

    @property
    def token(self) -> str:
        """The bearer token of the API."""
        return secret(self.token_file)

    @property
    def token_file(self) -> Path:
        """The file (0600) that contains the token."""
        return self.home / "secrets" / "api-token"

    def url(self, name: str) -> str:
        """The URL of the service ``name``, which serves /readyz, /metrics and so on."""
        return f"http://127.0.0.1:{self._service_ports[self._full(name)]}"

    def start(self) -> None:
        """Start all processes; return when all are ready."""
        self.supervisor.start()
        self._state = "ready"
        self._record()

    def close(self) -> None:
        """Stop all processes in reverse order, services first; release home and ports. May be called twice."""
        self._state = "stopping"
        self._undo.close()

    def process(self, name: str) -> Child:
        """The process ``name``: ``pid``, ``restarts``, ``exit_status``, ``log``. LRS007 when there is none."""
        return self.supervisor.child(self._full(name))

    def stop(self, name: str) -> None:
        """Stop a process gracefully; it stays stopped until `start_process` or `restart`."""
        self.supervisor.stop(self._full(name))

    def start_process(self, name: str) -> None:
        """Start a process that was stopped and wait until it is ready."""
        self.supervisor.start(self._full(name))

    def restart(self, name: str) -> None:
        """Stop a process gracefully, start it, wait until it is ready."""
        self.supervisor.restart(self._full(name))

    def kill(self, name: str) -> None:
        """Send SIGKILL; the supervisor starts the process again after half a second or more. See `wait_ready`."""
        self.supervisor.kill(self._full(name))

    def wait_ready(self, name: str) -> None:
        """Wait until a process is ready, also while it is being restarted. LRS003 when that takes too long."""
        self.supervisor.wait_ready(self._full(name))

    def scale(self, role: str, count: int) -> None:
        """Run ``count`` replicas of reader, processor or writer; return when the new ones are ready."""
        have = len([name for name in self.supervisor.children if name.rpartition("-")[0] == role])
        surplus = [f"{role}-{number}" for number in range(count + 1, have + 1)]
        self.supervisor.remove(*surplus)
        for name in surplus:
            self._ports.give_back(self._service_ports.pop(name))
        added = [self._add(role, number) for number in range(have + 1, count + 1)]
        if added:
            self.supervisor.start(*added)

    def memory(self) -> dict[str, Memory]:
        """Resident memory (rss_kb, peak_kb) of each of lrecl's own services with all its descendants."""
        return self._memory(self.supervisor.children.keys() - self._stand_ins)

    def stand_in_memory(self) -> dict[str, Memory]:
        """The same for the private broker and database, in whose place an installation has its own."""
        return self._memory(self._stand_ins)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _full(self, name: str) -> str:
        return f"{name}-1" if name in ROLES else name

    def _add(self, role: str, number: int) -> str:
        port = self._ports.take()
        spec = services.service(role, number, port, self._settings)
        self._service_ports[spec.name] = port
        self.supervisor.add(spec)
        return spec.name

    def _memory(self, names: Set[str]) -> dict[str, Memory]:
        pids = {name: child.pid for name, child in self.supervisor.children.items() if name in names}
        return {name: procfs.memory(procfs.family([pid])) for name, pid in pids.items() if pid is not None}

    def _record(self) -> None:
        with self._recording:  # several threads report changes
            statefile.write(self.home, self._description())

    def _description(self) -> dict[str, Any]:
        database = self.database
        return {
            "state": self._state,
            "api_url": self.api_url,
            "token_file": str(self.token_file),
            "jobs_root": str(self.jobs_root),
            "data_root": str(self.data_root),
            "broker": {"url": self.broker.url, "password_file": str(self.broker.password_file)},
            "database": {**asdict(database), "password_file": str(database.password_file)},
            "processes": {name: self._process(name, child) for name, child in self.supervisor.children.items()},
        }

    def _process(self, name: str, child: Child) -> dict[str, Any]:
        port = self._service_ports.get(name)
        return {"pid": child.pid, "restarts": child.restarts, "log": str(child.log), "port": port}
