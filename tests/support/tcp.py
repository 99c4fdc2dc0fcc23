"""A TCP proxy on loopback that simulates network faults: latency, resets, a black hole, a reset at a chosen message."""

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

from tests.support.traps import Trap

CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST, as the host of a killed peer does


class TcpProxy:
    """Forwards 127.0.0.1:``port`` (chosen) to 127.0.0.1:``target``."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._latency = 0.0
        self._trap: Trap | None = None
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._ended = False
        self._run(self._accept)

    def delay(self, seconds: float) -> None:
        """From now on delay each chunk of up to 64 KiB by ``seconds``, in both directions."""
        self._latency = seconds

    def blackhole(self) -> None:
        """Forward nothing and refuse nothing: new connections are accepted and stay silent."""
        self._open.clear()

    def heal(self) -> None:
        """End latency and black hole; delayed data are forwarded, as after TCP's retransmissions."""
        self._latency = 0.0
        self._open.set()

    def cut(self) -> None:
        """Reset every connection; new ones are accepted."""
        with self._lock:
            sockets = list(self._sockets)
            self._sockets.clear()
        for one in sockets:
            self._reset(one)

    def cut_at(self, trap: Trap) -> None:
        """Reset the connection on which ``trap`` springs, without forwarding the bytes that spring it."""
        self._trap = trap

    def close(self) -> None:
        """Reset every connection and stop listening."""
        self._ended = True
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.heal()
        self._threads[0].join()  # the accepting thread: afterwards there are no new connections
        self.cut()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._run(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        with self._lock:
            self._sockets.add(client)
        self._open.wait()
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            self._reset(client)
            return
        with self._lock:
            self._sockets.add(server)
        self._run(self._pump, client, server, False)
        self._pump(server, client, True)

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        try:
            while chunk := source.recv(CHUNK):
                time.sleep(self._latency)
                self._open.wait()
                if self._trap is not None and self._trap.springs(chunk, answers):
                    self._reset(sink)
                    self._reset(source)
                    return
                sink.sendall(chunk)
            with self._lock:
                if {source, sink} <= self._sockets:  # do not forward an end that `cut` caused
                    sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._reset(source)
            self._reset(sink)

    def _reset(self, one: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(one)
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            one.shutdown(socket.SHUT_RD)  # wakes a thread that waits in recv
        one.close()

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


def send_slowly(port: int, data: bytes) -> None:
    """Connect to a server on loopback and send it 20 bytes a second, one by one."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
