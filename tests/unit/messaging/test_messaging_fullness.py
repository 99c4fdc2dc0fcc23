"""When the log warns that a queue is nearly full."""

from __future__ import annotations

import pytest

from shared.messaging import queue_depths
from shared.messaging.queue_depths import FullnessWarning
from shared.messaging.topology import PROCESSED, RAW


class Watched:
    """The warning with a clock of its own and the log before the test's eyes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self.warned: list[str] = []
        self._warning = FullnessWarning()
        monkeypatch.setattr(queue_depths, "monotonic", lambda: self.now)
        monkeypatch.setattr(queue_depths, "log", self)

    def warning(self, _event: str, *, queue: str, **_figures: int) -> None:
        self.warned.append(queue)

    def look(self, depth: int, queue: str = RAW, seconds: float = 1.0) -> int:
        """Warnings after this look, which comes ``seconds`` after the one before."""
        self.now += seconds
        self._warning.look(queue, depth, 20)
        return len(self.warned)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def test_it_warns_from_80_percent_of_the_bound_on(watched: Watched) -> None:
    assert [watched.look(depth) for depth in (0, 15, 16)] == [0, 0, 1]


def test_a_queue_that_stays_full_is_warned_of_once(watched: Watched) -> None:
    assert [watched.look(depth, seconds=60) for depth in (20, 16, 20, 14, 18)] == [1, 1, 1, 1, 1]


def test_a_queue_that_fills_again_and_again_is_warned_of_every_ten_seconds(watched: Watched) -> None:
    assert [watched.look(depth) for depth in [20, 0] * 10] == [1] * 10 + [2] * 10


def test_a_queue_that_filled_again_too_soon_is_warned_of_when_the_ten_seconds_are_over(watched: Watched) -> None:
    assert [watched.look(depth) for depth in [20, 0] + [20] * 10] == [1] * 10 + [2] * 2


def test_queues_are_warned_of_one_by_one(watched: Watched) -> None:
    watched.look(20)
    watched.look(20, PROCESSED)
    assert watched.warned == [RAW, PROCESSED]
