"""A worker loop survives every error, says while it is down, and ends with its stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.runtime import workers
from shared.runtime.workers import WorkerLoop, pause_after, survives
from tests.support.waiting import wait_until


@pytest.fixture
def loops() -> Iterator[Callable[..., WorkerLoop]]:
    made: list[WorkerLoop] = []

    def make(step: Callable[[], None], **options: Any) -> WorkerLoop:
        made.append(WorkerLoop("test-loop", step, **options))
        return made[-1]

    yield make
    for loop in made:
        loop.join(5)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_FIRST_PAUSE", 0.001)


def down() -> float | None:
    return REGISTRY.get_sample_value("lrecl_worker_down", {"worker": "test-loop"})


def test_the_step_is_called_again_and_again_until_the_stop(loops: Callable[..., WorkerLoop]) -> None:
    calls, ended = [], []
    loop = loops(lambda: calls.append(threading.current_thread().name), finish=lambda: ended.append(len(calls)))
    assert not loop.healthy
    loop.start()
    wait_until(lambda: len(calls) > 10)
    assert (loop.healthy, down(), ended) == (True, 0.0, [])
    loop.join(5)
    assert ended == [len(calls)], "once, after the last step"
    assert set(calls) == {"test-loop"}
    assert (loop.healthy, down()) == (False, None), "a loop that was stopped is not down"


@pytest.mark.parametrize(
    "error", [RuntimeError("bug"), MemoryError(), RecursionError(), SystemExit(1), KeyboardInterrupt]
)
def test_no_error_ends_the_thread(loops: Callable[..., WorkerLoop], error: BaseException) -> None:
    calls: list[int] = []

    def step() -> None:
        calls.append(1)
        if len(calls) <= 3:
            raise error

    loop = loops(step)
    loop.start()
    wait_until(lambda: len(calls) > 10 and loop.healthy)


def test_it_is_down_from_an_error_until_a_step_succeeds(loops: Callable[..., WorkerLoop]) -> None:
    mended = threading.Event()

    def step() -> None:
        if not mended.is_set():
            raise RuntimeError("bug")

    loop = loops(step)
    loop.start()
    wait_until(lambda: down() == 1.0)
    assert not loop.healthy
    mended.set()
    wait_until(lambda: loop.healthy)
    assert down() == 0.0


def test_the_pause_grows_with_each_failure_and_the_stop_ends_it(
    loops: Callable[..., WorkerLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_FIRST_PAUSE", 0.1)
    at: list[float] = []

    def step() -> None:
        at.append(time.monotonic())
        raise RuntimeError("bug")

    loop = loops(step)
    loop.start()
    wait_until(lambda: len(at) == 4)
    gaps = [later - earlier for earlier, later in pairwise(at)]
    assert gaps[0] >= 0.1
    assert gaps[1] >= 0.2
    assert gaps[2] >= 0.4
    began = time.monotonic()
    loop.join(5)
    assert time.monotonic() - began < 0.5, "not the 0.8 s of the fourth pause"
    assert [pause_after(failures, 0.5) for failures in (0, 1, 2, 3, 7, 8, 10**9)] == [0.5, 0.5, 1, 2, 30, 30, 30]


def test_an_error_that_cannot_be_logged_does_not_end_it_either(
    loops: Callable[..., WorkerLoop], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class FullDisk:
        def exception(self, *_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(workers, "log", FullDisk())
    assert not survives(lambda: 1 // 0, "test")  # type: ignore[arg-type]  # its outcome is nobody's concern
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert survives(lambda: None, "test")


def test_it_waits_before_each_step_where_that_is_asked_for(loops: Callable[..., WorkerLoop]) -> None:
    calls: list[int] = []
    loop = loops(lambda: calls.append(1), every=30.0)
    loop.start()
    time.sleep(0.1)
    began = time.monotonic()
    loop.join(5)
    assert (calls, time.monotonic() - began < 1) == ([], True)


def test_loops_may_share_a_stop(loops: Callable[..., WorkerLoop]) -> None:
    stopping = threading.Event()
    first, second = loops(lambda: None, stopping=stopping), loops(lambda: None, stopping=stopping)
    first.start()
    second.start()
    first.stop()
    second.join(5)
    first.join(5)
    assert (first.healthy, second.healthy) == (False, False)


def test_a_finish_that_fails_is_logged(loops: Callable[..., WorkerLoop], capsys: pytest.CaptureFixture[str]) -> None:
    loop = loops(lambda: None, finish=lambda: [][1])
    loop.start()
    loop.join(5)
    assert "IndexError" in capsys.readouterr().out


def test_one_that_does_not_end_is_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    hang = threading.Event()
    loop = WorkerLoop("test-hung", lambda: hang.wait(10) and None)
    loop.start()
    time.sleep(0.05)
    loop.join(0.05)
    assert "did not end in time" in capsys.readouterr().out
    hang.set()
    loop.join(5)


def test_one_that_never_began_ends_at_once(loops: Callable[..., WorkerLoop]) -> None:
    loops(lambda: None).join(5)
