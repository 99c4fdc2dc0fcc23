"""The watch over the loading stage: stops the run when its rejects are too many, and says when nothing moves."""

from __future__ import annotations

from time import monotonic
from typing import Final

from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.reject_limits import RejectsInARow, refuse_ratio
from services.orchestrator.steps.load.rereading import report_complete_splits
from services.orchestrator.store.stores import Stores

_STALLED: Final = "LRR022"
_REJECTS_SECONDS: Final = 2.0
"""Between two looks at the rejects: the ledger is read as a whole for it."""

_QUIET_SECONDS: Final = 5.0
"""After so long without progress, the ledger is asked for what readers could not report."""


class LoadingWatch:
    """For one run's thread."""

    def __init__(self, context: RunContext) -> None:
        self._run_id = context.run_id
        self._gate = context.compiled.job.gate
        self._in_a_row = RejectsInARow(context.run_id, self._gate.max_consecutive_rejects)
        self._rejected = 0
        self._next_look = 0.0
        self._progress: tuple[int, ...] = ()
        self._moved_at = monotonic()
        self._asked_ledger = False

    def look(self, at: Stores) -> None:
        """LRR020 or LRR021 when the rejects are too many, or too many in a row."""
        sums = at.ledger.sums(self._run_id, committed=False)
        self._note((sums.batches, sums.duplicates, at.splits.sums(self._run_id).bytes_read), at)
        if sums.records_rejected == self._rejected or monotonic() < self._next_look:
            return
        self._rejected = sums.records_rejected
        self._next_look = monotonic() + _REJECTS_SECONDS
        refuse_ratio(self._gate, sums)
        if self._rejected > self._gate.max_consecutive_rejects:
            self._in_a_row.refuse(at, committed=False)

    @property
    def stalled(self) -> str | None:
        """What to tell people when nothing has moved for too long."""
        quiet = monotonic() - self._moved_at
        if quiet < self._gate.stall_seconds:
            return None
        return (
            f"{_STALLED}: no batch has reached the ledger for {self._gate.stall_seconds:g} s. Are readers, processors "
            "and writers running? The run goes on by itself when they are; lrecl resume reads again what is missing."
        )

    def _note(self, progress: tuple[int, ...], at: Stores) -> None:
        if progress != self._progress:
            self._progress, self._moved_at, self._asked_ledger = progress, monotonic(), False
        elif not self._asked_ledger and monotonic() - self._moved_at > _QUIET_SECONDS:
            self._asked_ledger = True
            report_complete_splits(at, self._run_id)
