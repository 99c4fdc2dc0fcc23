"""The administrative protocol of Derby's Network Server, as far as stopping it needs.

The tool that comes with Derby takes the password on its command line, where every user of the machine can read it.
"""

from __future__ import annotations

import socket

_HEADER = b"CMD:\x00\x02"
_NO_LOCALE_NO_CODE_SET = b"\x00\x00"
_SHUTDOWN = b"\x01"
_REPLY = b"RPY:\x00"
_WAIT = 30.0


def shut_down(port: int, user: str, password: str) -> None:
    """Asks Derby at 127.0.0.1 to close its databases and end; raises OSError if it refuses or is not there."""
    with socket.create_connection(("127.0.0.1", port), timeout=_WAIT) as connection:
        words = _counted(user) + _counted(password)
        connection.sendall(_HEADER + _NO_LOCALE_NO_CODE_SET + _SHUTDOWN + words)
        answer = connection.recv(4096)
    if not answer.startswith(_REPLY):
        raise ConnectionRefusedError(f"Derby refuses to shut down: {answer.decode('utf-8', errors='replace')}")


def _counted(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded
