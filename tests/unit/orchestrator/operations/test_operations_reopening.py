"""Which stage a run goes on with, and what is read again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.operations.reopening import Reopening, _first_stage, _prepare_reading, _refuse_rivals
from services.orchestrator.store.states import STAGES, State
from shared.errors import RequestError
from tests.support.definitions import JOBS, compiled

JOB = compiled(JOBS, "transactions")[1]
RECORD = JOB.plan["records"][0]
HIERARCHY = JOB.model_copy(
    update={"plan": JOB.plan | {"records": [RECORD, RECORD | {"type": RECORD["type"] | {"parent": "CUSTOMER"}}]}}
)


def split(number: int, read_to: int) -> dict[str, Any]:
    return {
        "run_id": "run", "split_no": number, "file_no": 0, "start_offset": number * 100,
        "end_offset": number * 100 + 100, "block_end": 0, "records_before": number * 10, "read_to": read_to,
    }  # fmt: skip


class Tables:
    """Two splits of 100 bytes; the ledger holds the first as a whole and nothing of the second."""

    def __init__(self, **stages: str) -> None:
        self.unread: list[int] = []
        self.reported: list[Any] = []
        batch = {
            "batch_no": 0, "split_no": 0, "start_offset": 0, "bytes": 100, "records_read": 10, "first_record_no": 1,
            "block_end": 0,
        }  # fmt: skip
        rows = [{"stage": stage, "state": state} for stage, state in stages.items()]
        self.runs = SimpleNamespace(stages=lambda _: rows, earlier=lambda *_: self.rivals)
        self.ledger = SimpleNamespace(places=lambda _: [batch])
        self.splits = SimpleNamespace(all=lambda _: [split(0, 40), split(1, 200)], record=self.reported.append)
        self.lifecycle = SimpleNamespace(unread_split=lambda _, number: self.unread.append(number))
        self.rivals: list[dict[str, str]] = []


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


@pytest.mark.parametrize(
    ("state", "force", "allowed"),
    [
        ("failed", False, True), ("cancelled", False, True), ("loading", True, False), ("stalled", False, False),
        ("completed", False, False), ("completed", True, True),
    ],
)  # fmt: skip
def test_one_run_of_a_content_at_a_time(state: str, force: bool, allowed: bool) -> None:
    at: Any = Tables()
    at.rivals = [{"run_id": "run", "state": "failed"}, {"run_id": "other", "state": state}]
    run = {"run_id": "run", "job": "j", "file_digest": "d"}
    if allowed:
        _refuse_rivals(at, run, force=force)
        return
    with pytest.raises(RequestError, match=r"LRQ042.*by run other"):
        _refuse_rivals(at, run, force=force)
