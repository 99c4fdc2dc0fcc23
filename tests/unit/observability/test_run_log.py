"""A line when a service begins with a run, one when no batch of it comes any more, and none for each batch."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from shared.observability import run_log as module
from shared.observability.run_log import RunLog


class Lines:
    """In place of the logger."""

    def __init__(self) -> None:
        self.written: list[tuple[str, dict[str, Any]]] = []

    def info(self, event: str, **facts: Any) -> None:
        self.written.append((event, facts))

    def take(self) -> list[Any]:
        taken, self.written = self.written, []
        return taken


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    made = Lines()
    monkeypatch.setattr(module, "log", made)
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runs(clock: Clock) -> RunLog:
    return RunLog(idle_seconds=5.0, clock=clock)


def work(runs: RunLog, clock: Clock, run_id: str, records: int, seconds: float = 1.0) -> None:
    with runs.batch(run_id) as count:
        clock.now += seconds
        count(records)


def test_one_line_at_the_beginning_and_one_when_the_run_is_idle(runs: RunLog, clock: Clock, lines: Lines) -> None:
    for _ in range(3):
        work(runs, clock, "a", 10)
    assert lines.take() == [("run begins here", {"run_id": "a"})]
    clock.now += 4.9
    runs.flush()
    assert lines.take() == []
    clock.now += 0.1
    runs.flush()
    assert lines.take() == [("run pauses here", {"run_id": "a", "batches": 3, "records": 30, "seconds": 3.0})]
    runs.flush()
    assert lines.take() == []


def test_a_run_that_comes_back_continues_and_is_counted_anew(runs: RunLog, clock: Clock, lines: Lines) -> None:
    work(runs, clock, "a", 10)
    clock.now += 9
    runs.flush()
    lines.take()
    work(runs, clock, "a", 7, seconds=2.0)
    runs.close()
    assert lines.take() == [
        ("run continues here", {"run_id": "a"}),
        ("run pauses here", {"run_id": "a", "batches": 1, "records": 7, "seconds": 2.0}),
    ]


def test_runs_that_come_by_turns_have_a_line_each_not_one_for_each_turn(
    runs: RunLog, clock: Clock, lines: Lines
) -> None:
    for _ in range(5):
        work(runs, clock, "a", 1, 0.1)
        work(runs, clock, "b", 2, 0.1)
        runs.flush()
    assert [facts["run_id"] for _, facts in lines.take()] == ["a", "b"]
    runs.close()
    assert [(facts["run_id"], facts["records"]) for _, facts in lines.take()] == [("a", 5), ("b", 10)]


def test_a_batch_that_fails_is_not_counted_and_one_that_takes_long_is_no_pause(
    runs: RunLog, clock: Clock, lines: Lines
) -> None:
    with pytest.raises(ZeroDivisionError), runs.batch("a"):
        raise ZeroDivisionError
    with runs.batch("a") as count:
        clock.now += 60
        runs.flush()
        count(1)
    clock.now += 5
    runs.flush()
    assert [event for event, _ in lines.written] == ["run begins here", "run pauses here"]
    assert lines.take()[1][1] == {"run_id": "a", "batches": 1, "records": 1, "seconds": 60.0}


def test_memory_of_earlier_runs_is_bounded(runs: RunLog, clock: Clock, lines: Lines) -> None:
    for number in range(1_500):
        work(runs, clock, str(number), 1)
        runs.close()
    assert (len(runs._earlier), runs._spells) == (1_000, {})


def test_threads_count_together(lines: Lines) -> None:
    runs = RunLog()

    def many() -> None:
        for _ in range(500):
            with runs.batch("a") as count:
                count(2)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs.close()
    (_, _), (_, facts) = lines.take()
    assert (facts["batches"], facts["records"]) == (2_000, 4_000)
