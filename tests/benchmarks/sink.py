"""A database that discards what is inserted, behind the real protocol: ``python -m tests.benchmarks.sink``.

The driver logs in, prepares, commits and is answered by a real Derby through the gateway's own session; only
executions with parameters stop here and are answered with success for as many rows as they carried. What a writer
costs then is the writer's own: the driver sends each byte, and no database holds it up.
"""

from __future__ import annotations

import argparse
import socket
import socketserver
from io import BufferedReader

from deploy.derby.gateway import commands, ddm, dss, handshake, replies
from deploy.derby.gateway.__main__ import address
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss
from deploy.derby.gateway.requests import Command, code_point_of
from deploy.derby.gateway.server import Address
from deploy.derby.gateway.session import Session
from deploy.derby.gateway.sqlca import Sqlca

_SUCCESS = Sqlca(0, b"00000", handshake.SERVER.encode())


class DiscardingReader(dss.DssReader):
    """Reads chains, and of a frame in several segments keeps the first: enough to tell what it is."""

    def __init__(self, stream: BufferedReader) -> None:
        super().__init__(stream)
        self._rest, self._waste = stream, memoryview(bytearray(dss.SEGMENT_LIMIT))

    def _continued(self, first: bytes) -> bytes:
        more = True
        while more:
            size = int.from_bytes(self._exactly(2), "big")
            more = bool(size & ~dss.SEGMENT_LIMIT)
            self._rest.readinto(self._waste[: (size & dss.SEGMENT_LIMIT) - 2])
        return first


class DiscardingSession(Session):
    """A gateway session that never passes rows on."""

    def __init__(self, driver: socket.socket, derby: socket.socket) -> None:
        super().__init__(driver, derby)
        stream = self._streams[0]
        assert isinstance(stream, BufferedReader)
        self._from_driver = DiscardingReader(stream)

    def _own_reply(self, command: Command) -> list[Dss]:
        if not _carries_rows(command):
            return super()._own_reply(command)
        return [Dss(dss.OBJECT, 0, replies.sqlcard(_SUCCESS.with_rows(_rows(command.payload))))]


def _carries_rows(command: Command) -> bool:
    with_parameters = any(code_point_of(payload) == CodePoint.SQLDTA for payload in command.objects)
    return command.code_point == CodePoint.EXCSQLSTT and with_parameters


def _rows(payload: bytes) -> int:
    """The row count the driver expects: of an array that is not atomic it counts each row but the first itself."""
    if not commands.is_atomic(payload):
        return 1
    return int.from_bytes(ddm.by_code_point(ddm.body_of(payload)).get(CodePoint.NBRROW, b"\x01"), "big")


class Server(socketserver.ForkingTCPServer):
    """A process for each connection: what two writers send is not taken by one interpreter in turns."""

    def __init__(self, derby: Address) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.derby = derby


class _Handler(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        session = DiscardingSession(self.request, socket.create_connection(self.server.derby))
        try:
            session.run()
        finally:
            session.close()


def main() -> int:
    """Prints the port it took, then serves until it is terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--derby", type=address, required=True, metavar="HOST:PORT")
    with Server(parser.parse_args().derby) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
