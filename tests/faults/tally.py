"""What the fault tests of a session did and saw."""

from __future__ import annotations

from collections import Counter


class Tally:
    """Counts by name: runs that ended whole, processes killed, duplicates that the ledger met."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, **counts: int) -> None:
        """Count on."""
        self._counts.update(counts)

    def __str__(self) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(self._counts.items()))
