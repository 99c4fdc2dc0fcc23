"""Which operation a run's state permits: the table of moves decides, and a refusal changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.operations import operations as module
from services.orchestrator.operations.operations import RunOperations
from services.orchestrator.operations.requests import Answer, Request
from services.orchestrator.store.runs import RunRow
from services.orchestrator.store.stages import StageRow
from services.orchestrator.store.states import RUN_MOVES, STAGES, TERMINAL, Actor, State, operations
from shared.errors import RequestError
from tests.support.run_rows import START, run_row, stage_row

REQUEST = Request("ops", "late file")
WORKING = [State.REGISTERED, *STAGES]
WAITING = [State.PARTIAL, State.STALLED]


class Tables:
    """One run in ``state``, whose moves follow the table; everything is unchanged, nothing is loaded since."""

    def __init__(self, state: State, *stages: StageRow, **run: Any) -> None:
        self.row = run_row(state=state, finished_at=START if state in TERMINAL else None, **run)
        self.lines: list[tuple[Any, ...]] = []
        self.interrupted: list[str] = []
        self.runs = SimpleNamespace(get=self._get, hold=self._get, move=self._move, mark_purged=self._purge)
        self.stages = SimpleNamespace(all=lambda _: list(stages))
        self.audit = SimpleNamespace(append=lambda _, kind, actor, **detail: self.lines.append((kind, actor, detail)))
        environment: Any = SimpleNamespace(stores=self.stores, between_runs=threading.Lock())
        self.operations = RunOperations(environment, self.interrupted.append, Path("jobs"))

    @contextmanager
    def stores(self) -> Iterator[Any]:
        yield self

    def _get(self, run_id: str) -> RunRow:
        assert run_id == "run"
        return self.row

    def _move(self, _run: str, state: State, actor: Actor) -> bool:
        permitted = state in RUN_MOVES.get((self.row.state, actor), ())
        self.row = self.row.model_copy(update={"state": state}) if permitted else self.row
        return permitted

    def _purge(self, _run: str) -> bool:
        return self.row.finished_at is not None


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be done to the run, in place of doing it."""
    done: list[Any] = []

    def reopen(_at: Any, run: RunRow, reopening: Any, *_: Any) -> State:
        done.append((run.state, reopening.what, reopening.stage, reopening.force))
        return reopening.stage or State.LOADING

    def read_missing(_self: Any, run: RunRow, _request: Any) -> Answer:
        done.append(("read missing", run.state))
        return Answer(run_id=run.run_id, state=run.state, changed=True)

    def purge(_environment: Any, run_id: str) -> int:
        done.append(("purge", run_id))
        return 7

    monkeypatch.setattr(module, "reopen", reopen)
    monkeypatch.setattr(module, "purge_staged", purge)
    monkeypatch.setattr(RunOperations, "_read_missing", read_missing)
    return done


def refuses(at: Tables, asked: list[Any], what: str, *more: Any, **named: Any) -> RequestError:
    """The refusal; nothing was done, and the trail has no line of it."""
    with pytest.raises(RequestError) as caught:
        getattr(at.operations, what)("run", REQUEST, *more, **named)
    assert (caught.value.code, caught.value.status) == ("LRQ040", 409)
    assert caught.value.message.startswith(f"run run is {at.row.state} and cannot be ")
    possible = ", ".join(operations(at.row.state)) or "nothing but waiting"
    assert caught.value.remedy.endswith(f"Possible now: {possible}.")
    assert caught.value.context == {"state": at.row.state.value, "possible": possible}
    assert (asked, at.lines) == ([], [])
    return caught.value


class TestCancel:
    @pytest.mark.parametrize("state", [*WORKING, *WAITING])
    def test_an_active_run(self, state: State) -> None:
        at = Tables(state)
        answer = at.operations.cancel("run", REQUEST)
        assert (answer.state, answer.changed) == ("cancelling", True)
        assert at.lines == [("cancel requested", "ops", {"reason": "late file"})]
        assert at.interrupted == ["run"]

    @pytest.mark.parametrize("state", [State.CANCELLING, State.CANCELLED])
    def test_a_repeated_request_changes_nothing(self, state: State) -> None:
        at = Tables(state)
        answer = at.operations.cancel("run", REQUEST)
        assert (answer.state, answer.changed, at.lines) == (state, False, [])
        assert (answer.waits_for is None) == (state is State.CANCELLED)

    @pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED, State.REFUSED])
    def test_a_run_that_has_ended(self, state: State, asked: list[Any]) -> None:
        at = Tables(state)
        refuses(at, asked, "cancel")
        assert at.interrupted == []

    @pytest.mark.parametrize(
        ("stages", "expected"),
        [
            ([], "when the engine takes it up"),
            ([stage_row(state="completed")], "when the engine takes it up"),
            ([stage_row(stage="loading")], "when the loading stage reaches its next safe point"),
            ([stage_row(stage="merging")], "when the chunk that is being merged is committed"),
            ([stage_row(stage="merging", state="waiting")], "when the merging stage reaches its next safe point"),
        ],
    )
    def test_it_says_what_it_waits_for(self, stages: list[StageRow], expected: str) -> None:
        answer = Tables(State.LOADING, *stages).operations.cancel("run", REQUEST)
        assert answer.waits_for is not None
        assert expected in answer.waits_for


class TestResume:
    @pytest.mark.parametrize("state", WAITING)
    def test_a_run_that_waits_for_batches_reads_what_is_missing(self, state: State, asked: list[Any]) -> None:
        Tables(state).operations.resume("run", REQUEST)
        assert asked == [("read missing", state)]

    @pytest.mark.parametrize("state", WORKING)
    def test_a_run_that_works_needs_nothing(self, state: State, asked: list[Any]) -> None:
        at = Tables(state)
        assert at.operations.resume("run", REQUEST).changed is False
        assert (asked, at.lines) == ([], [])

    @pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
    def test_a_run_that_did_not_complete_goes_on(self, state: State, asked: list[Any]) -> None:
        answer = Tables(state).operations.resume("run", REQUEST)
        assert asked == [(state, "resumed", None, False)]
        assert (answer.state, answer.changed, answer.from_stage) == ("loading", True, "loading")

    @pytest.mark.parametrize("state", [State.COMPLETED, State.REFUSED, State.CANCELLING])
    def test_other_runs_do_not(self, state: State, asked: list[Any]) -> None:
        refuses(Tables(state), asked, "resume")


class TestRetry:
    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
    def test_a_run_that_did_not_complete(self, state: State, force: bool, asked: list[Any]) -> None:
        Tables(state).operations.retry("run", REQUEST, State.MERGING, force=force)
        assert asked == [(state, "retried", State.MERGING, force)]

    @pytest.mark.parametrize("state", [State.COMPLETED, State.REFUSED])
    def test_a_completed_or_refused_one_only_by_force(self, state: State, asked: list[Any]) -> None:
        error = refuses(Tables(state), asked, "retry", None, force=False)
        assert "lrecl retry --force" in error.remedy
        Tables(state).operations.retry("run", REQUEST, None, force=True)
        assert asked == [(state, "retried", None, True)]

    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("state", [*WORKING, *WAITING, State.CANCELLING])
    def test_no_active_one(self, state: State, force: bool, asked: list[Any]) -> None:
        refuses(Tables(state), asked, "retry", None, force=force)


class TestPurge:
    @pytest.mark.parametrize("state", TERMINAL)
    def test_an_ended_run(self, state: State, asked: list[Any]) -> None:
        at = Tables(state)
        answer = at.operations.purge("run", REQUEST)
        assert (answer.state, answer.changed, answer.rows_purged) == (state, True, 7)
        assert asked == [("purge", "run")]
        assert at.lines == [
            ("purge requested", "ops", {"reason": "late file"}), ("staged rows purged", "ops", {"rows": 7})
        ]  # fmt: skip

    def test_a_repeated_request_goes_on_with_it(self, asked: list[Any]) -> None:
        at = Tables(State.FAILED, purged_at=START)
        at.operations.purge("run", REQUEST)
        assert (asked, at.lines) == ([("purge", "run")], [("staged rows purged", "ops", {"rows": 7})])

    @pytest.mark.parametrize("state", [*WORKING, *WAITING, State.CANCELLING])
    def test_no_active_one(self, state: State, asked: list[Any]) -> None:
        refuses(Tables(state), asked, "purge")
