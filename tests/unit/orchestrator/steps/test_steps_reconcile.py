"""Reconciling without a database: figures that must be equal, control totals, and the gate."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.steps.load.reconcile import compare_totals, reconcile
from services.orchestrator.store.ledger import LedgerSums
from shared.errors import ReconciliationError
from shared.jobs.model import Gate
from shared.scaled_decimals import Total
from tests.support.run_rows import NO_BATCHES
from tests.support.step_context import FIGURES, JOB, SUMS, TOTAL, context


def sums(**changes: int) -> LedgerSums:
    return SUMS.model_copy(update=changes)


class TestTotals:
    def compare(self, total: Total = TOTAL, database: str = "1234.56", **file: str) -> Any:
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
        huge = Total("TRAN-AMOUNT", 2, valid=10**30 + 1, rejected=1, unreadable=0)
        database = "10000000000000000000000000000.01"
        assert self.compare(huge, database, TRAN_AMOUNT="10000000000000000000000000000.02").status == "equal"
        assert self.compare(huge, database, TRAN_AMOUNT="10000000000000000000000000000.03").status == "mismatch"

    def test_negative_scales_are_shown_as_whole_numbers(self) -> None:
        total = Total("TRAN-AMOUNT", -3, valid=5, rejected=0, unreadable=0)
        line = self.compare(total, "5000", TRAN_AMOUNT="5000")
        assert (line.status, line.computed, line.database) == ("equal", "5000", "5000")


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
            ({"sums": sums(bytes=1_199)}, "bytes of data in the files = bytes in batches: 1200 ≠ 1199"),
            ({"framed": 9}, "records framed = records in batches: 9 ≠ 10"),
            ({"sums": sums(records_valid=8)}, "records read = valid + rejected + skipped: 10 ≠ 9"),
            ({"sums": sums(uneven=1)}, "batches whose records do not add up = 0: 1 ≠ 0"),
            ({"staged": 8}, "valid records = staged rows: 9 ≠ 8"),
            ({"uneven": [1]}, "staged rows differ from the ledger = 0: 1 ≠ 0"),
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
        empty = context(
            ControlFigures(), Gate(max_reject_ratio=0), sums=NO_BATCHES, data_bytes=0, framed=0, totals={},
            database=["0"], staged=0, rejects={},
        )  # fmt: skip
        assert reconcile(empty)["totals"] == []
