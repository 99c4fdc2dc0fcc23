"""What the gateway refuses: frames and objects that are not DRDA.

LRG001  a frame that does not start as a DSS does
LRG002  a frame or object whose length cannot be right
LRG003  the stream ended inside a chain
LRG004  a chain larger than the gateway is willing to hold
LRG005  a parameter descriptor or row it does not understand
LRG006  replies that do not fit the commands sent
"""

from __future__ import annotations

from shared.errors import PermanentError


class ProtocolError(PermanentError):
    """The bytes are not the DRDA this gateway speaks; ``offset`` and ``hex`` are in the context where known."""

    def __init__(self, code: str, message: str, *, data: bytes = b"", offset: int = 0, **more: object) -> None:
        remedy = "Run the gateway with --verbose, and check that both ends speak DRDA without TLS on these ports."
        context = {"offset": offset, "hex": data[offset : offset + 16].hex(), **more}
        super().__init__(code, message, remedy=remedy, **context)
