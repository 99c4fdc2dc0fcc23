"""What an operator can ask of a run that is there, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from services.orchestrator.store.states import STAGES, State


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and why."""

    actor: str
    reason: str = ""


class Answer(BaseModel):
    """The run as the request left it; ``changed`` is False where there was nothing left to do."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    state: str
    changed: bool
    from_stage: str | None = None
    rows_purged: int | None = None


def stages_from(stage: State) -> tuple[State, ...]:
    """``stage`` and those after it."""
    return STAGES[STAGES.index(stage) :]
