"""The states of a run and of its stages, and the one table of permitted moves.

Every statement that moves a state is made from these tables: its WHERE clause lists the states that the move may start
from. A move that is not in the table changes no row, and the caller says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    REFUSED = "refused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class StageState(StrEnum):
    """How far a stage is; ``pending`` again after its run was reopened."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TurnState(StrEnum):
    """How far a run is with the final tables that it merges into."""

    WAITING = "waiting"
    MERGING = "merging"
    ENDED = "ended"


class Actor(StrEnum):
    """Who moves a state."""

    ENGINE = "engine"
    OPERATOR = "operator"


STAGES: Final = (State.SPLITTING, State.LOADING, State.RECONCILING, State.MERGING, State.VERIFYING)
TERMINAL: Final = (State.COMPLETED, State.FAILED, State.REFUSED, State.CANCELLED)
ACTIVE: Final = tuple(state for state in State if state not in TERMINAL)
NEEDS_OPERATOR: Final = (State.PARTIAL, State.STALLED)

Moves = Mapping[tuple[StrEnum, Actor], tuple[StrEnum, ...]]
"""From (state, who moves it) to the states that it may become."""

_LOADING: Final = (State.LOADING, State.PARTIAL, State.STALLED)

# A stage may follow itself: an orchestrator that takes a run over begins the stage again.
RUN_MOVES: Final[Moves] = {
    (State.REGISTERED, Actor.ENGINE): (State.SPLITTING, State.FAILED),
    (State.SPLITTING, Actor.ENGINE): (State.SPLITTING, State.LOADING, State.REFUSED, State.FAILED),
    **{(state, Actor.ENGINE): (*_LOADING, State.RECONCILING, State.FAILED) for state in _LOADING},
    (State.RECONCILING, Actor.ENGINE): (State.RECONCILING, State.MERGING, State.FAILED),
    (State.MERGING, Actor.ENGINE): (State.MERGING, State.VERIFYING, State.FAILED),
    (State.VERIFYING, Actor.ENGINE): (State.VERIFYING, State.COMPLETED, State.FAILED),
    (State.CANCELLING, Actor.ENGINE): (State.CANCELLED,),
    **{(state, Actor.OPERATOR): (State.CANCELLING,) for state in ACTIVE if state is not State.CANCELLING},
    **{(state, Actor.OPERATOR): STAGES for state in TERMINAL},
}

STAGE_MOVES: Final[Moves] = {
    (StageState.PENDING, Actor.ENGINE): (StageState.RUNNING,),
    (StageState.RUNNING, Actor.ENGINE): (
        StageState.WAITING,
        StageState.COMPLETED,
        StageState.FAILED,
        StageState.CANCELLED,
    ),
    (StageState.WAITING, Actor.ENGINE): (StageState.RUNNING, StageState.FAILED, StageState.CANCELLED),
    **{
        (state, Actor.OPERATOR): (StageState.PENDING,)
        for state in (StageState.COMPLETED, StageState.FAILED, StageState.CANCELLED)
    },
}


def sources(moves: Moves, target: StrEnum, actor: Actor) -> tuple[StrEnum, ...]:
    """The states from which ``actor`` may move to ``target``, in the order of the table."""
    return tuple(source for (source, who), targets in moves.items() if who is actor and target in targets)


def operations(state: State) -> tuple[str, ...]:
    """What an operator can ask of a run in ``state``."""
    found = []
    if State.CANCELLING in RUN_MOVES.get((state, Actor.OPERATOR), ()):
        found.append("cancel")
    if state in NEEDS_OPERATOR or state in (State.FAILED, State.CANCELLED):
        found.append("resume")
    if state in (State.FAILED, State.CANCELLED):
        found.append("retry")
    if state in (State.COMPLETED, State.REFUSED):
        found.append("retry --force")
    if state in TERMINAL:
        found.append("purge")
    return tuple(found)


def exit_code(state: str, rejected: int) -> int | None:
    """The exit code that stands for a run's state; None while it works.

    0 completed, 1 completed with rejects, 2 failed, refused or cancelled, 4 not merged and waiting for an operator.
    """
    if state == State.COMPLETED:
        return 1 if rejected else 0
    if state in NEEDS_OPERATOR:
        return 4
    return 2 if state in TERMINAL else None


def listed(states: Iterable[StrEnum]) -> str:
    """States as a list of SQL literals; they come from the enumerations here, never from outside.

    Without any state the list holds a text that no state has.
    """
    return ", ".join(f"'{state.value}'" for state in states) or "''"
