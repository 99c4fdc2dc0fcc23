"""Stages in the tables: their time over attempts, their figures, and moves that the table of moves permits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.store import stages as module
from services.orchestrator.store.base import TEXT_LENGTH
from services.orchestrator.store.stages import StageStore
from services.orchestrator.store.states import STAGES, StageState, State
from tests.support.run_rows import START, stage_row


class Stages(StageStore):
    """RUN_STAGE and the documents in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, str] = {}

    @property
    def _documents(self) -> Any:
        put = lambda _run, kind, text: self.texts.update({kind: text})  # noqa: E731 - a stand-in
        return SimpleNamespace(put=put, get=lambda _run, kind: self.texts.get(kind))

    def _rows(self, name: str, parameters: Sequence[Any] = (), **_: str) -> list[dict[str, Any]]:
        assert (name, parameters) == ("list", ("run",))
        return list(self.rows.values())

    def _change(self, name: str, parameters: Sequence[Any] = (), *, states: str = "", **_: str) -> int:
        if name == "insert":
            run_id, stage, state, started = parameters
            assert stage not in self.rows, "the key is unique"
            self.rows[stage] = stage_row(run_id=run_id, stage=stage, state=state, started_at=started).model_dump()
            return 1
        *values, run_id, stage = parameters
        row = self.rows[stage]
        assert run_id == "run"
        if f"'{row['state']}'" not in states:
            return 0
        names = {
            "begin": ("state", "started_at"), "move": ("state", "error"), "reopen": ("state", "millis_before"),
            "end": ("state", "finished_at", "figures", "error"),
        }[name]  # fmt: skip
        row |= dict(zip(names, values, strict=True))
        row |= {"attempts": row["attempts"] + 1} if name == "begin" else {}
        row |= {"finished_at": None, "figures": None, "error": None} if name == "reopen" else {}
        return 1

    def state(self, stage: State = State.LOADING) -> StageState:
        return StageState(self.rows[stage]["state"])


class Clock:
    """Says how many seconds have passed since the run began."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "now", made.now)
    return made


class TestTimes:
    def test_seconds_of_a_stage_that_runs_waits_or_has_ended(self, clock: Clock) -> None:
        clock.seconds = 10.25
        assert stage_row().seconds == 10.25
        assert stage_row(state="waiting").seconds == 10.25
        ended = START + timedelta(seconds=4)
        assert stage_row(state="completed", finished_at=ended).seconds == 4.0

    def test_earlier_attempts_count(self, clock: Clock) -> None:
        clock.seconds = 2
        assert stage_row(millis_before=7_500, attempts=2).seconds == 9.5
        assert stage_row(state="pending", millis_before=7_500).seconds == 7.5, "nobody works on it"

    def test_a_clock_that_was_set_back_takes_no_time_away(self, clock: Clock) -> None:
        clock.seconds = -5
        assert stage_row(millis_before=7_500).seconds == 7.5

    def test_the_time_of_all_attempts_is_kept(self, clock: Clock) -> None:
        at = Stages()
        for attempt, (begin, end) in enumerate([(0, 4), (100, 106), (200, 201)], 1):
            clock.seconds = begin
            at.begin("run", State.LOADING)
            clock.seconds = end
            at.end("run", State.LOADING, StageState.FAILED, {}, "LRR020: too many")
            (row,) = at.all("run")
            assert row.attempts == attempt
            at.reopen(row)
        (row,) = at.all("run")
        assert (row.state, row.seconds, row.error) == (StageState.PENDING, 11.0, None)


class TestMoves:
    def test_a_stage_that_another_orchestrator_has_begun_goes_on(self, clock: Clock) -> None:
        at = Stages()
        at.begin("run", State.LOADING)
        clock.seconds = 50
        at.begin("run", State.LOADING)
        (row,) = at.all("run")
        assert (row.started_at, row.attempts, row.seconds) == (START, 1, 50.0)

    def test_a_stage_waits_and_goes_on(self) -> None:
        at = Stages()
        at.begin("run", State.MERGING)
        at.wait("run", State.MERGING, "waits for run other")
        assert (at.state(State.MERGING), at.all("run")[0].error) == (StageState.WAITING, "waits for run other")
        at.go_on("run", State.MERGING)
        assert (at.state(State.MERGING), at.all("run")[0].error) == (StageState.RUNNING, None)

    @pytest.mark.parametrize("end", [StageState.COMPLETED, StageState.FAILED, StageState.CANCELLED])
    def test_a_stage_that_has_ended_stays_as_it_is_until_it_is_reopened(self, end: StageState) -> None:
        at = Stages()
        at.begin("run", State.LOADING)
        at.end("run", State.LOADING, end, {"batches": 3}, None)
        at.wait("run", State.LOADING, "waits")
        at.go_on("run", State.LOADING)
        at.begin("run", State.LOADING)
        at.end("run", State.LOADING, StageState.FAILED, {}, "late")
        (row,) = at.all("run")
        assert (row.state, row.error, at.figures(row)) == (end, None, {"batches": 3})
        at.reopen(row)
        assert at.state() is StageState.PENDING
        assert at.figures(at.all("run")[0]) == {}
        at.begin("run", State.LOADING)
        assert at.state() is StageState.RUNNING

    def test_a_stage_that_runs_is_not_reopened(self) -> None:
        at = Stages()
        at.begin("run", State.LOADING)
        at.reopen(at.all("run")[0])
        assert at.state() is StageState.RUNNING


def test_stages_come_in_the_order_of_the_load_not_in_that_of_their_beginning() -> None:
    at = Stages()
    for stage in reversed(STAGES):
        at.begin("run", stage)
    assert [row.stage for row in at.all("run")] == list(STAGES)
    at.end("run", State.MERGING, StageState.COMPLETED, {}, None)
    assert at.completed("run") == {State.MERGING}


def test_long_figures_are_kept_as_a_document() -> None:
    at = Stages()
    figures = {"tables": {f"L.T{number}": {"rows_merged": number} for number in range(500)}}
    at.begin("run", State.MERGING)
    at.end("run", State.MERGING, StageState.COMPLETED, figures, None)
    assert len(json.dumps(figures)) > TEXT_LENGTH
    assert at.rows[State.MERGING]["figures"] == ""
    (row,) = at.all("run")
    assert at.figures(row) == figures
    at.reopen(row)
    assert at.figures(at.all("run")[0]) == {}, "they belong to the attempt that ended"
