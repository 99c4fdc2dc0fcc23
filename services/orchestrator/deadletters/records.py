"""Dead letters in the tables: faults that hold a run, and the trail of who did what with them."""

from __future__ import annotations

from services.orchestrator.deadletters.requests import Order
from services.orchestrator.store.faults import WHOLE_RUN
from services.orchestrator.store.stores import Stores
from shared.errors import LreclError
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.messages import RunFault, is_run_id


class DeadLetterRecords:
    """Changes over one set of stores, in one transaction.

    Each locks the run's row first, as all do that write to a run's trail: its lines are numbered one by one.
    """

    def __init__(self, at: Stores) -> None:
        self._at = at

    def waiting(self, letters: list[DeadLetter]) -> int:
        """Note for every unfinished run which of its messages wait; the number of such letters."""
        unfinished = set(self._at.runs.unfinished())
        held = [letter for letter in letters if letter.run_id in unfinished]
        known = {run_id: self._known(run_id) for run_id in {letter.run_id for letter in held}}
        for letter in held:
            fault = _fault(letter, letter.code, letter.message, letter.remedy, fatal=False)
            if (_number(letter), fault.code) not in known[letter.run_id]:
                self._at.faults.record(fault)
        return len(held)

    def replay(self, letter: DeadLetter, order: Order) -> None:
        """Note the replay; the letter holds its run no longer. Without such a run nothing is noted."""
        if self._locked(letter):
            self._at.faults.settle(letter.run_id, _number(letter))
            self._trail("dead letter replayed", letter, order)

    def discard(self, letter: DeadLetter, order: Order) -> None:
        """Note the discarding: a run that lacks the message must not complete. Without such a run nothing is noted."""
        if not self._locked(letter):
            return
        if not self._at.runs.get(letter.run_id).terminal and not self._in_ledger(letter):
            what = "a message" if letter.batch_no is None else f"batch {letter.batch_no}"
            text = f"{what} was discarded from the dead letters of {letter.queue} by {order.actor}: {order.note}"
            remedy = "Its records are missing, so nothing was merged. Resume the run: it reads them again."
            self._at.faults.settle(letter.run_id, _number(letter))  # the letter waits no longer
            self._at.faults.record(_fault(letter, "LRR013", text, remedy, fatal=True))
        self._trail("dead letter discarded", letter, order)

    def _locked(self, letter: DeadLetter) -> bool:
        """Whether the letter's run is there, whose row is then locked. Anybody may send any text as a run id."""
        return is_run_id(letter.run_id) and bool(self._at.runs.lock(letter.run_id))

    def _known(self, run_id: str) -> set[tuple[int, str]]:
        return {(fault.batch_no, fault.code) for fault in self._at.faults.open(run_id)}

    def _in_ledger(self, letter: DeadLetter) -> bool:
        """Whether another copy of the batch has taken effect, so that this one is not missed."""
        return self._at.ledger.holds(letter.run_id, _number(letter))

    def _trail(self, kind: str, letter: DeadLetter, order: Order) -> None:
        self._at.audit.append(
            letter.run_id,
            kind,
            order.actor,
            note=order.note,
            queue=letter.queue,
            letter=letter.id,
            batch_no=letter.batch_no,
            code=letter.code,
            attempts=letter.attempts,
        )


def _number(letter: DeadLetter) -> int:
    return WHOLE_RUN if letter.batch_no is None else letter.batch_no


def _fault(letter: DeadLetter, code: str, message: str, remedy: str, *, fatal: bool) -> RunFault:
    """The fault; ``of`` cuts its texts, which come from headers that anybody may have sent."""
    error = LreclError(code, message, remedy=remedy)
    return RunFault.of(letter.run_id, error, letter.service, fatal=fatal, batch_no=letter.batch_no)
