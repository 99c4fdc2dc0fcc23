"""The shutdown command of the administrative protocol of Derby's Network Server.

Derby's own tool takes the password on its command line, where every user of the machine can read it.
"""

from __future__ import annotations

import socket

_HEADER = b"CMD:\x00\x02"
_NO_LOCALE_NO_CODE_SET = b"\x00\x00"
_SHUTDOWN = b"\x01"
_REPLY = b"RPY:\x00"
_WAIT = 30.0


def shut_down(port: int, user: str, password: str) -> None:
    """Ask Derby at 127.0.0.1 to close its databases and end. Raises OSError when it refuses or does not answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=_WAIT) as connection:
        credentials = _with_length(user) + _with_length(password)
        connection.sendall(_HEADER + _NO_LOCALE_NO_CODE_SET + _SHUTDOWN + credentials)
        reply = connection.recv(4096)
    if not reply.startswith(_REPLY):
        raise ConnectionRefusedError(f"Derby refused to shut down: {reply.decode('utf-8', errors='replace')}")


def _with_length(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded
