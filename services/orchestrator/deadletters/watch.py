"""The watch over the dead-letter queues: it measures their depth, and notes which runs have messages there.

The services report what they dead-letter themselves. What the broker dead-letters, because every service that took it
died, shows only in the queue. This watch notices it, and the run becomes ``partial``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from time import monotonic

from services.orchestrator.deadletters.operations import DeadLetters
from services.orchestrator.deadletters.records import DeadLetterRecords
from services.orchestrator.store.stores import stores
from shared.database.pool import SessionPool
from shared.errors import LreclError
from shared.messaging.queue_depths import DepthMeter
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import WORK_QUEUES, dead_queue
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.runtime.workers import WorkerLoop

_REST = 5.0
"""After a look the queue rests for so many times as long: letters are read whole, and may be many."""

_MOST = 10_000
"""Letters that one look reads: they stay in memory, without their bodies."""

log = get_logger()


class DeadLetterWatch:
    """Counts every ``seconds``, looks where the count has changed; in a thread of its own.

    ``waiting``: dead letters of each work queue, as last counted.
    """

    def __init__(
        self, letters: DeadLetters, broker: BrokerSettings, pool: SessionPool, instance: str, seconds: float
    ) -> None:
        self._letters = letters
        self._pool = pool
        self._known: dict[str, int] = {}
        self.waiting: Mapping[str, int] = {}
        self._rest_until: dict[str, float] = {}
        self._worker = WorkerLoop("dead-letters", self._watch, every=seconds, finish=lambda: self._meter.close())
        self._meter = DepthMeter(broker, f"{instance}-dead-letter-watch", self._worker.stopping.is_set)

    @property
    def healthy(self) -> bool:
        """Whether the thread works."""
        return self._worker.healthy

    def start(self) -> None:
        """Begin to watch; the tables must be there."""
        self._worker.start()

    def close(self) -> None:
        """Stop watching."""
        self._worker.join(10)

    def _watch(self) -> None:
        try:
            self._look_where_needed()
        except LreclError as error:
            metrics.count_retry(error)
            log.warning("dead letters could not be watched", code=error.code, error=error.message)

    def _look_where_needed(self) -> None:
        depths = self._meter.depths(map(dead_queue, WORK_QUEUES))
        self.waiting = {queue: depths[dead_queue(queue)] for queue in WORK_QUEUES}
        for queue, depth in self.waiting.items():
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
