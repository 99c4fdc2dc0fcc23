"""Traps cut a connection at a chosen message: between an effect and the confirmation of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

_AMQP_ACK = re.compile(rb"\x01\x00.\x00\x00\x00\x0d\x00\x3c\x00\x50", re.DOTALL)
"""A method frame of basic.ack (AMQP 0-9-1, 4.2.3 and 1.8.3.13): type 1, channel, 13 bytes, class 60, method 80."""
_DRDA_COMMIT = re.compile(rb"\xd0...\x00[\x04\x09]\x20\x0e", re.DOTALL)
"""A request RDBCMM (DRDA, DDM code point 0x200E) in its DSS, alone or together with the release of the connection."""
_DRDA_COMMITTED = re.compile(rb"\x00\x05\x21\x15\x01")
"""UOWDISP = committed in a reply ENDUOWRM (DRDA, DDM code points 0x2115 and 0x220C)."""
AMQP_PUBLISH = re.compile(rb"\x01\x00.\x00\x00..\x00\x3c\x00\x28", re.DOTALL)
"""A method frame of basic.publish (AMQP 0-9-1, 1.8.3.7): class 60, method 40."""


@dataclass
class Trap:
    """Springs once, at the message ``word`` after ``spared`` others; ``answers``: sent by the server to the client.

    ``deed`` is called when it springs, before the connection is cut; ``seen`` counts the messages.
    """

    word: re.Pattern[bytes]
    answers: bool
    spared: int = 0
    deed: Callable[[], None] = lambda: None
    seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sprung(self) -> bool:
        """Whether it has cut a connection."""
        return self.seen > self.spared

    def springs(self, chunk: bytes, answers: bool) -> bool:
        """Whether it springs at ``chunk``."""
        if answers is not self.answers:
            return False
        found = len(self.word.findall(chunk))
        with self._lock:
            before = self.seen
            self.seen += found
        due = before <= self.spared < before + found
        if due:
            self.deed()
        return due


def before_confirm(spared: int) -> Trap:
    """The broker has a message; its publisher does not get the confirm."""
    return Trap(_AMQP_ACK, answers=True, spared=spared)


def before_ack(spared: int) -> Trap:
    """A consumer has finished its work; the broker does not get the acknowledgement."""
    return Trap(_AMQP_ACK, answers=False, spared=spared)


def before_commit(spared: int) -> Trap:
    """Rows were sent; the database does not get the commit."""
    return Trap(_DRDA_COMMIT, answers=False, spared=spared)


def after_commit(spared: int) -> Trap:
    """The rows are committed; the client does not get the reply."""
    return Trap(_DRDA_COMMITTED, answers=True, spared=spared)
