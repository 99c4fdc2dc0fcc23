"""What goes wrong between driver, gateway and Derby: locks, deadlocks, killed processes. Nothing may hang."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from deploy.derby import properties
from tests.support import cli_array as cli
from tests.support.cli_array import CliConnection, CliError, column
from tests.support.derby import ROOT, DerbyEndpoint, derby_database

pytestmark = pytest.mark.database

ibm_db_dbi = pytest.importorskip("ibm_db_dbi")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A Derby of its own whose locks are waited for less long."""
    monkeypatch.setattr(properties, "LOCK_TIMEOUT", 3)
    monkeypatch.setattr(properties, "DEADLOCK_TIMEOUT", 1)
    with derby_database(tmp_path / "derby") as endpoint:
        yield endpoint


def connect(endpoint: DerbyEndpoint) -> Any:
    opened = ibm_db_dbi.connect(endpoint.connection_string, "", "")
    opened.set_autocommit(False)
    return opened


def make_table(connection: Any, rows: int) -> None:
    connection.cursor().execute("CREATE TABLE L (I INTEGER NOT NULL PRIMARY KEY, N INTEGER)")
    connection.cursor().executemany("INSERT INTO L VALUES (?, 0)", [(number,) for number in range(rows)])
    connection.commit()


def test_locks_deadlocks_and_what_is_left_of_an_array(impatient: DerbyEndpoint) -> None:
    first, second = connect(impatient), connect(impatient)
    make_table(first, 2)

    first.cursor().execute("UPDATE L SET N = 1 WHERE I = 0")
    with pytest.raises(ibm_db_dbi.Error, match="SQLSTATE=40XL1"):
        second.cursor().execute("UPDATE L SET N = 2 WHERE I = 0")
    first.rollback()

    _deadlock(first, second)
    _array_behind_a_lock(impatient, first)
    first.close()
    second.close()


def _deadlock(first: Any, second: Any) -> None:
    first.cursor().execute("UPDATE L SET N = 1 WHERE I = 0")
    second.cursor().execute("UPDATE L SET N = 2 WHERE I = 1")
    errors: list[str] = []

    def cross(connection: Any, row: int) -> None:
        try:
            connection.cursor().execute(f"UPDATE L SET N = 3 WHERE I = {row}")
        except ibm_db_dbi.Error as error:
            errors.append(str(error))

    crossing = threading.Thread(target=cross, args=(first, 1))
    crossing.start()
    cross(second, 0)
    crossing.join()
    assert len(errors) == 1
    assert "SQLSTATE=40001" in errors[0]
    assert "Lock" in errors[0]
    first.rollback()
    second.rollback()


def _array_behind_a_lock(endpoint: DerbyEndpoint, holder: Any) -> None:
    """Derby rolls back at the locked row; the rows behind it must not stay as a transaction nobody knows of."""
    holder.cursor().execute("INSERT INTO L VALUES (1003, 0)")
    array = CliConnection(endpoint.connection_string)
    numbers = range(1000, 1020)
    with pytest.raises(CliError) as error:
        array.insert("INSERT INTO L VALUES (?, ?)", [column(cli.INTEGER, numbers), column(cli.INTEGER, numbers)])
    assert error.value.states[0] == "40XL1"
    array.commit()
    array.close()
    holder.rollback()
    cursor = holder.cursor()
    cursor.execute("SELECT COUNT(*) FROM L WHERE I >= 1000")
    assert cursor.fetchone() == (0,)
    holder.rollback()


def test_a_killed_derby_drops_the_connection(tmp_path: Path) -> None:
    with derby_database(tmp_path / "derby") as endpoint:
        connection = connect(endpoint)
        make_table(connection, 1)
        killer = threading.Timer(1.0, endpoint.server.kill)
        killer.start()
        started = time.monotonic()
        cursor = connection.cursor()
        endless = "SELECT COUNT(*) FROM " + ", ".join(f"SYS.SYSCOLUMNS C{number}" for number in range(6))
        with pytest.raises(ibm_db_dbi.Error) as error:
            cursor.execute(endless)
        assert time.monotonic() - started < 20
        assert "SQL30081N" in str(error.value) or "Communication" in str(error.value)
        with pytest.raises(ibm_db_dbi.Error, match="SQL30081N"):
            connect(endpoint)

        endpoint.server.start()
        endpoint.server.ready()
        again = connect(endpoint)
        cursor = again.cursor()
        cursor.execute("SELECT COUNT(*) FROM L")
        assert cursor.fetchone() == (1,)
        again.close()


def test_the_gateway_ends_cleanly_while_drivers_are_connected(derby: DerbyEndpoint, tmp_path: Path) -> None:
    from tests.support.derby import gateway_process

    with gateway_process(derby.server.settings.port, tmp_path / "gateway.log") as (process, port):
        text = derby.connection_string.replace(f"PORT={derby.port}", f"PORT={port}")
        connection = ibm_db_dbi.connect(text, "", "")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        with pytest.raises(ibm_db_dbi.Error):
            connection.cursor().execute("VALUES 1")


class TestCommand:
    def test_it_runs_both_and_ends_cleanly(self, tmp_path: Path) -> None:
        with _command(tmp_path) as process:
            _wait_for(process, "listening")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        assert "shutdown" in (tmp_path / "home" / "derby-server.log").read_text()

    def test_it_ends_with_an_error_when_derby_dies(self, tmp_path: Path) -> None:
        with _command(tmp_path) as process:
            _wait_for(process, "listening")
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            import os

            os.kill(int(children[0]), signal.SIGKILL)
            assert process.wait(30) == 2
            assert process.stderr is not None
            assert "LRG105" in process.stderr.read()

    def test_the_password_is_nobody_elses_business(self, tmp_path: Path) -> None:
        with _command(tmp_path) as process:
            _wait_for(process, "listening")
            lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
            assert not any(b"very-secret-word" in line for line in lines)
            files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
            holders = [path for path in files if b"very-secret-word" in path.read_bytes()]
            assert [path.name for path in holders] == ["derby.properties"]
            assert holders[0].stat().st_mode & 0o077 == 0
            process.terminate()
            process.wait(30)


def _command(folder: Path) -> subprocess.Popen[str]:
    password = folder / "password"
    password.write_text("very-secret-word\n")
    command = [sys.executable, "-m", "deploy.derby", "--listen", "127.0.0.1:0"]
    command += ["--home", str(folder / "home"), "--password-file", str(password)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def _wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return
    pytest.fail(f"no {word!r} in what it says")
