"""Named places at which a test makes something go wrong: a kill, an error, a pause.

``LRECL_FAULT_POINTS`` lists them: ``NAME:ACTION[:WHEN]``, separated by commas. ACTION is ``kill`` (SIGKILL of its own
process), ``raise`` or ``sleep=SECONDS``. WHEN is ``#N`` (the Nth time in this process, by default ``#1``) or a
probability such as ``0.01``, drawn with the seed ``LRECL_FAULT_SEED``. With ``LRECL_FAULT_FOLDER``, ``#N`` happens once
in all processes that share the folder; without it, a process that is started again dies again.

The variable works only with ``LRECL_ENVIRONMENT=test``; otherwise it is refused and the service does not start. If it
is not set, a point costs a call and a comparison.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.errors import PermanentError, TransientError


@dataclass(slots=True)
class _Point:
    name: str
    action: str
    nth: int = 0
    probability: float = 0.0
    hits: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self, chance: random.Random, folder: Path | None) -> bool:
        with self.lock:
            self.hits += 1
            if not self.nth:
                return chance.random() < self.probability
            return self.hits == self.nth and (folder is None or _first(folder / self.name))


class FaultPoints:
    """The points that the environment names; LRM090 for an entry that cannot be read."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        text = environment.get("LRECL_FAULT_POINTS", "")
        if text and environment.get("LRECL_ENVIRONMENT") != "test":
            raise _wrong("faults are for tests only", "Unset LRECL_FAULT_POINTS, or set LRECL_ENVIRONMENT=test.")
        folder = environment.get("LRECL_FAULT_FOLDER")
        self._folder = Path(folder) if folder else None
        self._chance = random.Random(environment.get("LRECL_FAULT_SEED", "0"))  # noqa: S311 - a schedule, no secret
        self.points: dict[str, list[_Point]] = {}
        for entry in filter(None, text.split(",")):
            point = _parsed(entry)
            self.points.setdefault(point.name, []).append(point)

    def hit(self, name: str) -> None:
        """Do what is due at the place ``name``."""
        for point in self.points.get(name, ()):
            if point.is_due(self._chance, self._folder):
                _act(point)


def fault_point(name: str) -> None:
    """Mark the place ``name``; something goes wrong here if a test asked for that."""
    if _ACTIVE is not None:
        _ACTIVE.hit(name)


def _parsed(entry: str) -> _Point:
    name, _, rest = entry.strip().partition(":")
    action, _, when = rest.partition(":")
    kind, _, seconds = action.partition("=")
    try:
        if not name or kind not in ("kill", "raise", "sleep") or (kind == "sleep") != bool(seconds):
            raise ValueError(entry)
        if seconds:
            float(seconds)
        if when.startswith("#") or not when:
            return _Point(name, action, nth=max(int(when[1:] or 1), 1))
        return _Point(name, action, probability=float(when))
    except ValueError as error:
        raise _wrong(f"the fault point {entry!r} cannot be read", "Write NAME:ACTION[:WHEN].") from error


def _act(point: _Point) -> None:
    kind, _, seconds = point.action.partition("=")
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "raise":
        raise TransientError("LRM091", f"the fault point {point.name} was asked to fail")
    time.sleep(float(seconds))


def _first(mark: Path) -> bool:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _wrong(message: str, remedy: str) -> PermanentError:
    return PermanentError("LRM090", message, remedy=remedy)


_ACTIVE = FaultPoints(os.environ) if os.environ.get("LRECL_FAULT_POINTS") else None
