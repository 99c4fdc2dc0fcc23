"""Turns at final tables: the run that merges goes on until its end, then the one that was registered first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.store.merges import MergeTurns, TurnRow, TurnStore, _ahead
from services.orchestrator.store.states import TurnState

WAITING, MERGING, ENDED = TurnState.WAITING, TurnState.MERGING, TurnState.ENDED


class Turns(TurnStore):
    """MERGE_TURN in memory; runs are registered in the order of their ids."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}

    def claim(self, run_id: str, tables: Sequence[str]) -> str | None:
        """As the step does: a run waits before it claims."""
        self.wait(run_id, tables)
        return super().claim(run_id, tables)

    def state(self, run_id: str, table: str = "T") -> TurnState:
        return TurnState(self.rows[table, run_id]["state"])

    def _records(self, model: type[Any], name: str, parameters: Sequence[Any] = (), **_: str) -> list[Any]:
        if name == "get":
            row = self.rows.get((parameters[0], parameters[1]))
            return [] if row is None else [model.model_validate(row)]
        assert name == "unfinished"
        table, ended = parameters
        found = [row for (of, _), row in sorted(self.rows.items()) if of == table and row["state"] != ended]
        return [model.model_validate(row) for row in found]

    def _row(self, name: str, parameters: Sequence[Any] = (), **_: str) -> dict[str, Any]:
        assert name == "last"
        return {
            "turn": max((row["turn"] for (table, _), row in self.rows.items() if table == parameters[0]), default=0)
        }

    def _change(self, name: str, parameters: Sequence[Any] = (), **_: str) -> int:
        if name == "insert":
            table, run_id, state = parameters
            assert (table, run_id) not in self.rows, "the key is unique"
            self.rows[table, run_id] = {"run_id": run_id, "state": state, "first_turn": 0, "turn": 0}
            return 1
        if name == "end":
            return self._set([key for key in self.rows if key[1] == parameters[1]], state=parameters[0])
        *values, table, run_id = parameters
        names = {"move": ("state",), "take": ("turn", "first_turn")}[name]
        return self._set([(table, run_id)], **dict(zip(names, values, strict=True)))

    def _set(self, keys: list[tuple[str, str]], **values: Any) -> int:
        found = [key for key in keys if key in self.rows]
        for key in found:
            self.rows[key] |= values
        return len(found)


def turns(**states: TurnState) -> list[TurnRow]:
    return [TurnRow(run_id=run_id, state=state) for run_id, state in states.items()]


class TestAhead:
    @pytest.mark.parametrize(
        ("there", "ahead"),
        [
            (turns(b=WAITING), None),
            (turns(b=MERGING), None),
            (turns(a=MERGING, b=WAITING), "a"),
            (turns(b=WAITING, c=MERGING), "c"),
            (turns(a=WAITING, b=WAITING), "a"),
            (turns(a=WAITING, aa=WAITING, b=WAITING), "a"),
            (turns(b=WAITING, c=WAITING), None),
            (turns(a=WAITING, b=WAITING, c=MERGING), "c"),
            (turns(a=WAITING, b=MERGING, c=WAITING), None),
        ],
    )
    def test_who_merges_then_who_was_registered_first(self, there: list[TurnRow], ahead: str | None) -> None:
        assert _ahead("b", there) == ahead


class TestClaiming:
    def test_a_free_table(self) -> None:
        at = Turns()
        assert at.claim("a", ["T"]) is None
        assert at.state("a") is MERGING

    def test_the_others_wait_until_the_run_ends(self) -> None:
        at = Turns()
        at.claim("b", ["T"])
        assert [at.claim("a", ["T"]), at.claim("c", ["T"])] == ["b", "b"]
        assert [at.state(run_id) for run_id in "abc"] == [WAITING, MERGING, WAITING]
        at.end("b")
        assert at.claim("c", ["T"]) == "a", "which was registered before"
        assert at.claim("a", ["T"]) is None
        at.end("a")
        assert at.claim("c", ["T"]) is None

    def test_a_run_that_comes_between_two_turns_goes_behind_those_registered_before_it(self) -> None:
        at = Turns()
        at.claim("a", ["T"])
        at.claim("b", ["T"])
        at.end("a")
        assert at.claim("c", ["T"]) == "b"
        assert at.claim("b", ["T"]) is None

    def test_a_run_keeps_its_turn_though_one_registered_before_it_waits(self) -> None:
        """It asks again before it verifies, and after a restart."""
        at = Turns()
        at.claim("b", ["T"])
        at.claim("a", ["T"])
        assert at.claim("b", ["T"]) is None
        assert (at.state("a"), at.state("b")) == (WAITING, MERGING)

    def test_a_run_that_goes_on_after_its_end_asks_anew(self) -> None:
        at = Turns()
        at.claim("a", ["T"])
        at.end("a")
        at.claim("b", ["T"])
        assert at.claim("a", ["T"]) == "b"
        assert at.state("a") is WAITING

    def test_a_run_takes_all_its_tables_or_none(self) -> None:
        at = Turns()
        at.claim("a", ["T", "U"])
        assert at.claim("b", ["S", "T"]) == "a"
        assert at.state("b", "S") is WAITING
        assert at.claim("c", ["S"]) == "b", "and nobody passes it at the other table"
        assert at.claim("d", ["V"]) is None, "where nobody waits"

    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["claim", "end"])), max_size=40))
    def test_one_run_at_a_time_has_the_turn_and_keeps_it(self, steps: list[tuple[str, str]]) -> None:
        at = Turns()
        has_turn: str | None = None
        for run_id, step in steps:
            if step == "claim":
                ahead = at.claim(run_id, ["T"])
                assert has_turn is None or (ahead is None) == (has_turn == run_id)
                has_turn = run_id if ahead is None else has_turn
            else:
                at.end(run_id)
                has_turn = None if has_turn == run_id else has_turn
            merging = [run for run in "abcd" if ("T", run) in at.rows and at.state(run) is MERGING]
            assert merging == ([] if has_turn is None else [has_turn])


class TestNumbers:
    def test_each_merge_has_the_next_number(self) -> None:
        at = Turns()
        for run_id in "ab":
            at.claim(run_id, ["T"])
            at.number(run_id, ["T"], anew=True)
            at.end(run_id)
        assert at.get("a", "T") == MergeTurns(first_turn=1, turn=1)
        assert at.get("b", "T") == MergeTurns(first_turn=2, turn=2)
        assert at.get("c", "T") == MergeTurns(first_turn=0, turn=0), "which never merged"

    def test_an_interrupted_merge_keeps_the_number_that_it_began_with(self) -> None:
        at = Turns()
        at.claim("a", ["T"])
        at.number("a", ["T"], anew=True)
        at.number("a", ["T"], anew=False)
        assert at.get("a", "T") == MergeTurns(first_turn=1, turn=2)

    def test_a_merge_repeated_as_a_whole_begins_with_a_new_one(self) -> None:
        at = Turns()
        at.claim("a", ["T"])
        at.number("a", ["T"], anew=True)
        at.number("a", ["T"], anew=True)
        assert at.get("a", "T") == MergeTurns(first_turn=2, turn=2)

    def test_tables_count_for_themselves(self) -> None:
        at = Turns()
        at.claim("a", ["T"])
        at.number("a", ["T"], anew=True)
        at.end("a")
        at.claim("b", ["T", "U"])
        at.number("b", ["T", "U"], anew=True)
        assert (at.get("b", "T").turn, at.get("b", "U").turn) == (2, 1)
