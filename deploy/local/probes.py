"""Tests whether a process is ready. They return within about a second and never raise."""

from __future__ import annotations

import http.client
import socket

PROBE_SECONDS = 1.0


def listens(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:``port``."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS):
            return True
    except OSError:
        return False


def answers(port: int, path: str = "/readyz") -> bool:
    """Whether GET ``path`` on 127.0.0.1:``port`` is answered with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
