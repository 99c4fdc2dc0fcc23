"""The replies to the many commands of an array, merged into what one command would have been answered."""

from __future__ import annotations

from deploy.derby.gateway import replies
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss
from deploy.derby.gateway.errors import ProtocolError

_TRANSACTION_ENDED = b"40"


class ArrayOutcome:
    """Counts the rows that went in; keeps the first refusal.

    After a refusal some of the other rows are in as well: the transaction is for rolling back, as after any error.
    """

    def __init__(self, *, atomic: bool = True) -> None:
        self._atomic = atomic
        self._commands = 0
        self._usual, self._usual_rows = b"", 0  # thousands of equal cards need not each be taken apart
        self.rows = 0
        self.failed = False
        self._state = b""
        self._messages: list[Dss] = []
        self._card: Dss | None = None

    @property
    def transaction_ended(self) -> bool:
        """Whether Derby rolled back by itself (deadlock, lock time-out): rows behind the refused one, executed
        before Derby answered, then belong to a transaction the driver does not know of."""
        return self._state.startswith(_TRANSACTION_ENDED)

    def take(self, chain: list[Dss], expected: int) -> None:
        """Merges the replies to one slice of ``expected`` rows; raises ProtocolError LRG006 if some are missing."""
        cards = 0
        for reply in chain:
            if reply.code_point == CodePoint.SQLCARD:
                cards += 1
                self._take_card(reply)
            elif not self.failed:
                self._take_message(reply)
        if cards < expected and not self.failed:
            raise ProtocolError("LRG006", f"Derby answered {cards} of {expected} rows of an array.")

    def answer(self) -> list[Dss]:
        """Reply messages, then one SQLCARD: the first refusal, or success with the count of all rows."""
        if self._card is None:
            return self._messages
        if self.failed:
            return [*self._messages, self._card]
        found = replies.sqlca_of(self._card.payload)
        if found is None:
            return [*self._messages, self._card]
        return [*self._messages, self._card._replace(payload=replies.sqlcard(found.with_rows(self._reported_rows())))]

    def _reported_rows(self) -> int:
        # Of an array that is not atomic the driver counts each row but the first by itself.
        return self.rows if self._atomic else self.rows - (self._commands - 1)

    def _take_card(self, reply: Dss) -> None:
        if self.failed:
            return
        self._commands += 1
        if reply.payload == self._usual:
            self.rows += self._usual_rows
            return
        found = replies.sqlca_of(reply.payload)
        if self._card is None or found is None or found.code <= 0:
            self._card = reply  # rather success than "no row found", which holds for some rows only
        if found is None:
            return
        self.rows += found.rows
        if found.code == 0:
            self._usual, self._usual_rows = reply.payload, found.rows
        if found.code < 0:
            self.failed = True
            self._state = found.state

    def _take_message(self, reply: Dss) -> None:
        # RDBUPDRM announces the first update of a unit of work; any other message means that Derby gave up.
        self.failed = reply.code_point != CodePoint.RDBUPDRM
        if self.failed:
            self._card = None
        self._messages.append(reply)
