"""The states of a run and its stages, in order."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a run is. While it works, its state is the name of its stage."""

    REGISTERED = "registered"
    SPLITTING = "splitting"
    LOADING = "loading"
    PARTIAL = "partial"
    STALLED = "stalled"
    RECONCILING = "reconciling"
    MERGING = "merging"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


STAGES: Final = (State.SPLITTING, State.LOADING, State.RECONCILING, State.MERGING, State.VERIFYING)
TERMINAL: Final = (State.COMPLETED, State.FAILED, State.CANCELLED)


class StageState(StrEnum):
    """How far a stage is."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


def exit_code(state: str, rejected: int) -> int:
    """0 completed, 1 completed with rejects or waiting as partial, 2 failed or cancelled."""
    if state == State.COMPLETED:
        return 1 if rejected else 0
    return 1 if state == State.PARTIAL else 2
