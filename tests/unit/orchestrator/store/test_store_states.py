"""The tables of moves: every state has a way to an end, an end is left only by an operator, and nothing else moves."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Any

import pytest

from services.orchestrator.store.runs import STOPPED, RunStore, refused
from services.orchestrator.store.states import (
    ACTIVE,
    NEEDS_OPERATOR,
    RUN_MOVES,
    STAGE_MOVES,
    STAGES,
    TERMINAL,
    Actor,
    Moves,
    StageState,
    State,
    exit_code,
    listed,
    operations,
    sources,
)
from tests.support.run_rows import run_row

STAGE_ENDS = (StageState.COMPLETED, StageState.FAILED, StageState.CANCELLED)
TABLES = [
    pytest.param(RUN_MOVES, State, State.REGISTERED, TERMINAL, id="run"),
    pytest.param(STAGE_MOVES, StageState, StageState.PENDING, STAGE_ENDS, id="stage"),
]


def targets(moves: Moves, state: StrEnum, *actors: Actor) -> set[StrEnum]:
    return {target for actor in actors for target in moves.get((state, actor), ())}


def reached(moves: Moves, start: StrEnum, *actors: Actor) -> set[StrEnum]:
    """The states that lie on some way from ``start``, itself included."""
    found, new = {start}, {start}
    while new:
        new = {target for state in new for target in targets(moves, state, *actors)} - found
        found |= new
    return found


@pytest.mark.parametrize(("moves", "states", "start", "ends"), TABLES)
class TestBothTables:
    def test_every_move_leads_from_a_state_to_a_state(
        self, moves: Moves, states: type[StrEnum], start: StrEnum, ends: tuple[StrEnum, ...]
    ) -> None:
        del start, ends
        for (source, actor), found in moves.items():
            assert isinstance(source, states)
            assert isinstance(actor, Actor)
            assert all(isinstance(target, states) for target in found)
            assert len(set(found)) == len(found) > 0

    def test_every_state_has_a_way_to_an_end_without_an_operator(
        self, moves: Moves, states: type[StrEnum], start: StrEnum, ends: tuple[StrEnum, ...]
    ) -> None:
        del start
        for state in states:
            assert reached(moves, state, Actor.ENGINE) & set(ends), state

    def test_every_state_can_be_reached(
        self, moves: Moves, states: type[StrEnum], start: StrEnum, ends: tuple[StrEnum, ...]
    ) -> None:
        del ends
        assert reached(moves, start, *Actor) == set(states)

    def test_only_an_operator_leaves_an_end(
        self, moves: Moves, states: type[StrEnum], start: StrEnum, ends: tuple[StrEnum, ...]
    ) -> None:
        del states, start
        for state in ends:
            assert targets(moves, state, Actor.ENGINE) == set()
            assert targets(moves, state, Actor.OPERATOR)
            assert not targets(moves, state, Actor.OPERATOR) & set(ends)

    def test_sources_are_the_table_read_backwards(
        self, moves: Moves, states: type[StrEnum], start: StrEnum, ends: tuple[StrEnum, ...]
    ) -> None:
        del start, ends
        for target in states:
            for actor in Actor:
                expected = [source for source in states if target in moves.get((source, actor), ())]
                assert sorted(sources(moves, target, actor)) == sorted(expected)


class TestRuns:
    def test_the_way_of_a_load_is_its_stages_in_their_order(self) -> None:
        way = (State.REGISTERED, *STAGES, State.COMPLETED)
        for state, after in pairwise(way):
            assert after in RUN_MOVES[state, Actor.ENGINE]
            assert not set(way[way.index(after) + 1 :]) & set(RUN_MOVES[state, Actor.ENGINE]), "no stage is left out"

    def test_a_stage_may_begin_once_more_where_another_orchestrator_takes_the_run_over(self) -> None:
        assert all(stage in RUN_MOVES[stage, Actor.ENGINE] for stage in STAGES)

    def test_every_working_state_can_fail_and_only_the_first_stage_refuses(self) -> None:
        working = [state for state in ACTIVE if state is not State.CANCELLING]
        assert all(State.FAILED in RUN_MOVES[state, Actor.ENGINE] for state in working)
        assert sources(RUN_MOVES, State.REFUSED, Actor.ENGINE) == (State.SPLITTING,)

    def test_a_run_that_is_being_cancelled_can_only_become_cancelled(self) -> None:
        assert targets(RUN_MOVES, State.CANCELLING, *Actor) == {State.CANCELLED}
        assert sources(RUN_MOVES, State.CANCELLED, Actor.ENGINE) == (State.CANCELLING,)

    def test_an_operator_cancels_what_is_active_and_reopens_what_has_ended(self) -> None:
        for state in State:
            expected = set(STAGES) if state in TERMINAL else {State.CANCELLING} - {state}
            assert targets(RUN_MOVES, state, Actor.OPERATOR) == expected

    def test_waiting_ends_by_itself(self) -> None:
        for state in NEEDS_OPERATOR:
            assert {State.LOADING, State.RECONCILING} <= targets(RUN_MOVES, state, Actor.ENGINE)

    def test_every_stage_is_a_state_that_is_not_the_end(self) -> None:
        assert not set(STAGES) & set(TERMINAL)
        assert set(ACTIVE) | set(TERMINAL) == set(State)
        assert not set(ACTIVE) & set(TERMINAL)
        assert all(len(state.value) <= 20 for state in (*State, *StageState)), "as the tables have it"

    def test_nothing_is_read_for_a_run_that_ended_without_success(self) -> None:
        assert set(STOPPED) == {State.CANCELLING, *TERMINAL} - {State.COMPLETED}


class TestOperations:
    def test_they_agree_with_the_table(self) -> None:
        for state in State:
            possible = targets(RUN_MOVES, state, Actor.OPERATOR)
            found = operations(state)
            assert ("cancel" in found) == (State.CANCELLING in possible), state
            reopens = any(what.startswith(("retry", "resume")) for what in found) and state not in NEEDS_OPERATOR
            assert reopens == bool(possible & set(STAGES)), state
            assert ("purge" in found) == (state in TERMINAL), state

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ("registered", ("cancel",)),
            ("loading", ("cancel",)),
            ("partial", ("cancel", "resume")),
            ("stalled", ("cancel", "resume")),
            ("cancelling", ()),
            ("failed", ("resume", "retry", "purge")),
            ("cancelled", ("resume", "retry", "purge")),
            ("refused", ("retry --force", "purge")),
            ("completed", ("retry --force", "purge")),
        ],
    )
    def test_what_an_operator_can_ask(self, state: str, expected: tuple[str, ...]) -> None:
        assert operations(State(state)) == expected

    @pytest.mark.parametrize("state", State)
    def test_a_refusal_says_the_state_and_what_is_possible(self, state: State) -> None:
        error = refused(run_row(state=state), "resumed", "Wait.")
        possible = ", ".join(operations(state)) or "nothing but waiting"
        assert (error.code, error.status) == ("LRQ040", 409)
        assert error.message == f"run run is {state} and cannot be resumed"
        assert error.remedy == f"Wait. Possible now: {possible}."
        assert error.context == {"state": state.value, "possible": possible}

    def test_a_refusal_without_a_remedy_of_its_own(self) -> None:
        assert refused(run_row(state="failed"), "cancelled").remedy == "Possible now: resume, retry, purge."


class Recorded(RunStore):
    """Notes which changes it is asked for; none touches a row."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, dict[str, str]]] = []

    def _change(self, name: str, parameters: Any = (), **names: str) -> int:
        del parameters
        self.changes.append((name, names))
        return 0


class TestStatements:
    """The states that a statement may start from are those of the table."""

    def test_a_move(self) -> None:
        at = Recorded()
        assert at.move("run", State.CANCELLING, Actor.OPERATOR) is False
        assert at.move("run", State.PARTIAL, Actor.ENGINE) is False
        working = [state for state in ACTIVE if state is not State.CANCELLING]
        assert at.changes == [
            ("move", {"states": listed(working)}),
            ("move", {"states": "'loading', 'partial', 'stalled'"}),
        ]

    def test_an_end_and_a_new_beginning(self) -> None:
        at = Recorded()
        assert at.end("run", State.COMPLETED, None, 0) is False
        assert at.reopen("run", State.LOADING, reread=True, forced=False) is False
        assert at.changes == [
            ("end", {"states": "'verifying'"}),
            ("reopen", {"states": "'completed', 'failed', 'refused', 'cancelled'"}),
        ]

    def test_states_are_literals_of_sql(self) -> None:
        assert listed((State.FAILED, StageState.RUNNING)) == "'failed', 'running'"
        assert listed(()) == "''", "an empty list is no SQL; this one holds no state"


class TestExitCodes:
    @pytest.mark.parametrize(
        ("states", "code"),
        [
            (NEEDS_OPERATOR, 4),
            ((State.FAILED, State.REFUSED, State.CANCELLED), 2),
            ([state for state in ACTIVE if state not in NEEDS_OPERATOR], None),
        ],
    )
    def test_by_state(self, states: Any, code: int | None) -> None:
        assert [exit_code(state, rejected) for state in states for rejected in (0, 7)] == [code] * 2 * len(states)

    def test_a_completed_run_by_its_rejects(self) -> None:
        assert [exit_code(State.COMPLETED, rejected) for rejected in (0, 1)] == [0, 1]
        assert exit_code("completed", 0) == 0, "as the tables keep it"
