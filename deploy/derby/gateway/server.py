"""The gateway's listening socket. Each driver connection has a thread and a connection to Derby."""

from __future__ import annotations

import logging
import socket
import threading
from typing import NamedTuple

from deploy.derby.gateway.session import Session
from shared.errors import LreclError

LOG = logging.getLogger("lrecl.derby.gateway")
_STACK = 256 << 10
_BACKLOG = 64


class Address(NamedTuple):
    """A host and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Gateway:
    """Listens at ``listen`` (port 0 means any free port) and connects each driver to Derby at ``derby``.

    ``address`` is where it listens. Raises OSError when it cannot listen there.
    """

    def __init__(self, listen: Address, derby: Address) -> None:
        self._derby = derby
        family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
        self._listener = socket.create_server(listen, family=family, backlog=_BACKLOG)
        self._sessions: set[Session] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def address(self) -> Address:
        host, port = self._listener.getsockname()[:2]
        return Address(str(host), int(port))

    def serve(self) -> None:
        """Accept connections until a signal handler or another thread calls ``stop``."""
        threading.stack_size(_STACK)
        LOG.info("listening at %s for Derby at %s", self.address, self._derby)
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if self._stopping.is_set():
                    break
                raise
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        self._close()

    def stop(self) -> None:
        """End ``serve``. Connections are closed, and Derby rolls back their open transactions."""
        self._stopping.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            LOG.debug("not listening any more: %s", error)

    def _serve(self, connection: socket.socket) -> None:
        try:
            session = Session(_without_delay(connection), _without_delay(socket.create_connection(self._derby)))
        except OSError as error:
            LOG.warning("Derby at %s cannot be reached: %s", self._derby, error)
            connection.close()
            return
        with self._lock:
            self._sessions.add(session)
        try:
            session.run()
        except (LreclError, OSError) as error:
            LOG.warning("connection ended: %s", error)
        finally:
            session.close()
            with self._lock:
                self._sessions.discard(session)

    def _close(self) -> None:
        self._listener.close()
        with self._lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.stop()


def _without_delay(connection: socket.socket) -> socket.socket:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
