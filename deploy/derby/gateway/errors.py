"""Errors of the gateway: frames and objects that are not the DRDA it knows.

LRG001  bytes that do not start a DSS
LRG002  a frame or object with an impossible length
LRG003  the stream ended inside a chain
LRG004  a chain above the size limit
LRG005  a parameter descriptor or row of parameters that does not follow FD:OCA
LRG006  commands and objects, or commands and replies, that do not match
"""

from __future__ import annotations

from shared.errors import PermanentError


class ProtocolError(PermanentError):
    """The bytes are not the DRDA that this gateway knows. ``offset`` and ``hex`` are in the context."""

    def __init__(self, code: str, message: str, *, data: bytes = b"", offset: int = 0, **more: object) -> None:
        remedy = "Run the gateway with --verbose, and check that both ports carry DRDA without TLS."
        context = {"offset": offset, "hex": data[offset : offset + 16].hex(), **more}
        super().__init__(code, message, remedy=remedy, **context)
