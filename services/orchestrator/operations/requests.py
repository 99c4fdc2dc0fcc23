"""What an operator can ask of a run that exists, and the answer."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, and why."""

    actor: str
    reason: str = ""


class Answer(BaseModel):
    """The run as the request left it; ``changed`` is False where there was nothing left to do.

    ``waits_for`` says, as a sentence, what has to happen before the run is in the state that was asked for.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    state: str
    changed: bool
    waits_for: str | None = None
    from_stage: str | None = None
    rows_purged: int | None = None
