"""The policy of repetition: which run owns a content, and what another run may do with it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.registration.repetition import (
    ContentLoaded,
    claim,
    refuse_loaded_since,
    refuse_unchanged,
)
from services.orchestrator.store.files import FileRow, SameContent
from services.orchestrator.store.runs import RunState
from services.orchestrator.store.states import TERMINAL, State
from shared.errors import RequestError
from shared.messaging.messages import FileIdentity
from tests.support.run_rows import file_row, run_row

FILE = FileIdentity(path="in.dat", size=120, mtime_ns=1)
ACTIVE = [state for state in State if state not in TERMINAL]
ENDED_WITHOUT = [State.FAILED, State.CANCELLED, State.REFUSED]


def earlier(*states: State) -> list[RunState]:
    return [RunState(run_id=f"run-{number}", state=state) for number, state in enumerate(states)]


class TestTheSameUnchangedFiles:
    def refuse(self, runs: list[RunState], *, force: bool) -> None:
        at: Any = SimpleNamespace(runs=SimpleNamespace(same_files=lambda *_: runs))
        refuse_unchanged(at, "transactions", FILE, force=force)

    @pytest.mark.parametrize("state", ACTIVE)
    @pytest.mark.parametrize("force", [False, True])
    def test_not_while_another_run_works_on_them(self, state: State, force: bool) -> None:
        with pytest.raises(ContentLoaded) as caught:
            self.refuse(earlier(State.FAILED, state), force=force)
        assert (caught.value.code, caught.value.status) == ("LRQ020", 409)
        assert "run-1" in caught.value.message
        assert caught.value.context["run_id"] == "run-1"

    def test_not_after_they_were_loaded_unless_forced(self) -> None:
        with pytest.raises(RequestError, match=r"already loaded by run run-0.*--force"):
            self.refuse(earlier(State.COMPLETED), force=False)
        self.refuse(earlier(State.COMPLETED), force=True)

    def test_after_failures_as_often_as_one_likes(self) -> None:
        self.refuse(earlier(State.FAILED, State.FAILED), force=False)
        self.refuse(earlier(*ENDED_WITHOUT), force=False)
        self.refuse([], force=False)


class Files:
    """Which runs have the content of which file, and the files that were left out."""

    def __init__(self, *same: tuple[int, str, State]) -> None:
        self.left_out: list[tuple[int, str]] = []
        found = [SameContent(file_no=file_no, run_id=run_id, state=state) for file_no, run_id, state in same]
        self.at: Any = SimpleNamespace(files=SimpleNamespace(same_content=lambda *_: found, leave_out=self._leave_out))

    def _leave_out(self, run_id: str, file_no: int, loaded_by: str) -> None:
        assert run_id == "run"
        self.left_out.append((file_no, loaded_by))


FILES = [file_row(file_no=number, file_path=f"{number}.dat", file_digest=str(number) * 64) for number in range(3)]


def numbers(files: list[FileRow]) -> list[int]:
    return [file.file_no for file in files]


class TestClaiming:
    """A content is claimed file by file, when the digests are known."""

    @pytest.mark.parametrize("on_loaded", ["skip", "refuse"])
    def test_what_nobody_has_is_claimed(self, on_loaded: Any) -> None:
        files = Files()
        assert claim(files.at, run_row(), FILES, on_loaded) == FILES
        assert files.left_out == []

    @pytest.mark.parametrize("state", ENDED_WITHOUT)
    @pytest.mark.parametrize("on_loaded", ["skip", "refuse"])
    def test_a_run_that_ended_otherwise_than_completed_owns_nothing(self, state: State, on_loaded: Any) -> None:
        files = Files((0, "other", state))
        assert claim(files.at, run_row(), FILES, on_loaded) == FILES

    @pytest.mark.parametrize("state", [*ACTIVE, State.COMPLETED])
    def test_loaded_files_are_left_out_and_name_the_run_that_has_them(self, state: State) -> None:
        files = Files((1, "other", state))
        assert numbers(claim(files.at, run_row(), FILES, "skip")) == [0, 2]
        assert files.left_out == [(1, "other")]

    def test_of_several_runs_with_a_content_the_oldest_is_named(self) -> None:
        files = Files((0, "gone", State.FAILED), (0, "first", State.COMPLETED), (0, "second", State.LOADING))
        assert numbers(claim(files.at, run_row(), FILES, "skip")) == [1, 2]
        assert files.left_out == [(0, "first")]

    @pytest.mark.parametrize("state", [*ACTIVE, State.COMPLETED])
    def test_or_the_job_refuses_them(self, state: State) -> None:
        files = Files((1, "other", state))
        with pytest.raises(ContentLoaded) as caught:
            claim(files.at, run_row(), FILES, "refuse")
        assert (caught.value.code, caught.value.status, caught.value.context["run_id"]) == ("LRQ020", 409, "other")
        assert "1.dat" in caught.value.message
        assert files.left_out == []

    @pytest.mark.parametrize("on_loaded", ["skip", "refuse"])
    def test_a_run_of_which_nothing_remains_is_refused(self, on_loaded: Any) -> None:
        files = Files(*((number, f"other-{number}", State.COMPLETED) for number in range(3)))
        with pytest.raises(ContentLoaded, match=r"0\.dat is already loaded by run other-0 \(completed\)"):
            claim(files.at, run_row(), FILES, on_loaded)
        assert files.left_out == []

    def test_force_loads_again_what_was_loaded_but_not_what_is_being_loaded(self) -> None:
        files = Files((0, "before", State.COMPLETED), (2, "now", State.LOADING))
        assert numbers(claim(files.at, run_row(forced=True), FILES, "skip")) == [0, 1]
        assert files.left_out == [(2, "now")]
        with pytest.raises(ContentLoaded, match=r"2\.dat is being loaded by run now \(loading\).*Wait for it"):
            claim(files.at, run_row(forced=True), FILES, "refuse")


class TestGoingOnWithAnEndedRun:
    @pytest.mark.parametrize(
        ("state", "force", "allowed"),
        [
            ("failed", False, True), ("cancelled", False, True), ("refused", False, True), ("loading", True, False),
            ("loading", False, False), ("stalled", False, False), ("completed", False, False),
            ("completed", True, True),
        ],
    )  # fmt: skip
    def test_one_run_of_a_content_at_a_time(self, state: str, force: bool, allowed: bool) -> None:
        files = Files((0, "gone", State.FAILED), (0, "other", State(state)))
        if allowed:
            refuse_loaded_since(files.at, run_row(state="failed"), force=force)
            return
        with pytest.raises(RequestError, match=r"LRQ042.*by run other") as caught:
            refuse_loaded_since(files.at, run_row(state="failed"), force=force)
        assert (caught.value.status, caught.value.context["run_id"]) == (409, "other")

    def test_the_refusal_says_what_to_do(self) -> None:
        with pytest.raises(RequestError, match=r"has been loaded by run other.*lrecl retry --force loads it again"):
            refuse_loaded_since(Files((0, "other", State.COMPLETED)).at, run_row(state="failed"), force=False)
        with pytest.raises(RequestError, match=r"is being loaded by run other.*Wait for it"):
            refuse_loaded_since(Files((0, "other", State.PARTIAL)).at, run_row(state="failed"), force=True)
