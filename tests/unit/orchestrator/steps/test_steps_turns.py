"""Turns at the final tables: a stage waits visibly, and goes on when its turn has come."""

from __future__ import annotations

import pytest

from services.orchestrator.steps.load.turns import take_turn
from services.orchestrator.store.states import State
from shared.messaging.publisher import Cancelled
from tests.support.step_context import JOB, context

FINAL = JOB.tables[0].final_table
CLAIM = ("claim", [FINAL])
GO_ON = ("go on", State.MERGING)


def waits(run_id: str) -> tuple[str, tuple[State, str]]:
    return ("wait", (State.MERGING, f"waits for run {run_id}, which merges into {FINAL} first"))


def test_a_run_that_nobody_is_ahead_of_does_not_wait() -> None:
    run = context()
    take_turn(run, State.MERGING)
    assert run.at.changes == [CLAIM, GO_ON]


def test_the_stage_says_once_for_which_run_it_waits() -> None:
    run = context(ahead=["run-0", "run-0", "run-0"])
    take_turn(run, State.MERGING)
    assert run.at.changes == [CLAIM, GO_ON, waits("run-0"), CLAIM, CLAIM, CLAIM, GO_ON]


def test_it_says_anew_when_another_run_is_ahead() -> None:
    run = context(ahead=["run-0", "run-1"])
    take_turn(run, State.MERGING)
    assert run.at.changes == [CLAIM, GO_ON, waits("run-0"), CLAIM, GO_ON, waits("run-1"), CLAIM, GO_ON]


def test_tables_are_claimed_together_in_one_order() -> None:
    run = context()
    table = run.compiled.tables[0]
    others = [table.model_copy(update={"final_table": name}) for name in ("L.C", "L.A", "L.B")]
    run.compiled = run.compiled.model_copy(update={"tables": tuple(others)})
    take_turn(run, State.MERGING)
    assert run.at.changes[0] == ("claim", ["L.A", "L.B", "L.C"])


def test_one_thread_at_a_time_decides() -> None:
    run = context()
    claim = run.at.turns.claim

    def locked(*asked: object) -> object:
        assert run.between_runs.locked()
        return claim(*asked)

    run.at.turns.claim = locked
    take_turn(run, State.MERGING)
    assert not run.between_runs.locked()


def test_the_wait_ends_when_the_orchestrator_stops_or_the_run_is_cancelled() -> None:
    run = context(ahead=["run-0"] * 3)
    run.stopping.set()
    with pytest.raises(Cancelled):
        take_turn(run, State.MERGING)
    assert run.at.changes == [CLAIM, GO_ON, waits("run-0")], "and its place in the order stays noted"
