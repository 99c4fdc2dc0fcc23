"""What an operator asks of dead letters, and what was done."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.bounded_values import Count, in_bytes
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.topology import WORK_QUEUES

LISTED: Final = 100
"""An outcome names so many of its letters, however many there were."""

_PREFIX: Final = "lrecl."


def _work_queue(name: str) -> str:
    """``raw`` and ``lrecl.raw`` are the same queue."""
    full = name if name.startswith(_PREFIX) else _PREFIX + name
    if full not in WORK_QUEUES:
        raise ValueError("one of " + ", ".join(queue.removeprefix(_PREFIX) for queue in WORK_QUEUES))
    return full


QueueName = Annotated[str, AfterValidator(_work_queue)]
Sought = Annotated[str, Field(max_length=64), in_bytes(64)]
"""What a letter is selected by; a foreign message may have a longer run id than the tables."""
LetterId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


class Selection(BaseModel):
    """Which letters: all that fit every figure that is given. ``reason`` is an error code or a class."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: QueueName | None = Field(None, description="Work queue that they come from.", examples=["raw"])
    run_id: Sought | None = None
    reason: Sought | None = Field(None, examples=["LRP031", "delivery-limit"])
    batch_no: Count | None = None
    ids: list[LetterId] = Field([], max_length=1_000)

    @property
    def queues(self) -> tuple[str, ...]:
        """The work queues to look into."""
        return WORK_QUEUES if self.queue is None else (self.queue,)

    @property
    def is_empty(self) -> bool:
        """Whether every letter fits."""
        return self == Selection()

    def matches(self, letter: DeadLetter) -> bool:
        """Whether the selection includes the letter, which is in one of ``queues``."""
        return (
            self.run_id in (None, letter.run_id)
            and self.batch_no in (None, letter.batch_no)
            and (self.reason is None or self.reason.lower() in (letter.code.lower(), letter.category))
            and (not self.ids or letter.id in self.ids)
        )


class Order(BaseModel):
    """How to treat the selected letters, and who says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actor: str
    note: str = ""
    dry_run: bool = False
    limit: int | None = None
    rate: float | None = None


class Outcome(BaseModel):
    """What was done, or with ``dry_run`` would be. ``interrupted``: letters may be left, ask again."""

    dry_run: bool
    count: int
    by_queue: dict[str, int]
    interrupted: bool
    letters: list[DeadLetter]


class Page(BaseModel):
    """Letters, oldest first; ``waiting`` counts all letters of the queues that were looked into."""

    waiting: dict[str, int]
    letters: list[DeadLetter]
    more: bool


class Detail(BaseModel):
    """One letter with its message's header (without long values) and RabbitMQ's own record of its deaths."""

    letter: DeadLetter
    header: dict[str, Any]
    x_death: list[dict[str, Any]]
