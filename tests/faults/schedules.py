"""Seeded schedules: which process is killed when, with every other one at whatever it is doing just then."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from tests.faults.conftest import Site

CHILD: Final = "pool_child"
BROKER: Final = "rabbitmq"
_WEIGHTS: Final = {"reader": 4, "processor": 4, CHILD: 4, "writer": 6, "orchestrator": 4, BROKER: 1}
_MOST_STRIKES = 6
"""A message survives eight failed deliveries: schedules stay below, so that each must complete without a replay."""


@dataclass(frozen=True)
class Strike:
    """After ``seconds``, SIGKILL to ``victim``."""

    seconds: float
    victim: str


def schedule(seed: int) -> list[Strike]:
    """Three to six strikes."""
    chance = random.Random(seed)
    victims = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=chance.randint(3, _MOST_STRIKES))
    return [Strike(chance.uniform(0.05, 0.7), victim) for victim in victims]


class Executioner:
    """Kills, and starts what was killed again at once, so that the schedule and no restart pause sets the pace."""

    def __init__(self, site: Site, seed: int) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._starters = ThreadPoolExecutor()
        self._starting: dict[str, Future[None]] = {}
        self.kills: Counter[str] = Counter()

    def carry_out(self, strikes: list[Strike], run_id: str) -> None:
        """The strikes that come before the run's end."""
        for strike in strikes:
            time.sleep(strike.seconds)
            if self._has_ended(run_id):
                return
            self._strike(strike.victim)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Everybody is back."""
        wait(self._starting.values())
        self._starters.shutdown()
        for starting in self._starting.values():
            starting.result()

    def _strike(self, victim: str) -> None:
        if victim == CHILD:
            self._kill_child()
            return
        if victim in self._starting:
            self._starting[victim].result()
        self._site.stack.kill(victim)
        self._starting[victim] = self._starters.submit(self._site.stack.start_process, victim)
        self.kills[victim] += 1

    def _kill_child(self) -> None:
        children = self._site.pool_children()
        if children:
            with suppress(ProcessLookupError):  # its processor was killed before
                os.kill(self._chance.choice(children), signal.SIGKILL)
                self.kills[CHILD] += 1

    def _has_ended(self, run_id: str) -> bool:
        """Asked of the database, because the orchestrator may be away."""
        (row,) = self._site.operator.query("SELECT FINISHED_AT FROM {schema}.RUN WHERE RUN_ID = ? WITH UR", run_id)
        return row["finished_at"] is not None
