"""The replies to the commands of an array, merged into the reply to one command."""

from __future__ import annotations

from deploy.derby.gateway import replies
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss
from deploy.derby.gateway.errors import ProtocolError

_TRANSACTION_ENDED = b"40"


class ArrayOutcome:
    """Counts the inserted rows and keeps the first error.

    After an error other rows of the array may have been inserted too. The caller rolls back, as after any error.
    """

    def __init__(self, *, atomic: bool = True) -> None:
        self._atomic = atomic
        self._commands = 0
        self._usual, self._usual_rows = b"", 0  # thousands of equal cards are decoded once
        self.rows = 0
        self.failed = False
        self._state = b""
        self._messages: list[Dss] = []
        self._card: Dss | None = None

    @property
    def transaction_ended(self) -> bool:
        """Whether Derby rolled back by itself (deadlock, lock time-out). Later rows of the same chain were then
        inserted in a new transaction, which the driver does not know about."""
        return self._state.startswith(_TRANSACTION_ENDED)

    def add(self, chain: list[Dss], expected: int) -> None:
        """Add the replies to one slice of ``expected`` rows. Raises ProtocolError LRG006 when some are missing."""
        cards = 0
        for reply in chain:
            if reply.code_point == CodePoint.SQLCARD:
                cards += 1
                self._add_card(reply)
            elif not self.failed:
                self._add_message(reply)
        if cards < expected and not self.failed:
            raise ProtocolError("LRG006", f"Derby answered {cards} of {expected} rows of an array.")

    def answer(self) -> list[Dss]:
        """Reply messages, then one SQLCARD: the first error, or success with the number of all rows."""
        if self._card is None:
            return self._messages
        if self.failed:
            return [*self._messages, self._card]
        found = replies.sqlca_of(self._card.payload)
        if found is None:
            return [*self._messages, self._card]
        return [*self._messages, self._card._replace(payload=replies.sqlcard(found.with_rows(self._reported_rows())))]

    def _reported_rows(self) -> int:
        # For an array that is not atomic the driver itself counts each row but the first.
        return self.rows if self._atomic else self.rows - (self._commands - 1)

    def _add_card(self, reply: Dss) -> None:
        if self.failed:
            return
        self._commands += 1
        if reply.payload == self._usual:
            self.rows += self._usual_rows
            return
        found = replies.sqlca_of(reply.payload)
        if self._card is None or found is None or found.code <= 0:
            self._card = reply  # success replaces "no row found", which is true for some rows only
        if found is None:
            return
        self.rows += found.rows
        if found.code == 0:
            self._usual, self._usual_rows = reply.payload, found.rows
        if found.code < 0:
            self.failed = True
            self._state = found.state

    def _add_message(self, reply: Dss) -> None:
        # RDBUPDRM reports the first update of a unit of work. Any other message means that Derby has stopped.
        self.failed = reply.code_point != CodePoint.RDBUPDRM
        if self.failed:
            self._card = None
        self._messages.append(reply)
