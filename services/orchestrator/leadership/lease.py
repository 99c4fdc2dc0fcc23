"""The lease: of several orchestrators one acts, the others stand by; and the fence that makes sure of it.

Who stands by watches whether the holder's renewals go on, by its own clock: no two clocks have to agree. A holder that
was stopped for a while may believe that it still holds the lease; so every transaction in which it changes a run's
state looks at the fence before its commit, and keeps the row until then.
"""

from __future__ import annotations

from time import monotonic

from services.orchestrator.store.base import Store, now
from services.orchestrator.store.fence import LEASE, Fence
from shared.database.errors import DuplicateKey
from shared.database.pool import SessionPool
from shared.database.session import Row


class Lease:
    """What one orchestrator knows of the lease; for one thread."""

    def __init__(self, pool: SessionPool, instance: str, seconds: float) -> None:
        self._pool = pool
        self._instance = instance
        self._seconds = seconds
        self._seen: tuple[int, int] | None = None
        self._seen_at = monotonic()
        self._first = True
        self.holder = ""

    def seek(self) -> Fence | None:
        """The fence of a new term; None while somebody else acts.

        Free is what was never taken or was given back, and what its holder has not renewed for ``seconds``. A holder of
        this instance's own name is its former life, which need not be waited for at the start.
        """
        with self._pool.session() as session:
            store = Store(session, self._pool.settings)
            found = store.rows("lease_get", (LEASE,))
            if not found:
                return self._make(store)
            (row,) = found
            return self._take(store, row) if self._is_free(row) else None

    def renew(self, fence: Fence) -> bool:
        """Say that the holder lives; False when the term is over."""
        with self._pool.session() as session:
            store = Store(session, self._pool.settings)
            if store.change("lease_renew", (LEASE, fence.number)):
                return True
            self.holder = store.one("lease_get", (LEASE,))["holder"]
        self._seen, self._first = None, False
        return False

    def release(self, fence: Fence) -> None:
        """Let somebody else act at once."""
        with self._pool.session() as session:
            Store(session, self._pool.settings).change("lease_release", (LEASE, fence.number))

    def _make(self, store: Store) -> Fence | None:
        try:
            store.change("lease_insert", (LEASE, self._instance, now()))
        except DuplicateKey:
            return None
        return self._held(1)

    def _is_free(self, row: Row) -> bool:
        self.holder, first = row["holder"], self._first
        self._first = False
        seen = (int(row["fence"]), int(row["renewals"]))
        if seen != self._seen:
            self._seen, self._seen_at = seen, monotonic()
        silent = monotonic() - self._seen_at > self._seconds
        return silent or not self.holder.strip() or (first and self.holder == self._instance)

    def _take(self, store: Store, row: Row) -> Fence | None:
        if not store.change("lease_take", (self._instance, now(), LEASE, row["fence"])):
            return None
        return self._held(int(row["fence"]) + 1)

    def _held(self, number: int) -> Fence:
        self.holder = self._instance
        return Fence(number, self._instance, self._pool.settings)
