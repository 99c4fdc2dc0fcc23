"""Free loopback ports, reserved so that two stacks on one machine do not choose the same one.

A port is free when it can be bound. Between that test and the service's own bind another process could bind it. Two
measures make that unlikely: ports come from outside the kernel's ephemeral range, which outgoing connections use, and
each port is reserved by binding an abstract UNIX socket named after it. Abstract sockets (unix(7)) belong to the
network namespace, as ports do, and end with their process: there are no files to clean up.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.errors import LocalStackError

LOWEST, HIGHEST = 10_240, 65_535
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 500


class PortPool:
    """Ports of 127.0.0.1 that are reserved until `release` or the end of the process."""

    def __init__(self) -> None:
        self._claims: dict[int, socket.socket] = {}

    def take(self) -> int:
        """A port that is free now and that no other pool returns. LRS004 when there is none."""
        candidates = _candidates()
        for port in random.sample(candidates, min(_TRIES, len(candidates))):
            if self._claim(port):
                return port
        raise LocalStackError(
            "LRS004",
            "No free port was found on 127.0.0.1.",
            remedy="End processes that use them (ss -ltnp lists them).",
        )

    def give_back(self, port: int) -> None:
        """End the reservation of ``port``."""
        self._claims.pop(port).close()

    def release(self) -> None:
        """End all reservations."""
        for port in list(self._claims):
            self.give_back(port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _claim(self, port: int) -> bool:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0lrecl-port-{port}")
        except OSError:
            claim.close()
            return False
        if not is_free(port):
            claim.close()
            return False
        self._claims[port] = claim
        return True


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        # As servers do: a connection in TIME_WAIT does not prevent listening, another listener does.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _candidates() -> list[int]:
    low, high = (int(part) for part in _EPHEMERAL.read_text().split())
    outside = [port for port in range(LOWEST, HIGHEST + 1) if not low <= port <= high]
    return outside or list(range(LOWEST, HIGHEST + 1))
