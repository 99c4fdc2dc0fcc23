"""Merging and reconciling without a database: chunks, figures that must be equal, and the gate."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.steps.load.merge import Chunk, cut_chunks
from services.orchestrator.steps.load.merge import merge as merge_stage
from services.orchestrator.steps.load.reconcile import compare_totals, reconcile
from services.orchestrator.steps.load.verify import verify
from services.orchestrator.store.ledger import ComputedTotal, LedgerSums
from services.orchestrator.store.runs import FileSums
from services.orchestrator.store.splits import SplitSums
from shared.errors import ReconciliationError
from shared.jobs.model import Gate
from shared.messaging.publisher import Cancelled
from tests.support.definitions import JOBS, compiled

JOB = compiled(JOBS, "transactions")[1]
SUMS = LedgerSums(
    batches=2, bytes=1_200, records_read=10, records_valid=9, records_rejected=1, records_skipped=0, duplicates=0,
    decode_micros=5, uneven=0,
)  # fmt: skip
TOTAL = ComputedTotal("TRAN-AMOUNT", 2, valid=123_456, rejected=100, unreadable=0)
FIGURES = ControlFigures(records=10, totals={"TRAN-AMOUNT": Decimal("1235.56")})


def batch(start: int, size: int, valid: int) -> dict[str, Any]:
    return {"start_offset": start, "bytes": size, "records_valid": valid}


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


class TestTotals:
    def compare(self, total: ComputedTotal = TOTAL, database: str = "1234.56", **file: str) -> Any:
        figures = ControlFigures(totals={name.replace("_", "-"): Decimal(value) for name, value in file.items()})
        (line,) = compare_totals(JOB, figures, {total.name: total}, [Decimal(database)])
        return line

    def test_equal(self) -> None:
        line = self.compare(TRAN_AMOUNT="1235.56")
        assert line.status == "equal"
        assert (line.field, line.column) == ("TRAN-AMOUNT", "TRAN_AMOUNT")
        assert (line.file, line.computed, line.rejected, line.database) == ("1235.56", "1234.56", "1.00", "1234.56")

    def test_figures_are_equal_whatever_their_scale(self) -> None:
        line = self.compare(database="1234.560", TRAN_AMOUNT="1235.5600")
        assert (line.status, line.file, line.database) == ("equal", "1235.56", "1234.56")

    def test_the_senders_figure_differs(self) -> None:
        assert self.compare(TRAN_AMOUNT="1235.57").status == "mismatch"

    def test_unreadable_rejects_may_explain_the_difference(self) -> None:
        assert self.compare(replace(TOTAL, unreadable=1), TRAN_AMOUNT="1235.57").status == "unproven"

    def test_nothing_explains_another_sum_in_the_database(self) -> None:
        assert self.compare(replace(TOTAL, unreadable=1), "1234.55", TRAN_AMOUNT="1235.56").status == "mismatch"
        assert self.compare(database="1234.55").status == "mismatch"

    def test_no_figure_from_the_sender(self) -> None:
        line = self.compare()
        assert (line.status, line.file) == ("no-file-total", None)

    def test_sums_of_more_digits_than_a_default_decimal_are_exact(self) -> None:
        huge = ComputedTotal("TRAN-AMOUNT", 2, valid=10**30 + 1, rejected=1, unreadable=0)
        database = "10000000000000000000000000000.01"
        assert self.compare(huge, database, TRAN_AMOUNT="10000000000000000000000000000.02").status == "equal"
        assert self.compare(huge, database, TRAN_AMOUNT="10000000000000000000000000000.03").status == "mismatch"

    def test_negative_scales_are_shown_as_whole_numbers(self) -> None:
        total = ComputedTotal("TRAN-AMOUNT", -3, valid=5, rejected=0, unreadable=0)
        line = self.compare(total, "5000", TRAN_AMOUNT="5000")
        assert (line.status, line.computed, line.database) == ("equal", "5000", "5000")


def says(value: Any) -> Any:
    """A function that answers ``value``, whatever it is asked."""
    return lambda *_, **__: value


class FakeStores:
    """The figures of a run in which everything fits, to be changed one at a time."""

    def __init__(self, **changes: Any) -> None:
        figures: dict[str, Any] = {
            "sums": SUMS, "data_bytes": 1_200, "framed": 10, "totals": {TOTAL.name: TOTAL}, "database": ["1234.56"],
            "staged": 9, "uneven": [], "rejects": {"LRD001": 1}, "distinct": 9, "final": 9, "done": {},
            "batches": [batch(0, 600, 5), batch(600, 600, 4)],
        }  # fmt: skip
        self.figures = figures | changes
        self.changes: list[tuple[str, Any]] = []
        f = self.figures
        self.ledger = SimpleNamespace(
            sums=says(f["sums"]),
            totals=says(f["totals"]),
            staged_sums=says([Decimal(value) for value in f["database"]]),
            rows_staged=says(f["staged"]),
            mismatches=says(f["uneven"]),
            reject_counts=says(f["rejects"]),
            distinct_keys=says(f["distinct"]),
            batches=says(f["batches"]),
        )
        self.runs = SimpleNamespace(file_sums=says(FileSums(1, f["data_bytes"])))
        self.splits = SimpleNamespace(sums=says(SplitSums(2, 0, 1_200, 2, f["framed"])))
        self.tables = SimpleNamespace(
            rows_final=says(f["final"]),
            chunks_done=says(f["done"]),
            supersede=self._supersede,
            merge=self._merge,
            change=lambda name, values: self.changes.append((name, values[1:5])),
        )

    def _supersede(self, run: str, _compiled: Any) -> int:
        self.changes.append(("supersede", run))
        return int(self.figures["staged"] - self.figures["distinct"])

    def _merge(self, _run: str, _compiled: Any, start: int, end: int) -> int:
        self.changes.append(("merge", (start, end)))
        return 7


def context(control: ControlFigures = FIGURES, gate: Gate | None = None, rows: int = 1, **changes: Any) -> Any:
    at = FakeStores(**changes)
    tuning = JOB.job.tuning.model_copy(update={"merge_chunk_rows": rows})
    job = JOB.job.model_copy(update={"gate": gate or Gate(max_reject_ratio=1), "tuning": tuning})

    @contextmanager
    def stores() -> Any:
        yield at

    return SimpleNamespace(
        run_id="run", compiled=JOB.model_copy(update={"job": job}), control=control,
        stores=stores, at=at, stopping=threading.Event(),
    )  # fmt: skip


class TestReconciling:
    def test_figures_that_fit(self) -> None:
        figures = reconcile(context())
        assert figures["compared"] == 9
        assert [line["status"] for line in figures["totals"]] == ["equal"]

    def test_without_a_count_from_the_sender_it_is_not_compared(self) -> None:
        assert reconcile(context(ControlFigures()))["compared"] == 8

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"sums": replace(SUMS, bytes=1_199)}, "bytes of data in the files = bytes in batches: 1200 ≠ 1199"),
            ({"framed": 9}, "records framed = records in batches: 9 ≠ 10"),
            ({"sums": replace(SUMS, records_valid=8)}, "records read = valid + rejected + skipped: 10 ≠ 9"),
            ({"sums": replace(SUMS, uneven=1)}, "batches whose records do not add up = 0: 1 ≠ 0"),
            ({"staged": 8}, "valid records = staged rows: 9 ≠ 8"),
            ({"uneven": [{"batch_no": 1}]}, "staged rows differ from the ledger = 0: 1 ≠ 0"),
            ({"rejects": {}}, "rejected records = stored rejects: 1 ≠ 0"),
            ({"database": ["1234.55"]}, "control total TRAN-AMOUNT: file 1235.56, computed 1234.56"),
        ],
    )
    def test_each_difference_stops_the_run(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(ReconciliationError) as caught:
            reconcile(context(**changes))
        assert caught.value.code == "LRR010"
        assert said in caught.value.message

    def test_a_count_that_differs_from_the_senders_stops_the_run(self) -> None:
        with pytest.raises(ReconciliationError, match="records the sender counted: 11 ≠ 10"):
            reconcile(context(replace(FIGURES, records=11)))

    def test_all_differences_are_named_at_once(self) -> None:
        with pytest.raises(ReconciliationError) as caught:
            reconcile(context(staged=8, rejects={}))
        assert "staged rows" in caught.value.message
        assert "stored rejects" in caught.value.message

    def test_an_unproven_total_stops_nothing(self) -> None:
        changes = {"totals": {TOTAL.name: replace(TOTAL, unreadable=1)}}
        control = replace(FIGURES, totals={"TRAN-AMOUNT": Decimal(1)})
        assert reconcile(context(control, **changes))["totals"][0]["status"] == "unproven"


class TestGate:
    @pytest.mark.parametrize(
        "gate", [Gate(max_reject_ratio=0.1), Gate(max_reject_ratio=0.1, max_rejects=1), Gate(max_reject_ratio=1)]
    )
    def test_as_many_as_allowed_pass(self, gate: Gate) -> None:
        reconcile(context(gate=gate))

    @pytest.mark.parametrize(
        ("gate", "limit"),
        [
            (Gate(max_reject_ratio=0.0999), "a share of 9.99%"),
            (Gate(max_reject_ratio=1, max_rejects=0), "0 records"),
        ],
    )
    def test_more_stop_the_run(self, gate: Gate, limit: str) -> None:
        with pytest.raises(ReconciliationError) as caught:
            reconcile(context(gate=gate))
        assert caught.value.code == "LRR011"
        assert "1 of 10 records (10.00%)" in caught.value.message
        assert limit in caught.value.message

    def test_an_empty_file_passes(self) -> None:
        nothing = LedgerSums(0, 0, 0, 0, 0, 0, 0, 0, 0)
        empty = context(
            ControlFigures(), Gate(max_reject_ratio=0), sums=nothing, data_bytes=0, framed=0, totals={}, database=["0"],
            staged=0, rejects={},
        )  # fmt: skip
        assert reconcile(empty)["totals"] == []


class TestMerging:
    def test_each_chunk_and_its_mark(self) -> None:
        run = context()
        figures = {"rows_merged": 14, "rows_superseded": 0, "distinct_keys": 9}
        assert merge_stage(run) == figures | {"tables": {"LRECL.STG_TRANSACTIONS": figures}}
        assert run.at.changes == [
            ("merge", (0, 600)), ("chunk_insert", (0, 0, 600, 7)),
            ("merge", (600, 1_200)), ("chunk_insert", (1, 600, 1_200, 7)),
        ]  # fmt: skip

    def test_chunks_that_are_done_are_not_merged_again(self) -> None:
        run = context(done={0: 5})
        assert merge_stage(run)["rows_merged"] == 12
        assert [values for name, values in run.at.changes if name == "merge"] == [(600, 1_200)]

    def test_repeated_keys_are_superseded_first(self) -> None:
        run = context(distinct=7)
        assert merge_stage(run)["rows_superseded"] == 2
        assert run.at.changes[0] == ("supersede", "run")

    def test_a_stopping_orchestrator_begins_no_chunk(self) -> None:
        run = context()
        run.stopping.set()
        with pytest.raises(Cancelled):
            merge_stage(run)
        assert run.at.changes == []


class TestVerifying:
    def test_the_final_table_holds_each_key_once(self) -> None:
        figures = {"rows_final": 9, "distinct_keys": 9}
        assert verify(context()) == figures | {"tables": {"LRECL.STG_TRANSACTIONS": figures}}

    @pytest.mark.parametrize("final", [8, 10])
    def test_another_number_of_rows_fails_the_run(self, final: int) -> None:
        with pytest.raises(ReconciliationError) as caught:
            verify(context(final=final))
        assert caught.value.code == "LRR012"
        assert f"holds {final} rows of the run, but 9 distinct keys" in caught.value.message
