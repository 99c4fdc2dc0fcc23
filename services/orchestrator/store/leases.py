"""LEASE: which orchestrator acts; and the fence that a transaction has to pass to take effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.orchestrator.store.base import Record, Store, now
from shared.database.errors import DuplicateKey
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from shared.errors import LreclError

_NAME: Final = "orchestrator"


class LeaseLost(LreclError):
    """Another orchestrator acts: nothing of this transaction may take effect."""


class LeaseRow(Record):
    """The lease: ``fence`` grows with every change of hands, ``renewals`` while the holder lives."""

    holder: str
    fence: int
    renewals: int


class LeaseStore(Store):
    """The one lease."""

    table = "lease"

    def get(self) -> LeaseRow | None:
        """The lease as it is; None before anybody took it."""
        found = self._records(LeaseRow, "get", (_NAME,))
        return found[0] if found else None

    def make(self, holder: str) -> bool:
        """Take the lease for the first time; False when another orchestrator did."""
        try:
            self._change("insert", (_NAME, holder, now()))
        except DuplicateKey:
            return False
        return True

    def take(self, holder: str, fence: int) -> bool:
        """Take the lease from the holder whose term has the number ``fence``; False when it is over already."""
        return self._change("take", (holder, now(), _NAME, fence)) > 0

    def renew(self, fence: int) -> bool:
        """Say that the holder lives; False when the term is over."""
        return self._change("renew", (_NAME, fence)) > 0

    def release(self, fence: int) -> None:
        """Let another orchestrator act at once."""
        self._change("release", (_NAME, fence))

    def hold(self) -> tuple[str, int]:
        """Holder and fence, which cannot change until the transaction ends."""
        row = self._row("check", (_NAME,))
        return str(row["holder"]), int(row["fence"])


@dataclass(frozen=True, slots=True)
class Fence:
    """One term of a holder; ``number`` grows with every change of hands."""

    number: int
    holder: str
    settings: DatabaseSettings

    def check(self, session: Session) -> None:
        """LeaseLost (LRR023) when the term is over; until the commit it then cannot end."""
        holder, fence = LeaseStore(session, self.settings).hold()
        if fence != self.number:
            raise LeaseLost("LRR023", f"{self.holder} lost the lease to {holder}: nothing was written")
