"""Sessions for control queries, each lent to one user at a time and replaced when its connection breaks."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

from shared.database.errors import OUTAGES
from shared.database.session import Session
from shared.database.settings import DatabaseSettings


class SessionPool:
    """A pool of sessions that threads share. It opens one when none is idle."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.settings = settings
        self._idle: queue.LifoQueue[Session] = queue.LifoQueue()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for the block, whose transaction is committed at the end and rolled back when the block raises.

        A session whose connection broke, or that met a full database, is closed and does not return to the pool.
        """
        session = self._idle_or_new()
        try:
            with session.transaction():
                yield session
        except OUTAGES:
            session.close()
            raise
        except BaseException:
            self._idle.put(session)
            raise
        self._idle.put(session)

    def close(self) -> None:
        """Close the idle sessions."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _idle_or_new(self) -> Session:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return Session(self.settings)
