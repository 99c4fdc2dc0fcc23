"""How to run lrecl's four services on one machine: command, environment, probe.

The variables (``LRECL_*``) are the services' settings, the same as in the container images.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from deploy.local import probes
from deploy.local.child import ProcessSpec
from deploy.local.rabbit import NAME as BROKER

ROLES = ("orchestrator", "reader", "processor", "writer")
ORCHESTRATOR, GATEWAY = "orchestrator-1", "gateway"
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Database:
    """How the services connect to the database; the password is in a file."""

    host: str
    port: int
    name: str
    user: str
    password_file: Path
    dialect: str


@dataclass(frozen=True)
class ServiceSettings:
    """The settings of all services of a stack. ``extra`` are further variables, which override all others."""

    broker_url: str
    broker_password_file: Path
    database: Database
    jobs_root: Path
    data_root: Path
    token_file: Path
    pool_size: int
    writer_threads: int
    log_level: str
    extra: Mapping[str, str] = field(default_factory=dict)

    def environment(self, instance: str, port: int) -> dict[str, str]:
        """The whole environment of the service ``instance``, which serves HTTP on 127.0.0.1:``port``.

        The caller's own LRECL_* variables are left out because they belong to another installation.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LRECL_")}
        return {**inherited, **self._own(instance, port), **self.extra}

    def _own(self, instance: str, port: int) -> dict[str, str]:
        database = self.database
        return {
            "LRECL_BROKER_URL": self.broker_url,
            "LRECL_BROKER_PASSWORD_FILE": str(self.broker_password_file),
            "LRECL_DB_HOST": database.host,
            "LRECL_DB_PORT": str(database.port),
            "LRECL_DB_NAME": database.name,
            "LRECL_DB_USER": database.user,
            "LRECL_DB_PASSWORD_FILE": str(database.password_file),
            "LRECL_DB_DIALECT": database.dialect,
            "LRECL_HTTP_HOST": "127.0.0.1",
            "LRECL_HTTP_PORT": str(port),
            "LRECL_INSTANCE": instance,
            "LRECL_JOBS_ROOT": str(self.jobs_root),
            "LRECL_DATA_ROOT": str(self.data_root),
            "LRECL_API_TOKEN_FILE": str(self.token_file),
            "LRECL_POOL_SIZE": str(self.pool_size),
            "LRECL_WRITER_THREADS": str(self.writer_threads),
            "LRECL_LOG_LEVEL": self.log_level,
            # One thread and few heaps per process: the pool gives the parallelism, and memory is limited. With a fixed
            # threshold batches are mapped separately, so that glibc returns their memory.
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_MMAP_THRESHOLD_": "262144",
        }


def command(role: str) -> tuple[str, ...]:
    """The command that runs the service ``role``."""
    return (sys.executable, "-m", f"services.{role}")


def service(role: str, number: int, port: int, settings: ServiceSettings) -> ProcessSpec:
    """The process ``role-number``. The orchestrator comes first: it migrates the database and declares the queues."""
    name = f"{role}-{number}"
    after = (BROKER, GATEWAY) if role == "orchestrator" else (ORCHESTRATOR,)
    return ProcessSpec(
        name,
        command(role),
        partial(probes.answers, port),
        environment=settings.environment(name, port),
        directory=PROJECT,
        after=after,
        stop_seconds=25.0,  # the services finish their current work within 20 s
    )
