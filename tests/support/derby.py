"""A private Derby with its gateway, in processes of their own, for tests that need a real database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.derby.server import DerbyServer, DerbySettings, is_installed
from deploy.local.ports import PortPool
from tests.support.requirements import need
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
DATABASE, USER, PASSWORD = "LRECL", "lrecl", "only-for-tests"
_LISTENING = re.compile(rb"listening at [^ ]+:(\d+) ")


@dataclass(frozen=True)
class DerbyEndpoint:
    """How the driver connects, and the two processes for tests that end them."""

    host: str
    port: int
    database: str
    user: str
    password: str
    server: DerbyServer
    gateway: subprocess.Popen[bytes]

    @property
    def connection_string(self) -> str:
        """For ibm_db.connect, ibm_db_dbi.connect and SQLDriverConnect."""
        return (
            f"DATABASE={self.database};HOSTNAME={self.host};PORT={self.port};PROTOCOL=TCPIP;"
            f"UID={self.user};PWD={self.password};AUTHENTICATION=SERVER;"
        )


@contextmanager
def derby_database(home: Path, *, durable: bool = False) -> Iterator[DerbyEndpoint]:
    """An empty database on free ports, stopped afterwards. Without Derby the test is skipped, or fails in CI."""
    need(is_installed(), "Apache Derby or Java")
    os.environ.setdefault("DB2CODEPAGE", "1208")  # read once, when the driver's library is loaded
    with PortPool() as ports:
        settings = DerbySettings(home, ports.take(), DATABASE, USER, PASSWORD, durable=durable)
        with DerbyServer(settings) as server, gateway_process(settings.port, home / "gateway.log") as (gateway, port):
            yield DerbyEndpoint("127.0.0.1", port, DATABASE, USER, PASSWORD, server, gateway)


@contextmanager
def gateway_process(derby_port: int, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A gateway process for a Derby, and the port it listens on; it is terminated at the end."""
    command = [sys.executable, "-m", "deploy.derby.gateway", "--listen", "127.0.0.1:0"]
    command += ["--derby", f"127.0.0.1:{derby_port}"]
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, stderr=output) as process:
        try:
            wait_until(lambda: process.poll() is not None or _LISTENING.search(log.read_bytes()) is not None)
            found = _LISTENING.search(log.read_bytes())
            assert found is not None, log.read_text("utf-8")
            yield process, int(found[1])
        finally:
            process.terminate()
