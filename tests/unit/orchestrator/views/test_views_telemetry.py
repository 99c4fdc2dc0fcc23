"""What events say of runs under way: flows, hashed bytes, memory."""

from __future__ import annotations

from typing import Any

import pytest

from services.orchestrator.views import telemetry as module
from services.orchestrator.views.telemetry import Telemetry
from shared.messaging.messages import Event


def event(kind: str, run_id: str = "run", **figures: Any) -> Event:
    return Event.model_validate(
        {"kind": kind, "service": "s", "instance": figures.pop("instance", "i"), "run_id": run_id, "figures": figures}
    )


class TestTelemetry:
    def test_flows_add_up_by_run_and_kind(self) -> None:
        telemetry = Telemetry()
        telemetry.begin("a")
        telemetry.begin("b")
        for run_id in ("a", "a", "b"):
            telemetry.receive(event("batch-processed", run_id, records=10, bytes=1_200))
        flow = telemetry.flow("a", "batch-processed")
        assert (flow.records, flow.bytes) == (20, 2_400)
        assert telemetry.flow("b", "batch-processed").records == 10
        assert telemetry.flow("a", "batch-read").records == 0

    def test_unknown_runs_are_not_kept(self) -> None:
        """Events of runs that are over, or of another orchestrator, must not fill the memory."""
        telemetry = Telemetry()
        telemetry.receive(event("batch-read", "stranger", records=1))
        assert telemetry.flow("stranger", "batch-read").records == 0
        telemetry.begin("run")
        telemetry.forget("run")
        telemetry.receive(event("batch-read", "run", records=1))
        assert telemetry.flow("run", "batch-read").records == 0

    def test_beginning_again_forgets_nothing(self) -> None:
        telemetry = Telemetry()
        telemetry.begin("run")
        telemetry.receive(event("batch-read", records=5))
        telemetry.begin("run")
        assert telemetry.flow("run", "batch-read").records == 5

    def test_memory_is_each_peak_and_the_highest_sum(self) -> None:
        telemetry = Telemetry()
        telemetry.receive(event("heartbeat", "", instance="w", processes={"main": [1, 500, 900]}))
        telemetry.begin("run")
        for rss in (100, 300, 200):
            telemetry.receive(event("heartbeat", "", instance="p", processes={"main": [2, rss, 400], "c": [3, 10, 20]}))
        telemetry.receive(event("heartbeat", "", instance="w", processes={"main": [1, 50, 900]}))
        memory = telemetry.memory("run")
        assert memory.peaks == {"p/main": 400, "p/c": 20, "w/main": 900}
        assert memory.highest_sum == 500 + 300 + 10, "the writer's last word counts until its next"
        assert telemetry.memory("run") == memory, "told as often as the run's end is tried"
        telemetry.forget("run")
        assert telemetry.memory("run").peaks == {}

    def test_a_run_shorter_than_the_time_between_two_life_signs_has_the_last_ones(self) -> None:
        telemetry = Telemetry()
        telemetry.receive(event("heartbeat", "", instance="w", processes={"main": [1, 500, 900]}))
        telemetry.receive(event("heartbeat", "", instance="p", processes={"main": [2, 100, 100]}))
        telemetry.begin("run")
        memory = telemetry.memory("run")
        assert memory.peaks == {"w/main": 500, "p/main": 100}, "not a peak of the time before the run"
        assert memory.highest_sum == 600

    def test_an_instance_that_has_ended_no_longer_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = 100.0
        monkeypatch.setattr(module, "monotonic", lambda: clock)
        telemetry = Telemetry()
        telemetry.receive(event("heartbeat", "", instance="old", processes={"main": [1, 500, 900]}))
        clock += 9
        telemetry.receive(event("heartbeat", "", instance="new", processes={"main": [2, 400, 400]}))
        clock += 2
        telemetry.begin("run")
        assert telemetry.memory("run").peaks == {"new/main": 400}
        assert telemetry.memory("run").highest_sum == 400

    def test_hashed_bytes_are_known_from_the_first_block_until_the_end(self) -> None:
        telemetry = Telemetry()
        assert telemetry.hashed("run") == 0
        for done in (100, 250):
            telemetry.note_hashed("run", done)
        assert (telemetry.hashed("run"), telemetry.hashed("other")) == (250, 0)
        telemetry.begin("run")
        assert telemetry.hashed("run") == 250
        telemetry.forget("run")
        assert telemetry.hashed("run") == 0
