"""EVENT, the audit trail: what happened to a run, each line's hash covering the line before, so that an edit shows."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from services.orchestrator.store.base import TEXT_LENGTH, Char, Record, Store, now

_FIRST: Final = "0" * 64
_FIGURES: Final = (bool, int, float, type(None))


class EventRow(Record):
    """A line of the trail; ``text`` is the JSON of its detail, as it was hashed."""

    run_id: str
    sequence: int
    happened_at: datetime
    kind: str
    actor: str
    text: str = Field(alias="detail")
    previous_hash: Char
    hash: Char

    @property
    def detail(self) -> dict[str, Any]:
        """What the line says besides who did what."""
        found: dict[str, Any] = json.loads(self.text)
        return found


class AuditStore(Store):
    """Appends to and checks the trail."""

    table = "event"

    def append(self, run_id: str, kind: str, actor: str, **detail: Any) -> None:
        """Add a line, in the caller's transaction."""
        last = self._rows("last", (run_id,))
        sequence, previous = (int(last[0]["sequence"]) + 1, last[0]["hash"]) if last else (1, _FIRST)
        moment, text = now(), _json(detail)
        digest = _hash(previous, run_id, sequence, moment.isoformat(), kind, actor, text)
        self._change("insert", (run_id, sequence, moment, kind, actor, text, previous, digest))

    def trail(self, run_id: str) -> list[EventRow]:
        """The lines, oldest first."""
        return self._records(EventRow, "list", (run_id,))

    def first_broken(self, run_id: str) -> int | None:
        """The sequence number of the first line that does not follow from the one before; None for a sound trail."""
        previous = _FIRST
        for expected, row in enumerate(self.trail(run_id), 1):
            text = (row.happened_at.isoformat(), row.kind, row.actor, row.text)
            if row.sequence != expected or row.hash != _hash(previous, run_id, expected, *text):
                return expected
            previous = row.hash
        return None


def _json(detail: dict[str, Any]) -> str:
    """JSON that fits its column: of a long detail every text is shortened, figures stay as they are."""
    text = json.dumps(detail, sort_keys=True, default=str)
    if len(text) <= TEXT_LENGTH:
        return text
    length = TEXT_LENGTH // (2 * len(detail))
    shortened = {
        name: value if isinstance(value, _FIGURES) else _shortened(str(value), length) for name, value in detail.items()
    }
    return json.dumps(shortened, sort_keys=True)


def _shortened(text: str, length: int) -> str:
    """As many of the first characters as take ``length`` characters in JSON."""
    while len(json.dumps(text)) > length:
        text = text[: len(text) * 3 // 4]
    return text


def _hash(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
