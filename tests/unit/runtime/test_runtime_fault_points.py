"""Fault points: only in tests, at the named place, at the named time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.errors import PermanentError, TransientError
from shared.runtime import fault_points
from shared.runtime.fault_points import FaultPoints, fault_point


def points(text: str, **more: str) -> FaultPoints:
    return FaultPoints({"LRECL_FAULT_POINTS": text, "LRECL_ENVIRONMENT": "test"} | more)


def outcomes(made: FaultPoints, name: str, times: int) -> list[bool]:
    """Of each hit whether it failed."""
    found = []
    for _ in range(times):
        try:
            made.hit(name)
            found.append(False)
        except TransientError:
            found.append(True)
    return found


def test_nothing_is_set() -> None:
    assert fault_points._ACTIVE is None
    fault_point("anywhere")


@pytest.mark.parametrize("environment", [{}, {"LRECL_ENVIRONMENT": "production"}])
def test_refused_outside_tests(environment: dict[str, str]) -> None:
    with pytest.raises(PermanentError) as caught:
        FaultPoints({"LRECL_FAULT_POINTS": "a:kill"} | environment)
    assert caught.value.code == "LRM090"


@pytest.mark.parametrize(
    "text", ["a", "a:burn", ":kill", "a:kill:soon", "a:sleep", "a:sleep=x", "a:kill=3", "a:raise:#x"]
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(PermanentError, match="cannot be read"):
        points(text)


def test_the_nth_time_and_nowhere_else() -> None:
    made = points("a:raise:#3,b:raise")
    assert outcomes(made, "a", 5) == [False, False, True, False, False]
    assert outcomes(made, "b", 2) == [True, False]
    assert outcomes(made, "c", 2) == [False, False]


def test_by_chance_and_the_same_again() -> None:
    first = outcomes(points("a:raise:0.3", LRECL_FAULT_SEED="7"), "a", 200)
    assert first == outcomes(points("a:raise:0.3", LRECL_FAULT_SEED="7"), "a", 200)
    assert first != outcomes(points("a:raise:0.3", LRECL_FAULT_SEED="8"), "a", 200)
    assert 30 < sum(first) < 90


def test_once_in_all_processes_that_share_a_folder(tmp_path: Path) -> None:
    assert outcomes(points("a:raise", LRECL_FAULT_FOLDER=str(tmp_path)), "a", 2) == [True, False]
    assert outcomes(points("a:raise", LRECL_FAULT_FOLDER=str(tmp_path)), "a", 2) == [False, False]


def test_a_pause() -> None:
    began = time.monotonic()
    points("a:sleep=0.05").hit("a")
    assert time.monotonic() - began >= 0.05


def test_a_kill() -> None:
    code = "from shared.runtime.fault_points import fault_point\nfault_point('a')\nfault_point('a')\nprint('alive')"
    environment = {"LRECL_FAULT_POINTS": "a:kill:#2", "LRECL_ENVIRONMENT": "test"}
    root = Path(__file__).parents[3]
    ended = subprocess.run([sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, b"")
