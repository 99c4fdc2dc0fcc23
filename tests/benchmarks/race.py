"""Timing: contestants in alternating rounds, one thread or several, wall clock and each thread's own CPU."""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants import Contestant
from tests.benchmarks.staged import ROWS, Batch

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Timings:
    """One contestant's rounds: rows per second together, and CPU seconds of the inserting threads per row."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def rate(self) -> int:
        return round(statistics.median(self.rates))

    @property
    def micros(self) -> float:
        """Microseconds of CPU a row."""
        return round(statistics.median(self.cpu) * 1e6, 2)


@dataclass(frozen=True)
class Entry:
    """Contestants that run side by side, a thread each, and how many batches each of them inserts in a round."""

    team: Sequence[Contestant]
    batches: int


def race(entries: Mapping[str, Entry], rounds: int, numbers: Iterator[int]) -> dict[str, Timings]:
    """Each entry in each round, in any order, so that none always follows the same one; the first round warms up."""
    timings = {name: Timings() for name in entries}
    shuffler = random.Random(rounds)
    for turn in range(rounds + 1):
        for name in shuffler.sample(list(entries), len(entries)):
            rate, cpu = _timed(entries[name], numbers)
            if turn:
                timings[name].rates.append(rate)
                timings[name].cpu.append(cpu)
    return timings


def ratio(upper: Sequence[float], lower: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return round(statistics.median(one / other for one, other in zip(upper, lower, strict=True)), 2)


def free_cores(seconds: float = 0.5) -> float:
    """How many cores had nothing to do just now."""
    before = _idle()
    time.sleep(seconds)
    return round((_idle() - before) / _TICKS / seconds, 1)


def _idle() -> int:
    """Idle time of all cores since boot, in ticks (proc(5), /proc/stat: the fourth figure)."""
    return int(Path("/proc/stat").read_text().split(maxsplit=5)[4])


def _timed(entry: Entry, numbers: Iterator[int]) -> tuple[float, float]:
    formed = [[one.form(Batch(next(numbers))) for _ in range(entry.batches)] for one in entry.team]
    cpu: list[float] = []
    gate = threading.Barrier(len(entry.team) + 1)
    threads = [
        threading.Thread(target=_insert, args=(one, batches, gate, cpu))
        for one, batches in zip(entry.team, formed, strict=True)
    ]
    for thread in threads:
        thread.start()
    gate.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - start
    assert len(cpu) == len(threads), "a thread failed"
    rows = ROWS * entry.batches * len(threads)
    return rows / wall, sum(cpu) / rows


def _insert(contestant: Contestant, batches: Sequence[Any], gate: threading.Barrier, cpu: list[float]) -> None:
    gate.wait()
    start = time.thread_time()
    for formed in batches:
        contestant.insert(formed)
    cpu.append(time.thread_time() - start)
