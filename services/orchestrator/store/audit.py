"""The audit trail: what happened to a run, each line's hash covering the line before, so that an edit shows."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from services.orchestrator.store.base import Store, now
from shared.database.session import Row

_FIRST: Final = "0" * 64


class AuditStore(Store):
    """Appends to and checks the trail."""

    def append(self, run_id: str, kind: str, actor: str, **detail: Any) -> None:
        """Add a line, in the caller's transaction."""
        last = self.rows("event_last", (run_id,))
        sequence, previous = (int(last[0]["sequence"]) + 1, last[0]["hash"]) if last else (1, _FIRST)
        moment, text = now(), json.dumps(detail, sort_keys=True, default=str)[:3900]
        digest = _hash(previous, run_id, sequence, moment.isoformat(), kind, actor, text)
        self.change("event_insert", (run_id, sequence, moment, kind, actor, text, previous, digest))

    def trail(self, run_id: str) -> list[Row]:
        """The lines, oldest first."""
        return self.rows("event_list", (run_id,))

    def first_broken(self, run_id: str) -> int | None:
        """The sequence number of the first line that does not follow from the one before; None for a sound trail."""
        previous = _FIRST
        for expected, row in enumerate(self.trail(run_id), 1):
            text = (row["happened_at"].isoformat(), row["kind"], row["actor"], row["detail"])
            if row["sequence"] != expected or row["hash"] != _hash(previous, run_id, expected, *text):
                return expected
            previous = row["hash"]
        return None


def _hash(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
