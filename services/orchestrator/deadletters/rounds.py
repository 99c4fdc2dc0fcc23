"""One replay or discard: through the queues in short rounds, so that other requests do not wait long."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from math import inf
from time import monotonic

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_when_event_set,
    wait_random_exponential,
)

from services.orchestrator.deadletters.requests import LISTED, Order, Outcome, Selection
from shared.errors import TransientError
from shared.messaging.dead_letters import DeadLetter
from shared.messaging.dead_queue import Browser, HeldLetter
from shared.observability import metrics
from shared.observability.logs import get_logger

_ROUND_SECONDS = 2.0
_BETWEEN_SECONDS = 0.05
_PATIENCE_SECONDS = 300.0
_TRIES = 5

Look = Callable[[str, Callable[[], bool]], AbstractContextManager[Browser]]
"""Access to a queue's letters; the function says when the wait for the broker is given up."""
Act = Callable[[HeldLetter, Browser, Callable[[], bool]], bool]
"""Deals with a letter; False when it could not before the given function said that the round is over."""

log = get_logger()


class Task:
    """Keeps count over rounds and over repeated ones; used once, by one thread. ``stopping`` ends it early."""

    def __init__(self, look: Look, selection: Selection, order: Order, act: Act, stopping: threading.Event) -> None:
        self._look = look
        self._selection = selection
        self._order = order
        self._act = act
        self._stopping = stopping
        self._next = 0.0
        self._moved_at = monotonic()
        self._seen: dict[str, int] = {}
        self._by_queue: Counter[str] = Counter()
        self._letters: list[DeadLetter] = []

    def run(self) -> Outcome:
        """Deal with every selected letter that is there; gives up when nothing moves for five minutes.

        TransientError (LRM001, LRM004 or the database's) when broker or database stay away: what was done is done, and
        asking again does the rest.
        """
        interrupted = False
        for queue in self._selection.queues:
            while not interrupted and not self._patiently(queue):
                late = monotonic() - self._moved_at > max(_PATIENCE_SECONDS, self._interval() * 2)
                interrupted = self._stopping.wait(max(self._next - monotonic(), _BETWEEN_SECONDS)) or late
        return Outcome(
            dry_run=self._order.dry_run,
            count=self._by_queue.total(),
            by_queue=dict(self._by_queue),
            interrupted=interrupted,
            letters=self._letters,
        )

    def _patiently(self, queue: str) -> bool:
        def warn(state: RetryCallState) -> None:
            metrics.count_retry(state.outcome.exception() if state.outcome else None)
            log.warning("dead letters interrupted, trying again", tries=state.attempt_number)

        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            stop=stop_after_attempt(_TRIES) | stop_when_event_set(self._stopping),
            sleep=self._sleep,
            before_sleep=warn,
            reraise=True,
        )
        return retrying(self._round, queue)

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _round(self, queue: str) -> bool:
        """Deal with letters for a while; True when the queue's end or the order's limit was reached."""
        with self._look(queue, self._stopping.is_set) as browser:
            until = inf if self._order.dry_run else monotonic() + _ROUND_SECONDS
            for held in browser.letters():
                if self._order.limit is not None and self._by_queue.total() >= self._order.limit:
                    return True
                if self._wanted(held.letter) and not self._deal_with(held, browser, until):
                    return False
        return True

    def _wanted(self, letter: DeadLetter) -> bool:
        """Selected, and none that this very task replayed and that has come back."""
        came_back = letter.replays != self._seen.get(letter.id, letter.replays)
        return self._selection.matches(letter) and not came_back

    def _deal_with(self, held: HeldLetter, browser: Browser, until: float) -> bool:
        """False when the round is over, whether the letter was dealt with or not."""
        if not self._order.dry_run:
            pause = self._next - monotonic()
            if monotonic() + pause > until:
                return False
            if pause > 0:
                browser.wait(pause)
            if not self._act(held, browser, lambda: self._stopping.is_set() or monotonic() > until):
                return False
        self._note(held.letter)
        return monotonic() <= until and not self._stopping.is_set()

    def _note(self, letter: DeadLetter) -> None:
        self._seen.setdefault(letter.id, letter.replays)
        self._by_queue[letter.queue] += 1
        self._moved_at = monotonic()
        self._next = self._moved_at + self._interval()
        if len(self._letters) < LISTED:
            self._letters.append(letter)

    def _interval(self) -> float:
        return 1 / self._order.rate if self._order.rate and not self._order.dry_run else 0.0
