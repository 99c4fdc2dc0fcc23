"""Loading: wait until every split is read and the ledger holds every batch. The ledger is the truth."""

from __future__ import annotations

from typing import Any

from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.loading_watch import LoadingWatch
from services.orchestrator.store.faults import FaultRow
from services.orchestrator.store.states import State
from services.orchestrator.store.stores import Stores
from shared.errors import PermanentError
from shared.observability.logs import get_logger

log = get_logger()


def load(context: RunContext) -> dict[str, Any]:
    """Wait for the last batch.

    The run is ``partial`` while batches wait in a dead-letter queue, ``stalled`` while nothing moves; from both it goes
    on by itself. Raises PermanentError with a service's own code when one reported that the run cannot go on, LRR020 or
    LRR021 when the rejects say so, Cancelled when the orchestrator stops or the run is cancelled.
    """
    state = State.LOADING
    watch = LoadingWatch(context)
    while True:
        with context.stores() as at:
            faults = at.faults.open(context.run_id)
            finished = _finished(context, at)
            if finished is None:
                watch.look(at)
        _raise_fatal(faults)
        if finished is not None:
            return finished
        stalled = None if faults else watch.stalled
        wanted = State.PARTIAL if faults else State.STALLED if stalled else State.LOADING
        if wanted is not state:
            log.warning("run waits" if wanted is not State.LOADING else "run goes on", state=wanted, faults=len(faults))
            context.set_state(wanted, stalled)
            state = wanted
        context.pause()


def _finished(context: RunContext, at: Stores) -> dict[str, Any] | None:
    """The figures when everything is in the ledger, else None."""
    promised = at.splits.sums(context.run_id)
    if promised.unread or at.ledger.sums(context.run_id, committed=False).batches < promised.batches:
        return None
    sums = at.ledger.sums(context.run_id, committed=True)
    if sums.batches < promised.batches:
        return None
    return {
        "batches": sums.batches,
        "records_read": sums.records_read,
        "records_valid": sums.records_valid,
        "records_rejected": sums.records_rejected,
        "records_skipped": sums.records_skipped,
        "duplicates": sums.duplicates,
    }


def _raise_fatal(faults: list[FaultRow]) -> None:
    for fault in faults:
        if fault.fatal:
            raise PermanentError(fault.code, fault.message, service=fault.service)
