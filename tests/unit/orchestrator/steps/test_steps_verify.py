"""Verifying without a database: rows of the run in the final tables, and those that later runs have overwritten."""

from __future__ import annotations

import pytest

from services.orchestrator.steps.load.verify import verify
from services.orchestrator.store.states import State
from shared.errors import ReconciliationError
from tests.support.step_context import JOB, context

FINAL = JOB.tables[0].final_table


class TestVerifying:
    def test_the_final_table_holds_each_key_once(self) -> None:
        figures = {"rows_final": 9, "rows_overwritten": 0, "distinct_keys": 9}
        assert verify(context()) == figures | {"tables": {"LRECL.STG_TRANSACTIONS": figures}}

    @pytest.mark.parametrize("final", [8, 10])
    def test_another_number_of_rows_fails_the_run(self, final: int) -> None:
        with pytest.raises(ReconciliationError) as caught:
            verify(context(final=final))
        assert caught.value.code == "LRR012"
        assert f"holds {final} rows of the run, but 9 distinct keys" in caught.value.message

    def test_it_holds_the_turn_that_it_merged_in(self) -> None:
        run = context(ahead=["run-0"])
        verify(run)
        assert [name for name, _ in run.at.changes] == ["claim", "go on", "wait", "claim", "go on"]
        assert run.at.changes[-2:] == [("claim", [FINAL]), ("go on", State.VERIFYING)]


class TestOverwritten:
    """A row that carries another run is no loss when that run merged later."""

    def test_rows_of_later_merges_count(self) -> None:
        run = context(
            final=4, overwritten={"later": 3, "latest": 2}, turns={"run": (5, 5), "later": (6, 6), "latest": (7, 9)}
        )
        assert verify(run)["tables"]["LRECL.STG_TRANSACTIONS"] == {
            "rows_final": 4, "rows_overwritten": 5, "distinct_keys": 9,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "turns", [{"run": (5, 5), "other": (4, 4)}, {"run": (5, 5)}, {"run": (5, 7), "other": (2, 5)}]
    )
    def test_rows_of_earlier_merges_are_a_loss(self, turns: dict[str, tuple[int, int]]) -> None:
        """The MERGE must have replaced them; a run without a turn has never merged."""
        with pytest.raises(ReconciliationError) as caught:
            verify(context(final=8, overwritten={"other": 1}, turns=turns))
        assert caught.value.code == "LRR012"
        assert "holds 8 rows of the run, but 9 distinct keys" in caught.value.message

    def test_a_merge_between_two_attempts_may_have_overwritten_rows_of_the_first(self) -> None:
        run = context(final=8, overwritten={"other": 1}, turns={"run": (5, 7), "other": (6, 6)})
        assert verify(run)["rows_overwritten"] == 1

    def test_what_the_later_merges_do_not_explain_is_a_loss(self) -> None:
        turns = {"run": (5, 5), "later": (6, 6), "earlier": (4, 4)}
        with pytest.raises(ReconciliationError) as caught:
            verify(context(final=4, overwritten={"later": 3, "earlier": 2}, turns=turns))
        assert "holds 4 rows of the run and 3 of later runs, but 9 distinct keys" in caught.value.message

    def test_too_many_rows_are_not_made_up_for(self) -> None:
        with pytest.raises(ReconciliationError, match="holds 10 rows of the run, but 9"):
            verify(context(final=10, overwritten={"later": 1}, turns={"run": (1, 1), "later": (2, 2)}))
