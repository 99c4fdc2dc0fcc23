"""The lease: of several orchestrators one acts, the others stand by; and the fence that makes sure of it.

The standby watches whether the holder's renewals go on, by its own clock: no two clocks have to agree. A holder that
was stopped for a while may believe that it still holds the lease; so every transaction in which it changes a run's
state looks at the fence before its commit, and keeps the row until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from services.orchestrator.store.leases import Fence, LeaseRow, LeaseStore
from shared.database.pool import SessionPool


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
        """The fence of a new term; None while another orchestrator acts.

        The lease is free when it was never taken or was released, and when its holder has not renewed for ``seconds``.
        A holder of this instance's own name is its former process, which need not be waited for at the start.
        """
        with self._leases() as leases:
            row = leases.get()
            if row is None:
                return self._held(1) if leases.make(self._instance) else None
            if not self._is_free(row) or not leases.take(self._instance, row.fence):
                return None
            return self._held(row.fence + 1)

    def renew(self, fence: Fence) -> bool:
        """Say that the holder lives; False when the term is over."""
        with self._leases() as leases:
            if leases.renew(fence.number):
                return True
            row = leases.get()
        self.holder = row.holder if row else ""
        self._seen, self._first = None, False
        return False

    def release(self, fence: Fence) -> None:
        """Let another orchestrator act at once."""
        with self._leases() as leases:
            leases.release(fence.number)

    @contextmanager
    def _leases(self) -> Iterator[LeaseStore]:
        with self._pool.session() as session:
            yield LeaseStore(session, self._pool.settings)

    def _is_free(self, row: LeaseRow) -> bool:
        self.holder, first = row.holder, self._first
        self._first = False
        seen = (row.fence, row.renewals)
        if seen != self._seen:
            self._seen, self._seen_at = seen, monotonic()
        silent = monotonic() - self._seen_at > self._seconds
        return silent or not self.holder.strip() or (first and self.holder == self._instance)

    def _held(self, number: int) -> Fence:
        self.holder = self._instance
        return Fence(number, self._instance, self._pool.settings)
