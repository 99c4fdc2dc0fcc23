"""A disk that fills up under Derby: every error asks to wait, nothing committed is lost, and the sessions go on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from shared.database.errors import OUTAGES, DatabaseError
from shared.database.pool import SessionPool
from tests.support.derby import DerbyEndpoint, derby_database
from tests.support.sessions import settings_for
from tests.support.waiting import wait_until

pytestmark = pytest.mark.database

DISK = 40 << 20
LEFT = 300_000
ROWS = 50


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 40 MiB; only root may mount one."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a file system cannot be mounted here")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


@pytest.fixture
def derby(disk: Path) -> Iterator[DerbyEndpoint]:
    with derby_database(disk / "derby", durable=True) as endpoint:
        yield endpoint


class Table:
    """Inserts rows of 8,000 bytes, and knows how many were committed."""

    def __init__(self, pool: SessionPool) -> None:
        self._pool = pool
        self._numbers = count()
        self.committed = 0
        self.met: list[DatabaseError] = []
        with pool.session() as session:
            session.execute("CREATE TABLE T (I INTEGER NOT NULL PRIMARY KEY, X VARCHAR(8000))")

    def insert(self) -> bool:
        """One transaction; whether it was committed."""
        try:
            with self._pool.session() as session:
                for _ in range(ROWS):
                    session.execute("INSERT INTO T VALUES (?, ?)", (next(self._numbers), "x" * 8_000))
        except DatabaseError as error:
            self.met.append(error)
            return False
        self.committed += ROWS
        return True

    def rows(self) -> int:
        with self._pool.session() as session:
            return int(session.query("SELECT COUNT(*) AS N FROM T")[0]["n"])


def test_every_error_asks_to_wait_and_the_sessions_go_on_when_there_is_space(derby: DerbyEndpoint, disk: Path) -> None:
    pool = SessionPool(settings_for(derby))
    table, filler = Table(pool), disk / "filler"
    assert table.insert()
    free = os.statvfs(disk)
    filler.write_bytes(bytes(free.f_bavail * free.f_bsize - LEFT))

    wait_until(lambda: not table.insert(), 30)
    assert [table.insert() for _ in range(10)] == [False] * 10
    assert table.rows() == table.committed, "what was committed can be read, and nothing else"

    filler.unlink()
    assert not table.insert(), "Derby stays as it is until it is restarted"
    derby.server.kill()
    assert not table.insert(), "the database is away"
    derby.server.start()
    derby.server.ready()
    wait_until(table.insert, 30)
    assert table.rows() == table.committed
    pool.close()

    unforeseen = [error for error in table.met if not isinstance(error, OUTAGES)]
    assert unforeseen == []
    assert {error.sqlstate for error in table.met} >= {"25502"}
