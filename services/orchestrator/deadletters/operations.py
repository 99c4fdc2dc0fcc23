"""Operations on dead letters: list, show, replay, discard. One request at a time looks into a queue.

A replay may last for days when its rate is low, and a look waits for its turn at a queue. So both are counted, and one
beyond the limit is refused.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import nsmallest
from itertools import chain
from typing import Any, Final

from services.orchestrator.deadletters.records import DeadLetterRecords
from services.orchestrator.deadletters.requests import Detail, Order, Outcome, Page, Selection
from services.orchestrator.deadletters.rounds import Act, Task
from services.orchestrator.store.stores import stores
from shared.database.pool import SessionPool
from shared.errors import PoisonError, RequestError
from shared.messaging.dead_letters import DeadLetter, headers_for_replay
from shared.messaging.dead_queue import Browser, HeldLetter, browsing
from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import WORK_QUEUES
from shared.messaging.wire import unpack
from shared.observability.logs import get_logger

_LOOK_SECONDS = 30.0
_SHOWN = 300

MOST_TASKS: Final = 4
"""Replays and discards at work at the same time. They take turns at the queues."""

MOST_LOOKS: Final = 16
"""Requests that list or show letters, at work or waiting for a queue."""

log = get_logger()


class DeadLetters:
    """Thread-safe. ``changed`` names queues whose letters were replayed or discarded since the watch looked."""

    def __init__(self, broker: BrokerSettings, pool: SessionPool, instance: str) -> None:
        self._broker = broker
        self._pool = pool
        self._name = f"{instance}-dead-letters"
        self._publisher = Publisher(broker, f"{instance}-replays")
        self._locks = {queue: threading.Lock() for queue in WORK_QUEUES}
        self._stopping = threading.Event()
        self._tasks = threading.BoundedSemaphore(MOST_TASKS)
        self._looks = threading.BoundedSemaphore(MOST_LOOKS)
        self._stops: set[threading.Event] = set()
        self.changed: set[str] = set()

    def close(self) -> None:
        """Interrupt what is under way."""
        self._stopping.set()
        for stop in self._stops.copy():
            stop.set()
        self._publisher.close()

    @contextmanager
    def looking(self, queue: str, give_up: Callable[[], bool] | None = None) -> Iterator[Browser]:
        """Exclusive access to the queue's letters; LRQ033 (409) when another request does not end in time.

        A broker that is away is waited for until ``give_up()``, or the end of the orchestrator.
        """
        lock = self._locks[queue]
        if not lock.acquire(timeout=_LOOK_SECONDS):
            raise RequestError(
                "LRQ033", f"another request works on the dead letters of {queue}", status=409, remedy="Try again later."
            )
        try:
            with browsing(self._broker, queue, self._name, give_up or self._stopping.is_set) as browser:
                yield browser
        finally:
            lock.release()

    def page(self, selection: Selection, limit: int, offset: int = 0) -> Page:
        """At most ``limit`` selected letters after the first ``offset``, oldest first; they stay where they are.

        LRQ036 (503) when too many requests list letters already.
        """
        waiting: dict[str, int] = {}
        found: list[DeadLetter] = []
        with _counted(self._looks, "list or show"):
            for queue in selection.queues:
                with self.looking(queue) as browser:
                    waiting[queue] = browser.depth()
                    letters = (held.letter for held in browser.letters())
                    more = chain(found, filter(selection.matches, letters))
                    found = nsmallest(offset + limit + 1, more, key=lambda one: (one.last_failed_at, one.id))
        return Page(waiting=waiting, letters=found[offset : offset + limit], more=len(found) > offset + limit)

    def show(self, letter_id: str) -> Detail:
        """The letter of this id; LRQ030 (404) when none waits, LRQ036 (503) as for ``page``."""
        with _counted(self._looks, "list or show"):
            for queue in WORK_QUEUES:
                with self.looking(queue) as browser:
                    for held in browser.letters():
                        if held.letter.id == letter_id:
                            return _detail(held)
        remedy = "It may have been replayed: lrecl dlq list shows those that wait."
        raise RequestError("LRQ030", f"there is no dead letter {letter_id}", status=404, remedy=remedy)

    def replay(self, selection: Selection, order: Order, stop: threading.Event | None = None) -> Outcome:
        """Put the letters back into their work queues, each confirmed before its letter is acknowledged.

        Wherever that is interrupted nothing is lost; a message may come twice, and the ledger takes a batch once. A
        full queue is waited for. ``stop`` ends it early. LRQ036 (503) when too many are under way.
        """
        noted: set[str] = set()

        def act(held: HeldLetter, browser: Browser, over: Callable[[], bool]) -> bool:
            if held.letter.id not in noted:
                self._record("replay", held.letter, order)
                noted.add(held.letter.id)
            return self._send_back(held, browser, over)

        return self._carry_out(selection, order, act, stop)

    def discard(self, selection: Selection, order: Order, stop: threading.Event | None = None) -> Outcome:
        """Throw the letters away. A run that lacks a discarded batch fails with LRR013: it can never be whole.

        ``stop`` ends it early. LRQ036 (503) when too many replays and discards are under way.
        """

        def act(held: HeldLetter, browser: Browser, _over: Callable[[], bool]) -> bool:
            self._record("discard", held.letter, order)
            browser.remove(held)
            return True

        return self._carry_out(selection, order, act, stop)

    def _carry_out(self, selection: Selection, order: Order, act: Act, stop: threading.Event | None) -> Outcome:
        with _counted(self._tasks, "replay or discard"), self._stopped_at_the_end(stop or threading.Event()) as stop:
            try:
                return Task(self.looking, selection, order, act, stop).run()
            finally:
                self.changed.update(selection.queues)

    @contextmanager
    def _stopped_at_the_end(self, stop: threading.Event) -> Iterator[threading.Event]:
        """``stop``, which for the block the end of the orchestrator sets, too."""
        self._stops.add(stop)
        try:
            if self._stopping.is_set():
                stop.set()
            yield stop
        finally:
            self._stops.discard(stop)

    def _send_back(self, held: HeldLetter, browser: Browser, over: Callable[[], bool]) -> bool:
        def give_up() -> bool:
            browser.wait(0)  # the letters in hand are lost to us when their connection falls silent
            return over()

        try:
            headers = headers_for_replay(held.headers, held.letter)
            self._publisher.publish(held.letter.queue, held.body, headers=headers, stopping=give_up)
        except Cancelled:
            return False
        browser.remove(held)
        return True

    def _record(self, deed: str, letter: DeadLetter, order: Order) -> None:
        """Before the deed: a crash in between leaves a letter that is dealt with again, never a deed untold."""
        log.warning(
            f"dead letter: {deed}", run_id=letter.run_id, batch_no=letter.batch_no, queue=letter.queue,
            letter=letter.id, code=letter.code, actor=order.actor, note=order.note,
        )  # fmt: skip
        with stores(self._pool) as at:
            records = DeadLetterRecords(at)
            (records.replay if deed == "replay" else records.discard)(letter, order)


@contextmanager
def _counted(slots: threading.BoundedSemaphore, what: str) -> Iterator[None]:
    if not slots.acquire(blocking=False):
        raise RequestError(
            "LRQ036",
            f"too many requests {what} dead letters at the moment",
            status=503,
            remedy="Wait until one of them has ended, or interrupt one, then try again.",
        )
    try:
        yield
    finally:
        slots.release()


def _detail(held: HeldLetter) -> Detail:
    try:
        header, _ = unpack(held.body)
    except PoisonError as error:
        header = {"unreadable": str(error)}
    deaths = held.headers.get("x-death")
    return Detail(
        letter=held.letter,
        header={name: value for name, value in header.items() if len(json.dumps(value)) <= _SHOWN},
        x_death=[_plain(death) for death in deaths] if isinstance(deaths, list) else [],
    )


def _plain(death: Any) -> dict[str, Any]:
    return {str(name): str(value) for name, value in death.items()} if isinstance(death, dict) else {"": str(death)}
