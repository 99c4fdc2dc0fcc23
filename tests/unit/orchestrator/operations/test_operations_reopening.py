"""Which stage a run goes on with, and what is read again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.operations.reopening import Reopening, _first_stage, _forget, _prepare_reading
from services.orchestrator.store.splits import SplitRow
from services.orchestrator.store.states import STAGES, StageState, State
from shared.errors import RequestError
from tests.support.definitions import JOBS, compiled
from tests.support.run_rows import batch_place, split_row, stage_row

JOB = compiled(JOBS, "transactions")[1]
RECORD = JOB.plan["records"][0]
HIERARCHY = JOB.model_copy(
    update={"plan": JOB.plan | {"records": [RECORD, RECORD | {"type": RECORD["type"] | {"parent": "CUSTOMER"}}]}}
)


def split(number: int, read_to: int) -> SplitRow:
    return split_row(
        split_no=number, start_offset=number * 100, end_offset=number * 100 + 100, records_before=number * 10,
        read_to=read_to,
    )  # fmt: skip


class Tables:
    """Two splits of 100 bytes; the ledger holds the first as a whole and nothing of the second."""

    def __init__(self, **stages: str) -> None:
        self.unread: list[int] = []
        self.reported: list[Any] = []
        self.reopened: list[State] = []
        self.forgotten: list[str] = []
        rows = [stage_row(stage=stage, state=state) for stage, state in stages.items()]
        self.stages = SimpleNamespace(
            all=lambda _: rows,
            completed=lambda _: {row.stage for row in rows if row.state is StageState.COMPLETED},
            reopen=lambda row: self.reopened.append(row.stage),
        )
        batch = batch_place(bytes=100, records_read=10)
        self.ledger = SimpleNamespace(places=lambda _: [batch])
        self.splits = SimpleNamespace(
            all=lambda _: [split(0, 40), split(1, 200)],
            record=self.reported.append,
            mark_unread=lambda _, number: self.unread.append(number),
        )
        self.chunks = SimpleNamespace(forget=lambda _: self.forgotten.append("chunks"))
        self.faults = SimpleNamespace(forget_fatal=lambda _: self.forgotten.append("faults"))


def first_stage(stage: State | None, *, force: bool = False, **stages: str) -> State:
    at: Any = Tables(**stages)
    return _first_stage(at, "run", Reopening("retried", stage, force=force, gate_may_differ=True))


ALL = {stage.value: "completed" for stage in STAGES}
UP_TO_MERGING = {"splitting": "completed", "loading": "completed", "reconciling": "completed", "merging": "failed"}


def test_by_default_the_first_that_is_not_completed() -> None:
    assert first_stage(None) is State.SPLITTING
    assert first_stage(None, **UP_TO_MERGING) is State.MERGING
    assert first_stage(State.MERGING, **UP_TO_MERGING) is State.MERGING


def test_no_stage_is_left_out_and_none_repeated_without_force() -> None:
    for stage in (State.VERIFYING, State.RECONCILING):
        with pytest.raises(RequestError, match="LRQ044"):
            first_stage(stage, **UP_TO_MERGING)
    with pytest.raises(RequestError, match="LRQ044"):
        first_stage(State.VERIFYING, force=True, **UP_TO_MERGING)
    assert first_stage(State.RECONCILING, force=True, **UP_TO_MERGING) is State.RECONCILING
    assert first_stage(None, force=True, **ALL) is State.VERIFYING


def test_missing_ranges_are_commanded_where_reading_can_begin_anywhere() -> None:
    at: Any = Tables()
    assert _prepare_reading(at, "run", JOB, State.LOADING) == (State.LOADING, True)
    assert at.unread == []
    assert _prepare_reading(at, "run", JOB, State.MERGING) == (State.MERGING, False)


@pytest.mark.parametrize(("job", "stage"), [(HIERARCHY, State.LOADING), (JOB, State.SPLITTING)])
def test_else_incomplete_splits_are_read_from_their_start_and_complete_ones_not(job: Any, stage: State) -> None:
    at: Any = Tables()
    assert _prepare_reading(at, "run", job, stage) == (State.SPLITTING, False)
    assert at.unread == [1]
    (report,) = at.reported
    assert (report.split_no, report.read_to, report.batches, report.records) == (0, 100, 1, 10), "no reader told it"


class TestForgetting:
    """What a stage has done is forgotten from the first that is repeated on."""

    def test_stages_from_there_on_begin_anew_and_fatal_faults_are_settled(self) -> None:
        at: Any = Tables(**UP_TO_MERGING)
        _forget(at, "run", State.RECONCILING)
        assert at.reopened == [State.RECONCILING, State.MERGING]
        assert at.forgotten == ["faults"], "an interrupted merge goes on with its chunks"

    def test_a_completed_merge_is_repeated_as_a_whole(self) -> None:
        at: Any = Tables(**ALL)
        _forget(at, "run", State.MERGING)
        assert (at.reopened, at.forgotten) == ([State.MERGING, State.VERIFYING], ["chunks", "faults"])
        at = Tables(**ALL)
        _forget(at, "run", State.VERIFYING)
        assert (at.reopened, at.forgotten) == ([State.VERIFYING], ["faults"])
