"""Log lines about a run, for services that work on batches: one when work on the run begins, one when it pauses.

Batches of several runs come in any order. A summary is therefore not logged when a batch of another run comes, but when
no batch of the run itself has come for some seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Final

from shared.observability.logs import get_logger

_IDLE_SECONDS: Final = 5.0
_REMEMBERED_RUNS: Final = 1_000
"""Runs that are remembered after their summary: if another batch comes, the line says "continues", not "begins"."""

log = get_logger()


@dataclass(slots=True)
class _Spell:
    """What was done for a run since its last line "begins" or "continues"."""

    began: float
    last: float
    in_hand: int = 0
    batches: int = 0
    records: int = 0


class RunLog:
    """Counts the batches of each run; thread-safe. ``clock`` gives seconds."""

    def __init__(self, idle_seconds: float = _IDLE_SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._spells: dict[str, _Spell] = {}
        self._earlier: dict[str, None] = {}

    @contextmanager
    def batch(self, run_id: str) -> Iterator[Callable[[int], None]]:
        """Work on a batch of the run; call what is yielded with the number of its records when they are done."""
        spell = self._begun(run_id)
        try:
            yield lambda records: self._count(spell, records)
        finally:
            with self._lock:
                spell.in_hand -= 1
                spell.last = self._clock()

    def flush(self) -> None:
        """Log the summary of every run of which no batch has come for a while; call it every second or so."""
        self._end_spells(self._idle_seconds)

    def close(self) -> None:
        """Log the summaries that are due when the process ends."""
        self._end_spells(-inf)

    def _begun(self, run_id: str) -> _Spell:
        with self._lock:
            spell = self._spells.get(run_id)
            new = spell is None
            if spell is None:
                now = self._clock()
                spell = self._spells[run_id] = _Spell(now, now)
            spell.in_hand += 1
            known = run_id in self._earlier
        if new:
            log.info("run continues here" if known else "run begins here", run_id=run_id)
        return spell

    def _count(self, spell: _Spell, records: int) -> None:
        with self._lock:
            spell.batches += 1
            spell.records += records

    def _end_spells(self, idle_seconds: float) -> None:
        with self._lock:
            due = self._clock() - idle_seconds
            ended = {run_id: spell for run_id, spell in self._spells.items() if not spell.in_hand and spell.last <= due}
            for run_id in ended:
                del self._spells[run_id]
                self._remember(run_id)
        for run_id, spell in ended.items():
            seconds = round(spell.last - spell.began, 3)
            log.info("run pauses here", run_id=run_id, batches=spell.batches, records=spell.records, seconds=seconds)

    def _remember(self, run_id: str) -> None:
        self._earlier.pop(run_id, None)
        self._earlier[run_id] = None
        if len(self._earlier) > _REMEMBERED_RUNS:
            del self._earlier[next(iter(self._earlier))]
