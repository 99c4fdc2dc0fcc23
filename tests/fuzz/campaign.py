"""Many mutated inputs, one after the other, each held to the same: a result or a coded error, soon.

Input ``number`` of a target follows from the seed and the number alone, so that a finding is looked at again with
``python -m tests.fuzz TARGET --number N``.
"""

from __future__ import annotations

import random
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from shared.errors import LreclError

CPU_SECONDS: Final = 4.0
"""What one input may take of the processor; more is a hang."""
GROWTH_MB: Final = 32.0
"""What the process may keep after the inputs that fill its caches."""
_WARM_SHARE: Final = 0.25


class Hang(BaseException):
    """Not an Exception, so that no handler of the code under test takes it for one of its own."""


class Target(Protocol):
    """One way in: ``make`` invents an input, ``hold`` gives it to lrecl and asserts what must be true of the answer.

    ``units`` is how many things one input is (records, say), ``refusals`` the errors that it may be refused with.
    ``hold`` returns what came out, counted: results, rejects, codes.
    """

    units: int
    refusals: tuple[type[LreclError], ...]

    def make(self, dice: random.Random) -> Any: ...

    def hold(self, case: Any) -> Counter[str]: ...


@dataclass
class Campaign:
    """What a run over many inputs found."""

    inputs: int = 0
    units: int = 0
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, 0)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: dict[str, str] = field(default_factory=dict)
    warm_mb: float = 0.0
    end_mb: float = 0.0
    peak_mb: float = 0.0

    @property
    def growth_mb(self) -> float:
        return self.end_mb - self.warm_mb

    def __str__(self) -> str:
        counts = ", ".join(f"{name} {count:,}" for name, count in sorted(self.outcomes.items()))
        return (
            f"{self.inputs:,} inputs, {self.units:,} units in {self.seconds:.0f} s; slowest {self.slowest[0]:.2f} s "
            f"CPU (number {self.slowest[1]}); RSS {self.warm_mb:.0f} → {self.end_mb:.0f} MB, "
            f"peak {self.peak_mb:.0f} MB\n  {counts}"
        )


def run(target: Target, units: int, seed: int = 1, first: int = 0) -> Campaign:
    """Inputs ``first``, ``first`` + 1, … until ``units`` are worked on or refused."""
    found = Campaign()
    started = time.perf_counter()
    with _alarm():
        while found.units < units:
            if not found.warm_mb and found.units >= units * _WARM_SHARE:
                found.warm_mb = resident_mb()
            _try(target, seed, first + found.inputs, found)
            found.inputs += 1
            found.units += target.units
    found.seconds = time.perf_counter() - started
    found.end_mb = resident_mb()
    found.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def dice_of(seed: int, number: int) -> random.Random:
    """The dice that input ``number`` is thrown with."""
    return random.Random(seed * 1_000_000_007 + number)


def _try(target: Target, seed: int, number: int, found: Campaign) -> None:
    case = target.make(dice_of(seed, number))
    started = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        try:
            found.outcomes += target.hold(case)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except target.refusals as error:
        found.outcomes[error.code] += 1
    except (Exception, Hang) as error:  # whatever it is: it is a finding
        found.outcomes["FINDING"] += 1
        place = _place(error)
        place = f"{place} {type(error).__name__}"
        found.findings.setdefault(place, f"number {number} at {place}: {str(error)[:300]}")
    found.slowest = max(found.slowest, (time.process_time() - started, number))


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    own = [one for one in traceback.extract_tb(error.__traceback__) if "/shared/" in one.filename] or [frame]
    return f"{'/'.join(Path(own[-1].filename).parts[-2:])}:{own[-1].lineno}"


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(_number: int, _frame: object) -> None:
        raise Hang(f"more than {CPU_SECONDS:g} s of CPU")

    before = signal.signal(signal.SIGPROF, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


def resident_mb() -> float:
    """What the process holds now (proc(5), /proc/pid/statm: the second figure, in pages)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
