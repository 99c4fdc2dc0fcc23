"""RUN_FAULT: what the services found wrong with a run, and batches that wait as dead letters."""

from __future__ import annotations

from typing import Final

from services.orchestrator.store.base import Char, Record, Store, cut, now
from shared.database.errors import DuplicateKey
from shared.errors import sentences
from shared.messaging.messages import RunFault

WHOLE_RUN: Final = -1
"""In place of a batch number."""


class FaultRow(Record):
    """A row of RUN_FAULT: a fatal fault stops its run, another one names a batch in a dead-letter queue."""

    batch_no: int
    code: Char
    fatal: bool
    message: str
    service: str


class FaultStore(Store):
    """The faults of runs."""

    table = "run_fault"

    def record(self, fault: RunFault) -> None:
        """Note a fault; a repeated report of the same changes nothing."""
        batch_no = WHOLE_RUN if fault.batch_no is None else fault.batch_no
        text = cut(sentences(fault.message, fault.remedy))
        try:
            self._change("insert", (fault.run_id, batch_no, fault.code, int(fault.fatal), text, fault.service, now()))
        except DuplicateKey:  # undoes the statement, not the transaction
            return

    def open(self, run_id: str) -> list[FaultRow]:
        """Faults that still stand, fatal ones first."""
        return self._records(FaultRow, "open", (run_id,))

    def settle(self, run_id: str, batch_no: int) -> None:
        """The batch is on its way again and holds its run no longer."""
        self._change("settle", (run_id, batch_no))

    def forget_fatal(self, run_id: str) -> None:
        """What stopped the run before does not stop it again by itself."""
        self._change("forget", (run_id,))
