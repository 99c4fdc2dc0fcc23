"""Records the chains of real conversations between IBM's driver, the gateway and Derby, for the unit tests.

    python -m tests.support.record_chains tests/unit/derby/chains

Each file is one conversation. Each line has sender and receiver of one chain, then the chain in hex.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.derby.gateway import Gateway
from deploy.derby.gateway.dss import DssReader
from deploy.derby.gateway.server import Address
from tests.support import cli_array as cli
from tests.support.cli_array import CliConnection, CliError, column
from tests.support.derby import DerbyEndpoint, derby_database

Line = tuple[str, bytes]


class _Copy:
    """A stream that keeps the bytes of the chain being read."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rb")
        self._seen = b""

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._seen += data
        return data

    def take(self) -> bytes:
        seen, self._seen = self._seen, b""
        return seen


class Wire:
    """A proxy that records chains; ``names`` are the client and the server."""

    def __init__(self, names: tuple[str, str], target: tuple[str, int], lines: list[Line]) -> None:
        self._names, self._target, self._lines = names, target, lines
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            asking, _ = self._listener.accept()
            answering = socket.create_connection(self._target)
            there, back = self._names, (self._names[1], self._names[0])
            for source, sink, ends in ((asking, answering, there), (answering, asking, back)):
                threading.Thread(target=self._pump, args=(source, sink, ">".join(ends)), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, ends: str) -> None:
        copy = _Copy(source)
        reader = DssReader(copy)
        while reader.read_chain():
            chain = copy.take()
            self._lines.append((ends, chain))
            sink.sendall(chain)
        sink.shutdown(socket.SHUT_WR)


def record(endpoint: DerbyEndpoint, talk: Callable[[str], None]) -> list[Line]:
    """The chains of one conversation; ``talk`` gets the driver's connection string."""
    lines: list[Line] = []
    derby = Wire(("gateway", "derby"), ("127.0.0.1", endpoint.server.settings.port), lines)
    gateway = Gateway(Address("127.0.0.1", 0), Address("127.0.0.1", derby.port))
    threading.Thread(target=gateway.serve, daemon=True).start()
    driver = Wire(("driver", "gateway"), gateway.address, lines)
    talk(endpoint.connection_string.replace(f"PORT={endpoint.port}", f"PORT={driver.port}"))
    gateway.stop()
    return lines


def _dbi(text: str) -> Any:
    import ibm_db_dbi

    connection = ibm_db_dbi.connect(text, "", "")
    connection.set_autocommit(False)
    return connection


def query(text: str) -> None:
    connection = _dbi(text)
    cursor = connection.cursor()
    cursor.execute("SELECT I, V FROM T WHERE V LIKE ? ORDER BY I", ("é%",))
    cursor.fetchall()
    connection.close()


def failures(text: str) -> None:
    import ibm_db_dbi

    connection = _dbi(text)
    cursor = connection.cursor()
    cursor.execute("UPDATE T SET V = 'n' WHERE I < 0")
    try:
        cursor.execute("SELECT * FROM NOSUCH")
    except ibm_db_dbi.Error as error:
        print(error)
    connection.close()


def array(text: str) -> None:
    connection = CliConnection(text)
    columns = [column(cli.INTEGER, range(10, 17)), column(cli.VARCHAR, ["é", None, "", "a", "b", "c", "d"], 20)]
    connection.insert("INSERT INTO T VALUES (?, ?)", columns)
    connection.rollback()
    connection.close()


def duplicate(text: str) -> None:
    connection = CliConnection(text)
    connection.autocommit()
    columns = [column(cli.INTEGER, [20, 21, 0, 23]), column(cli.VARCHAR, ["a"] * 4, 20)]
    try:
        connection.insert("INSERT INTO T VALUES (?, ?)", columns)
    except CliError as error:
        print(error)
    connection.close()


def main(folder: Path) -> None:
    """Record every conversation into ``folder``."""
    with tempfile.TemporaryDirectory() as home, derby_database(Path(home)) as endpoint:
        connection = _dbi(endpoint.connection_string)
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE T (I INTEGER NOT NULL PRIMARY KEY, V VARCHAR(20))")
        cursor.execute("INSERT INTO T VALUES (0, 'éa'), (1, 'b'), (2, 'é中')")
        connection.commit()
        for talk in (query, failures, array, duplicate):
            lines = record(endpoint, talk)
            text = "".join(f"{ends} {chain.hex()}\n" for ends, chain in lines)
            (folder / f"{talk.__name__}.txt").write_text(text)
        connection.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
