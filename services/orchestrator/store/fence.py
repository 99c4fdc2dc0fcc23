"""The fence: a transaction of the acting orchestrator takes effect only while its term lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.orchestrator.store.base import Store
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from shared.errors import LreclError

LEASE: Final = "orchestrator"
"""The name of the one lease."""


class LeaseLost(LreclError):
    """Another orchestrator acts: nothing of this transaction may take effect."""


@dataclass(frozen=True, slots=True)
class Fence:
    """One term of a holder; ``number`` grows with every change of hands."""

    number: int
    holder: str
    settings: DatabaseSettings

    def check(self, session: Session) -> None:
        """LeaseLost (LRR023) when the term is over; until the commit it then cannot end."""
        row = Store(session, self.settings).one("lease_check", (LEASE,))
        if row["fence"] != self.number:
            raise LeaseLost("LRR023", f"{self.holder} lost the lease to {row['holder']}: nothing was written")
