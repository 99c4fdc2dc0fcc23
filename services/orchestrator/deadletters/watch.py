"""The watch over the dead-letter queues: measures their depth, notes for each run which of its messages wait there.

The services report what they dead-letter themselves. What the broker dead-letters, because every service that took it
died, only shows in the queue: this watch notices it, and the run becomes ``partial``.
"""

from __future__ import annotations

import threading
from itertools import islice
from time import monotonic

from services.orchestrator.deadletters.operations import DeadLetters
from services.orchestrator.deadletters.records import DeadLetterRecords
from services.orchestrator.store.stores import stores
from shared.database.pool import SessionPool
from shared.errors import LreclError
from shared.messaging.dead_queue import DepthMeter
from shared.messaging.settings import BrokerSettings
from shared.observability import metrics
from shared.observability.logs import get_logger

_REST = 5.0
"""After a look the queue rests for so many times as long: letters are read whole, and may be many."""

_MOST = 10_000
"""Letters that one look reads: they stay in memory, without their bodies."""

log = get_logger()


class DeadLetterWatch:
    """Counts every ``seconds``, looks where the count has changed; in a thread of its own."""

    def __init__(
        self, letters: DeadLetters, broker: BrokerSettings, pool: SessionPool, instance: str, seconds: float
    ) -> None:
        self._letters = letters
        self._pool = pool
        self._seconds = seconds
        self._meter = DepthMeter(broker, f"{instance}-dead-letter-watch")
        self._known: dict[str, int] = {}
        self._rest_until: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dead-letters", daemon=True)

    def start(self) -> None:
        """Begin to watch; the tables must be there."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._watch()
            except LreclError as error:
                log.warning("dead letters could not be watched", code=error.code, error=error.message)
            except Exception:
                log.exception("unexpected error while dead letters were watched")  # and the watch goes on
        self._meter.close()

    def _watch(self) -> None:
        for queue, depth in self._meter.depths().items():
            metrics.DEAD_LETTERS_WAITING.labels(queue).set(depth)
            changed = depth != self._known.get(queue, 0) or queue in self._letters.changed
            if changed and monotonic() >= self._rest_until.get(queue, 0.0):
                self._look(queue, depth)

    def _look(self, queue: str, depth: int) -> None:
        self._letters.changed.discard(queue)
        started = monotonic()
        noted = self._note(queue) if depth else 0
        self._known[queue] = depth if noted == _MOST else noted
        self._rest_until[queue] = monotonic() + _REST * (monotonic() - started)

    def _note(self, queue: str) -> int:
        """Noted while no other request can replay them: a fault must not be noted after its replay."""
        with self._letters.looking(queue) as browser:
            found = [held.letter for held in islice(browser.letters(), _MOST)]
            with stores(self._pool) as at:
                held_up = DeadLetterRecords(at).waiting(found)
        log.info("dead letters wait", queue=queue, letters=len(found), of_unfinished_runs=held_up)
        return len(found)
