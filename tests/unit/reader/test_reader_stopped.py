"""Commands of stopped attempts are dropped, those of a run that goes on are not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from services.reader.worker import StoppedRuns
from shared.messaging.messages import Event


def command(run_id: str, attempt: int) -> Any:
    return SimpleNamespace(run_id=run_id, attempt=attempt)


def told(**runs: int) -> Event:
    return Event(kind="runs-stopped", service="orchestrator", instance="o-1", figures={"runs": runs})


def test_only_attempts_that_were_stopped() -> None:
    stopped = StoppedRuns()
    assert not stopped.covers(command("a", 1))
    stopped.receive(told(a=2))
    assert [stopped.covers(command("a", attempt)) for attempt in (1, 2, 3)] == [True, True, False]
    assert not stopped.covers(command("b", 1))


def test_the_last_list_counts() -> None:
    stopped = StoppedRuns()
    stopped.receive(told(a=1))
    stopped.receive(told(b=1))
    assert not stopped.covers(command("a", 1))
    assert stopped.covers(command("b", 1))
