"""A few control sessions, handed out one user at a time and replaced when they break."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

from shared.database.errors import DatabaseUnavailable
from shared.database.session import Session
from shared.database.settings import DatabaseSettings


class SessionPool:
    """Thread-safe; a session given back in the middle of a transaction is rolled back."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.settings = settings
        self._idle: queue.LifoQueue[Session] = queue.LifoQueue()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for the block: committed at its end, rolled back when it raises, dropped when it broke."""
        session = self._take()
        try:
            with session.transaction():
                yield session
        except DatabaseUnavailable:
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

    def _take(self) -> Session:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return Session(self.settings)
