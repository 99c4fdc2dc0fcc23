"""The election: seeks the lease, renews it, and ends the term when it is lost."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from services.orchestrator.leadership.lease import Lease
from services.orchestrator.leadership.term import Term
from services.orchestrator.store.leases import Fence, LeaseLost
from shared.database.errors import DatabaseError
from shared.errors import RequestError
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.runtime.workers import WorkerLoop

_RENEWALS = 4
"""How often the lease is renewed in the time after which others may take it."""

_GRACE_SECONDS = 5.0
"""How long the threads of a lost term are waited for: what they still try to write is refused."""

log = get_logger()


class Election:
    """In a thread of its own, so that no long work delays a renewal.

    ``make_term`` starts the work of the acting orchestrator.
    """

    def __init__(self, lease: Lease, make_term: Callable[[Fence], Term], seconds: float) -> None:
        self._lease = lease
        self._make_term = make_term
        self._seconds = seconds
        self._fence: Fence | None = None
        self._term: Term | None = None
        self._renewed_at = 0.0
        self._loop = WorkerLoop("lease", self._try_to_look)

    def start(self) -> None:
        """Begin to seek the lease."""
        self._loop.start()

    @property
    def healthy(self) -> bool:
        """Whether the thread that seeks and renews the lease works; False before its start."""
        return self._loop.healthy

    @property
    def term(self) -> Term | None:
        """The term of this orchestrator; None while it is the standby."""
        return self._term

    @property
    def holder(self) -> str:
        """The acting orchestrator, as far as this one knows."""
        return self._lease.holder

    @property
    def settled(self) -> bool:
        """Whether this orchestrator knows its role: the standby of another one, or the holder of a renewed lease."""
        if self._term is None:
            return bool(self._lease.holder)
        return monotonic() - self._renewed_at <= self._seconds

    def acting(self) -> Term:
        """The term; LRQ045 (503) names the acting orchestrator where that is another one."""
        if self._term is not None:
            return self._term
        who = self._lease.holder or "nobody yet"
        raise RequestError(
            "LRQ045",
            f"this orchestrator is the standby; {who} acts",
            status=503,
            remedy="Ask the other orchestrator, or try again in a few seconds.",
            holder=who,
        )

    def close(self, grace_seconds: float) -> None:
        """End the term and give the lease back, so that another orchestrator acts at once."""
        self._loop.join(self._seconds)
        fence = self._fence
        self._end_term("the orchestrator stops", grace_seconds)
        if fence is not None:
            try:
                self._lease.release(fence)
            except DatabaseError as error:
                log.warning("the lease could not be given back", code=error.code, error=error.message)

    def _try_to_look(self) -> None:
        try:
            self._look()
        except LeaseLost as error:
            self._end_term(error.message)
        except DatabaseError as error:
            metrics.count_retry(error)
            log.warning("the lease cannot be looked at", code=error.code, error=error.message)
        self._loop.stopping.wait(self._seconds / _RENEWALS)

    def _look(self) -> None:
        began = monotonic()
        if self._fence is None:
            self._fence = self._lease.seek()
            if self._fence is not None:
                self._renewed_at = began
                self._begin_term(self._fence)
        elif self._lease.renew(self._fence):
            self._renewed_at = began
        else:
            self._end_term(f"{self._lease.holder} acts now")

    def _begin_term(self, fence: Fence) -> None:
        log.info("this orchestrator acts", fence=fence.number)
        try:
            self._term = self._make_term(fence)
            self._term.begin()
        except BaseException:
            self._end_term("its work could not begin")
            raise

    def _end_term(self, why: str, grace_seconds: float = _GRACE_SECONDS) -> None:
        term, self._term, self._fence = self._term, None, None
        if term is not None:
            log.warning("this orchestrator is the standby now", reason=why)
            term.close(grace_seconds)
