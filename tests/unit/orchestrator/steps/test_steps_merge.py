"""Merging without a database: how chunks are cut, and what is merged once more after a restart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.steps.load.merge import Chunk, cut_chunks, merge
from services.orchestrator.store.states import State
from shared.errors import PermanentError
from shared.messaging.publisher import Cancelled
from tests.support.step_context import JOB, batch, context

FINAL = JOB.tables[0].final_table
TURN = [("claim", [FINAL]), ("go on", State.MERGING)]


class TestChunks:
    def test_neighbours_are_gathered(self) -> None:
        batches = [batch(number * 100, 100, 10) for number in range(5)]
        assert list(cut_chunks(batches, 20)) == [Chunk(0, 0, 200), Chunk(1, 200, 400), Chunk(2, 400, 500)]

    def test_a_large_batch_is_a_chunk_of_its_own(self) -> None:
        assert list(cut_chunks([batch(0, 100, 500), batch(100, 100, 1)], 20)) == [Chunk(0, 0, 100), Chunk(1, 100, 200)]

    def test_a_file_that_ends_with_a_full_chunk_has_no_empty_one(self) -> None:
        assert list(cut_chunks([batch(0, 100, 20)], 20)) == [Chunk(0, 0, 100)]

    def test_no_batches_no_chunks(self) -> None:
        assert list(cut_chunks([], 20)) == []

    @given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 100))
    def test_chunks_cover_the_file_once(self, valid: list[int], rows: int) -> None:
        batches = [batch(number * 100, 100, count) for number, count in enumerate(valid)]
        chunks = list(cut_chunks(batches, rows))
        assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
        edges = [0, *(chunk.end for chunk in chunks)]
        assert [chunk.start for chunk in chunks] == edges[:-1]
        assert edges[-1] == 100 * len(valid)
        for chunk in chunks[:-1]:
            assert sum(valid[chunk.start // 100 : chunk.end // 100]) >= rows


class TestMerging:
    def test_each_chunk_and_its_mark(self) -> None:
        run = context()
        figures = {"rows_merged": 14, "rows_superseded": 0, "distinct_keys": 9}
        assert merge(run) == figures | {"tables": {"LRECL.STG_TRANSACTIONS": figures}}
        assert run.at.changes == [
            *TURN, ("number", ([FINAL], True)),
            ("merge", (0, 600)), ("mark", (0, 0, 600, 7)),
            ("merge", (600, 1_200)), ("mark", (1, 600, 1_200, 7)),
        ]  # fmt: skip

    def test_chunks_that_are_done_are_not_merged_again(self) -> None:
        run = context(done={0: 5})
        assert merge(run)["rows_merged"] == 12
        assert [values for name, values in run.at.changes if name == "merge"] == [(600, 1_200)]
        assert ("number", ([FINAL], False)) in run.at.changes, "it still began with its first turn"

    def test_repeated_keys_are_superseded_first(self) -> None:
        run = context(distinct=7)
        assert merge(run)["rows_superseded"] == 2
        assert [name for name, _ in run.at.changes] == [
            "claim", "go on", "number", "supersede", "merge", "mark", "merge", "mark"
        ]  # fmt: skip
        assert ("supersede", "run") in run.at.changes

    def test_a_stopping_orchestrator_begins_no_chunk(self) -> None:
        run = context()
        run.stopping.set()
        with pytest.raises(Cancelled):
            merge(run)
        assert run.at.changes == [*TURN, ("number", ([FINAL], True))]

    def test_a_run_that_comes_late_does_not_replace_newer_data(self) -> None:
        run = context(later=["run-3", "run-2"], overwritten={"run-0": 5, "run-2": 1})
        with pytest.raises(PermanentError) as caught:
            merge(run)
        assert (caught.value.code, caught.value.context) == ("LRR025", {"run_id": "run-2"})
        assert "run-2" in caught.value.message
        assert run.at.changes == TURN, "neither numbered nor merged"

    @pytest.mark.parametrize(
        "figures",
        [
            {"later": [], "overwritten": {"run-0": 9}},
            {"later": ["run-2"], "overwritten": {"run-0": 9}},
            {"later": ["run-2"], "overwritten": {}},
            {"later": ["run-2"], "overwritten": {"run-2": 9}, "overwrite": True},
        ],
        ids=["over older data", "later runs have other keys", "nobody has the keys", "forced"],
    )
    def test_what_is_no_newer_data_is_merged_over(self, figures: dict[str, Any]) -> None:
        assert merge(context(**figures))["rows_merged"] == 14

    def test_nothing_is_merged_before_the_turn_has_come(self) -> None:
        run = context(ahead=["run-0", "run-0", "run-1"])
        merge(run)
        names = [name for name, _ in run.at.changes]
        assert names.count("claim") == 4
        assert "merge" not in names[: names.index("number")]
        assert "claim" not in names[names.index("number") :]
