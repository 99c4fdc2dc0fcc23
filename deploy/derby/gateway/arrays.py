"""Array inserts: Derby executes one row a command, so an array becomes a run of single EXCSQLSTT.

The driver sends one EXCSQLSTT with NBRROW and one SQLDTA that holds all rows. Derby's own client batches by chaining
single commands; so does the gateway, in slices. Slices start small and grow, so that an error in the first rows (a
locked table, a duplicate) stops the array before thousands of rows have each failed, or waited, for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from deploy.derby.gateway import ddm, dss, replies
from deploy.derby.gateway.codepoints import CodePoint
from deploy.derby.gateway.dss import Dss
from deploy.derby.gateway.errors import ProtocolError
from deploy.derby.gateway.fdoca import RowPlan

FIRST_SLICE = 4
LARGEST_SLICE = 256
"""Rows of one chain; larger ones gain nothing, and a chain cannot be stopped once it is sent."""

_TRANSACTION_ENDED = "40"
_SPECIAL = frozenset({CodePoint.NBRROW})


@dataclass(frozen=True)
class Slice:
    """Some rows of an array, framed as one chain."""

    rows: int
    data: bytes


class ArraySplitter:
    """Frames the rows of one array as chains of single-row commands.

    ``command`` is the EXCSQLSTT with the variables Derby knows; ``rest`` are the objects behind the SQLDTA.
    """

    def __init__(self, command: bytes, plan: RowPlan) -> None:
        self._command = _without_row_number(command)
        self._head = dss.encode(dss.REQUEST, dss.CHAINED | dss.SAME_CORRELATOR, 0, self._command)[:4]
        self._descriptor = ddm.encode(CodePoint.FDODSC, plan.descriptor)
        self._prefixes: dict[int, tuple[bytes, bytes]] = {}

    def slices(self, rows: Iterable[bytes]) -> Iterator[Slice]:
        """The chains, in order; each is built when it is asked for."""
        remaining, size = iter(rows), FIRST_SLICE
        while some := list(islice(remaining, size)):
            yield Slice(len(some), self._chain(some))
            size = min(size * 4, LARGEST_SLICE)

    def _chain(self, rows: list[bytes]) -> bytes:
        pieces: list[bytes] = []
        head, prefixes = self._head, self._prefixes
        for number, row in enumerate(rows[:-1], 1):
            correlator = number.to_bytes(2, "big")
            between, before = prefixes.get(len(row)) or self._prefix(len(row))
            if before:
                pieces += (head, correlator, between, correlator, before, row)
            else:
                pieces.append(self._framed(row, number, dss.CHAINED))
        pieces.append(self._framed(rows[-1], len(rows), 0))
        return b"".join(pieces)

    def _prefix(self, length: int) -> tuple[bytes, bytes]:
        """What comes between the two correlators, and before the row, is the same for all rows of one length."""
        framed = self._framed(bytes(length), 0, dss.CHAINED)
        second = len(self._command) + dss.HEADER.size
        if len(framed) - second > dss.SEGMENT_LIMIT:
            prefix = (b"", b"")
        else:
            prefix = (framed[6 : second + 4], framed[second + 6 : len(framed) - length])
        self._prefixes[length] = prefix
        return prefix

    def _framed(self, row: bytes, correlator: int, flags: int) -> bytes:
        data = ddm.encode(CodePoint.SQLDTA, self._descriptor + ddm.encode(CodePoint.FDODTA, row))
        command = dss.encode(dss.REQUEST, dss.CHAINED | dss.SAME_CORRELATOR, correlator, self._command)
        return command + dss.encode(dss.OBJECT, flags, correlator, data)


@dataclass
class ArrayOutcome:
    """The replies to the single commands, merged into what one command would have been answered."""

    rows: int = 0
    _answer: list[Dss] = field(default_factory=list)
    _failed: bool = False
    _state: str = ""

    def take(self, chain: list[Dss], expected: int) -> None:
        """Merges the replies to one slice; raises ProtocolError LRG006 if there are too few."""
        cards = 0
        for reply in chain:
            if reply.code_point == CodePoint.SQLCARD:
                cards += 1
                self._card(reply)
            elif not self._failed:
                self._other(reply)
        if cards < expected and not self._failed:
            raise ProtocolError("LRG006", f"Derby answered {cards} of {expected} rows of an array.")

    @property
    def failed(self) -> bool:
        """Whether a row was refused; the first refusal is the answer."""
        return self._failed

    @property
    def transaction_ended(self) -> bool:
        """Whether Derby rolled back by itself (deadlock, lock time-out), so that later rows started another one."""
        return self._state.startswith(_TRANSACTION_ENDED)

    def answer(self) -> list[Dss]:
        """Reply messages and one SQLCARD that counts all rows."""
        return [
            reply._replace(payload=replies.with_row_count(reply.payload, self.rows))
            if reply.code_point == CodePoint.SQLCARD and not self._failed
            else reply
            for reply in self._answer
        ]

    def _card(self, reply: Dss) -> None:
        if self._failed:
            return
        self._failed = replies.sql_code(reply.payload) < 0
        self.rows += replies.row_count(reply.payload)
        kept = [other for other in self._answer if other.code_point != CodePoint.SQLCARD]
        if self._failed:
            self._state = replies.sql_state(reply.payload)
        self._answer = [*kept, reply]

    def _other(self, reply: Dss) -> None:
        # RDBUPDRM comes before the first update of a unit of work; anything else ends the conversation.
        self._failed = reply.code_point != CodePoint.RDBUPDRM
        self._answer.append(reply)


def _without_row_number(command: bytes) -> bytes:
    decoded = ddm.decode(command)[0]
    kept = (variable for variable in ddm.decode_all(decoded.body) if variable.code_point not in _SPECIAL)
    return ddm.encode(decoded.code_point, ddm.encode_all(kept))
