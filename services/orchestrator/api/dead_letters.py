"""Dead letters: list, show, replay, discard.

These requests may take long, so each has a thread of its own and takes none of the shared ones, which answer all other
requests. ``DeadLetters`` limits how many there are. A replay or discard whose client is gone stops after the letter in
hand.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from pydantic import Field

from services.orchestrator.api.runs import At
from services.orchestrator.deadletters.requests import (
    Detail,
    LetterId,
    Order,
    Outcome,
    Page,
    QueueName,
    Selection,
    Sought,
)
from shared.bounded_values import MOST_INTEGER, Actor, Count, Note
from shared.errors import RequestError

_LOOK_SECONDS: Final = 0.5
"""Between two looks whether the client is still there."""

Answer = TypeVar("Answer")

router = APIRouter(tags=["dead letters"])


class _Wish(Selection):
    """A selection, and what both replay and discard take besides."""

    all: bool = Field(False, description="Take every letter; needed where nothing is selected.")
    dry_run: bool = Field(False, description="Say what would be done.")
    limit: int | None = Field(None, ge=1, le=MOST_INTEGER, description="Stop after so many letters.")
    requested_by: Actor = "api"

    def selection(self) -> Selection:
        """The selection alone; LRQ031 when it is empty and ``all`` was not said."""
        chosen = Selection.model_validate(self.model_dump(include=set(Selection.model_fields)))
        if chosen.is_empty and not self.all:
            raise RequestError(
                "LRQ031",
                "no dead letters are selected",
                status=422,
                remedy="Select by queue, run, reason, batch or id, or say that all are meant.",
            )
        return chosen


class ReplayBody(_Wish):
    """Which letters to put back into their work queues."""

    rate: float | None = Field(None, gt=0, le=10_000, description="At most so many letters a second.")
    note: Note = Field("", description="For the audit trail.")


class DiscardBody(_Wish):
    """Which letters to throw away, and why."""

    confirm: bool = Field(False, description="A discarded batch is lost to its run, which fails: say that you know.")
    note: Note = Field(min_length=1, description="The reason, for the audit trail.")


@router.get("/dead-letters")
async def list_dead_letters(
    at: At,
    queue: Annotated[QueueName | None, Query()] = None,
    run_id: Annotated[Sought | None, Query()] = None,
    reason: Annotated[Sought | None, Query(description="Error code or class.")] = None,
    batch_no: Annotated[Count | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    offset: Annotated[Count, Query()] = 0,
) -> Page:
    """A page of the letters that wait, without their bodies. They stay where they are."""
    selection = Selection(queue=queue, run_id=run_id, reason=reason, batch_no=batch_no)
    return await _in_own_thread(lambda: at.dead_letters.page(selection, limit, offset))


@router.get("/dead-letters/{letter_id}")
async def show_dead_letter(letter_id: LetterId, at: At) -> Detail:
    """One letter with its message's header."""
    return await _in_own_thread(lambda: at.dead_letters.show(letter_id))


@router.post("/dead-letters/replay")
async def replay_dead_letters(body: ReplayBody, request: Request, at: At) -> Outcome:
    """Put letters back into their work queues; answers when it is done. Repeating it does no harm.

    It ends early when the client closes the connection. LRQ036 (503) when too many are under way.
    """
    order = Order(actor=body.requested_by, note=body.note, dry_run=body.dry_run, limit=body.limit, rate=body.rate)
    selection = body.selection()
    return await _while_connected(request, lambda stop: at.dead_letters.replay(selection, order, stop))


@router.post("/dead-letters/discard")
async def discard_dead_letters(body: DiscardBody, request: Request, at: At) -> Outcome:
    """Throw letters away; the runs that lack them fail. LRQ032 (422) without ``confirm``.

    It ends early when the client closes the connection. LRQ036 (503) when too many are under way.
    """
    if not (body.confirm or body.dry_run):
        raise RequestError(
            "LRQ032",
            "discarding was not confirmed: the records of a discarded batch are lost to its run, which then fails",
            status=422,
            remedy="Look with a dry run first; then confirm.",
        )
    order = Order(actor=body.requested_by, note=body.note, dry_run=body.dry_run, limit=body.limit)
    selection = body.selection()
    return await _while_connected(request, lambda stop: at.dead_letters.discard(selection, order, stop))


async def _while_connected(request: Request, work: Callable[[threading.Event], Answer]) -> Answer:
    """What ``work`` returns. It is given an event that is set when the client closes the connection."""
    stop = threading.Event()
    watch = asyncio.create_task(_stop_when_gone(request, stop))
    try:
        return await _in_own_thread(lambda: work(stop))
    finally:
        watch.cancel()


async def _stop_when_gone(request: Request, stop: threading.Event) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(_LOOK_SECONDS)
    stop.set()


async def _in_own_thread(work: Callable[[], Answer]) -> Answer:
    """What ``work`` returns; a limiter for this call alone, so that it does not count among the shared threads."""
    return await to_thread.run_sync(work, limiter=CapacityLimiter(1))
