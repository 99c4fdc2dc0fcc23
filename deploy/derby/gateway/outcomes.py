"""The replies to the many commands of an array, merged into what one command would have been answered."""

from __future__ import annotations

from deploy.derby.gateway import replies
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss
from deploy.derby.gateway.errors import ProtocolError

_TRANSACTION_ENDED = "40"


class ArrayOutcome:
    """Counts the rows that went in; keeps the first refusal."""

    def __init__(self) -> None:
        self.rows = 0
        self.failed = False
        self._state = ""
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
        counted = replies.with_row_count(self._card.payload, self.rows)
        return [*self._messages, self._card._replace(payload=counted)]

    def _take_card(self, reply: Dss) -> None:
        if self.failed:
            return
        self._card = reply
        self.rows += replies.row_count(reply.payload)
        if replies.sql_code(reply.payload) < 0:
            self.failed = True
            self._state = replies.sql_state(reply.payload)

    def _take_message(self, reply: Dss) -> None:
        # RDBUPDRM announces the first update of a unit of work; any other message means that Derby gave up.
        self.failed = reply.code_point != CodePoint.RDBUPDRM
        if self.failed:
            self._card = None
        self._messages.append(reply)
