"""How far a run is: percent, speed and time left from the tables; events only where they know more."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.store import stages as stages_module
from services.orchestrator.store.faults import FaultRow
from services.orchestrator.store.ledger import LedgerSums
from services.orchestrator.store.stages import StageRow
from services.orchestrator.store.states import STAGES, TERMINAL, State
from services.orchestrator.views.progress import (
    QueueDepth,
    RunProgress,
    WaitingLetter,
    percent_reached,
    progress,
)
from services.orchestrator.views.telemetry import Telemetry
from shared.messaging.messages import Event
from tests.support.run_rows import (
    NO_BATCHES,
    START,
    file_row,
    file_sums,
    ledger_sums,
    run_row,
    split_row,
    split_sums,
    stage_row,
)

LENGTH = 120
FILES = [
    file_row(file_no=0, file_path="a.dat", file_bytes=500, data_start=5, data_end=500),
    file_row(file_no=1, file_path="b.gz", file_bytes=60, compression="gzip", loaded_by="other"),
]
SPLITS = [
    split_row(
        split_no=4, file_no=1, start_offset=5, end_offset=500, read_to=260, batches=2, records=3, reader_id="reader-1",
        reported_at=START,
    )
]  # fmt: skip


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ten seconds after the run began."""
    monkeypatch.setattr(stages_module, "now", lambda: START + timedelta(seconds=10))


def sums(read: int, rejected: int = 0) -> LedgerSums:
    return ledger_sums(
        batches=1, bytes=read * LENGTH, records_read=read, records_valid=read - rejected, records_rejected=rejected,
        duplicates=2, decode_micros=5,
    )  # fmt: skip


def stage(name: str, state: str, start: int, end: int | None = None, **more: Any) -> StageRow:
    finished = None if end is None else START + timedelta(seconds=end)
    return stage_row(stage=name, state=state, started_at=START + timedelta(seconds=start), finished_at=finished, **more)


def tables(
    state: str, ledger: LedgerSums = NO_BATCHES, *, records: int = 1_000, framed: int = 0, merged: int = 0,
    stages: tuple[StageRow, ...] = (), finished: int | None = None, faults: tuple[FaultRow, ...] = (),
    length: int | None = LENGTH, hashed: int = 0, error: str | None = None,
) -> Any:  # fmt: skip
    ended = None if finished is None else START + timedelta(seconds=finished)
    size = records * LENGTH
    run = run_row(state=state, file_bytes=size, record_length=length, finished_at=ended, error=error)
    return SimpleNamespace(
        runs=SimpleNamespace(get=lambda _: run),
        stages=SimpleNamespace(all=lambda _: list(stages)),
        files=SimpleNamespace(
            sums=lambda _: file_sums(files=2, file_bytes=size, hashed_bytes=hashed * LENGTH, data_bytes=size),
            first=lambda _: FILES,
        ),
        faults=SimpleNamespace(open=lambda _: list(faults)),
        splits=SimpleNamespace(
            sums=lambda _: split_sums(
                splits=1, unread=int(framed < records), bytes_read=framed * LENGTH, batches=1, records=framed
            ),
            first=lambda _: SPLITS,
        ),
        ledger=SimpleNamespace(sums=lambda *_, **__: ledger),
        chunks=SimpleNamespace(done=lambda _: {0: merged} if merged else {}),
    )


def look(
    *run: Any, telemetry: Telemetry | None = None, depths: dict[str, tuple[int, int]] | None = None, **more: Any
) -> RunProgress:
    return progress(tables(*run, **more), telemetry or Telemetry(), "run", depths)


def event(kind: str, run_id: str = "run", **figures: Any) -> Event:
    return Event.model_validate(
        {"kind": kind, "service": "s", "instance": figures.pop("instance", "i"), "run_id": run_id, "figures": figures}
    )


def fault(batch_no: int, code: str, message: str, *, fatal: bool) -> FaultRow:
    return FaultRow(batch_no=batch_no, code=code, message=message, fatal=fatal, service="processor-1")


SPLIT = stage("splitting", "completed", 0, 2)
LOADING = (SPLIT, stage("loading", "running", 2))
LOADED = (SPLIT, stage("loading", "completed", 2, 6))
RECONCILED = (*LOADED, stage("reconciling", "completed", 6, 7))
MERGING = (*RECONCILED, stage("merging", "running", 7))
MERGED = (*RECONCILED, stage("merging", "completed", 7, 9))
VERIFYING = (*MERGED, stage("verifying", "running", 9))


def test_a_run_that_has_just_begun() -> None:
    seen = look("registered")
    assert (seen.records_expected, seen.percent, seen.rows_per_second, seen.seconds_left) == (1_000, 0.0, 0.0, None)
    assert (seen.exit_code, seen.seconds, seen.waits_for) == (None, 0.0, None)


def test_a_run_that_hashes_its_files() -> None:
    """The table knows whole files, this orchestrator every block."""
    stages = (stage("splitting", "running", 0),)
    assert look("splitting", hashed=0, stages=stages).hashed_bytes == 0
    telemetry = Telemetry()
    telemetry.note_hashed("run", 500 * LENGTH)
    seen = look("splitting", hashed=200, stages=stages, telemetry=telemetry)
    assert (seen.hashed_bytes, seen.bytes) == (500 * LENGTH, 1_000 * LENGTH)
    assert (seen.stages[0].percent, seen.percent) == (50.0, 2.5)
    assert seen.seconds_left == 10 + 0.95 * 10 / 0.025
    telemetry.note_hashed("run", 0)
    assert look("splitting", hashed=200, stages=stages, telemetry=telemetry).percent == 1.0


def test_a_run_that_loads() -> None:
    seen = look("loading", sums(400, 10), framed=600, stages=LOADING)
    assert (seen.read.records, seen.read.percent) == (600, 60.0)
    assert (seen.written.records, seen.written.percent) == (400, 40.0)
    assert seen.percent == 33.0, "seven tenths of the way are loading, splitting is done"
    assert (seen.rows_per_second, seen.seconds, seen.seconds_left) == (50.0, 10.0, 19.6)
    assert (seen.records_rejected, seen.duplicates) == (10, 2)
    assert [(one.stage, one.state, one.seconds, one.percent) for one in seen.stages] == [
        ("splitting", "completed", 2.0, 100.0), ("loading", "running", 8.0, 40.0)
    ]  # fmt: skip


def test_before_the_first_row_nobody_knows_the_time_left() -> None:
    seen = look("loading", stages=(stage("loading", "running", 2),))
    assert (seen.rows_per_second, seen.seconds_left) == (0.0, None)


def test_events_know_more_than_the_ledger_but_never_less() -> None:
    telemetry = Telemetry()
    telemetry.begin("run")
    telemetry.receive(event("batch-read", records=900, bytes=900 * LENGTH))
    telemetry.receive(event("batch-processed", records=300, bytes=300 * LENGTH))
    seen = look("loading", sums(400), telemetry=telemetry)
    assert (seen.read.percent, seen.processed.percent) == (90.0, 40.0)
    assert (seen.read.records, seen.processed.records, seen.written.records) == (900, 400, 400)


def test_duplicate_events_never_say_more_than_all() -> None:
    telemetry = Telemetry()
    telemetry.begin("run")
    for _ in range(2):
        telemetry.receive(event("batch-read", records=800, bytes=800 * LENGTH))
    assert look("loading", telemetry=telemetry).read.percent == 100.0


def test_records_of_any_length_are_estimated_by_their_bytes_until_all_are_read() -> None:
    half = look("loading", sums(400), framed=500, length=None)
    assert (half.records_expected, half.records_estimated, half.read.percent) == (1_000, True, 50.0)
    assert look("loading", length=None).records_expected == 0, "nothing read, nothing known"
    done = look("loading", sums(400), framed=1_000, length=None)
    assert (done.records_expected, done.records_estimated) == (1_000, False)
    assert look("loading", sums(400), framed=500).records_estimated is False


def test_files_and_splits_are_shown_with_their_readers() -> None:
    seen = look("loading")
    assert (seen.files_count, seen.splits_count) == (2, 1)
    assert [(file.path, file.bytes, file.compression, file.data_bytes, file.loaded_by) for file in seen.files] == [
        ("a.dat", 500, None, 495, None),
        ("b.gz", 60, "gzip", None, "other"),
    ]
    (split,) = seen.splits
    assert (split.split_no, split.file_no, split.start, split.end, split.read_to) == (4, 1, 5, 500, 260)
    assert (split.batches, split.records, split.reader, split.reported_at) == (2, 3, "reader-1", START)


def test_a_run_that_merges() -> None:
    seen = look("merging", sums(1_000, 200), merged=400, stages=MERGING)
    assert seen.percent == 87.5
    assert (seen.rows_per_second, seen.seconds_left) == (250.0, 3.6), "the speed of loading stays on view"
    assert (seen.rows_merged, seen.stages[-1].percent) == (400, 50.0)


def test_percent_and_time_left_move_through_all_stages() -> None:
    """The rest of a stage is told by its own speed, the later ones by what the earlier took."""
    reconciling = (*LOADED, stage("reconciling", "running", 6))
    seen = [
        look("loading", sums(500), stages=LOADING),
        look("loading", sums(999), stages=LOADING),
        look("reconciling", sums(1_000), stages=reconciling),
        look("merging", sums(1_000), stages=MERGING),
        look("merging", sums(1_000), merged=900, stages=MERGING),
        look("verifying", sums(1_000), merged=1_000, stages=VERIFYING),
    ]
    assert [one.percent for one in seen] == [40.0, 74.9, 75.0, 80.0, 93.5, 95.0]
    left = [one.seconds_left for one in seen]
    assert left == [14.2, 3.3, 3.3, 2.5, 0.9, 0.5]


@pytest.mark.parametrize("state", [state for state in STAGES if state is not State.LOADING])
def test_a_stage_without_parts_is_told_by_those_before_it(state: State) -> None:
    before = [stage(one, "completed", 0, 1) for one in STAGES[: STAGES.index(state)]]
    seen = look(state.value, sums(1_000), stages=(*before, stage(state, "running", 9)))
    assert seen.stages[-1].percent == 0.0
    assert (seen.seconds_left is None) == (state is State.SPLITTING), "nothing is done yet"


def test_a_stage_of_several_attempts_counts_them_all() -> None:
    second = stage("loading", "running", 8, millis_before=6_000, attempts=2)
    seen = look("loading", sums(400), stages=(SPLIT, second))
    assert (seen.stages[1].seconds, seen.seconds, seen.rows_per_second) == (8.0, 10.0, 50.0)
    assert seen.seconds_left == 19.6, "as if it had never been interrupted"


def test_a_stage_that_is_to_begin_anew_keeps_its_time_and_stands_still() -> None:
    pending = stage("loading", "pending", 2, millis_before=4_500)
    seen = look("loading", sums(400), stages=(SPLIT, pending))
    assert (seen.seconds, seen.seconds_left) == (6.5, None)
    assert seen.percent == 33.0, "what the ledger holds is not read again"


def test_a_run_that_is_over() -> None:
    stages = (*MERGED, stage("verifying", "completed", 9, 10))
    done = look("completed", sums(1_000, 1), merged=999, stages=stages, finished=10)
    assert (done.percent, done.seconds, done.seconds_left, done.exit_code) == (100.0, 10.0, 0.0, 1)
    assert look("completed", sums(1_000), finished=8).exit_code == 0
    assert look("completed", sums(1_000), finished=8).percent == 100.0
    failed = look("failed", sums(500), stages=(SPLIT, stage("loading", "failed", 2, 4)), finished=8)
    assert (failed.exit_code, failed.percent, failed.seconds_left) == (2, 40.0, 0.0)


@pytest.mark.parametrize("state", [state for state in TERMINAL if state is not State.COMPLETED])
def test_a_run_that_did_not_complete_keeps_the_percent_that_it_reached(state: State) -> None:
    ended = "cancelled" if state is State.CANCELLED else "failed"
    for stages, merged, percent in (
        ((), 0, 0.0),
        ((SPLIT, stage("loading", ended, 2, 4)), 0, 75.0),
        ((*LOADED, stage("reconciling", ended, 6, 7)), 0, 75.0),
        ((*RECONCILED, stage("merging", ended, 7, 9)), 200, 83.0),
        ((*MERGED, stage("verifying", ended, 9, 10)), 1_000, 95.0),
    ):
        at = tables(state.value, sums(1_000), merged=merged, stages=stages, finished=10)
        assert (progress(at, Telemetry(), "run").percent, percent_reached(at, "run")) == (percent, percent)
        assert progress(at, Telemetry(), "run").exit_code == 2


class TestWaiting:
    """A run that waits says what for; the code for scripts is 4 where somebody has to act."""

    @pytest.mark.parametrize("state", ["partial", "stalled"])
    def test_a_run_that_needs_somebody_has_an_exit_code(self, state: str) -> None:
        seen = look(state, sums(400), stages=LOADING)
        assert (seen.exit_code, seen.seconds_left, seen.percent) == (4, None, 33.0)

    @pytest.mark.parametrize("state", ["registered", "splitting", "loading", "reconciling", "merging", "verifying"])
    def test_a_run_that_works_has_none_and_waits_for_nothing(self, state: str) -> None:
        seen = look(state, stages=LOADING)
        assert (seen.exit_code, seen.waits_for) == (None, None)

    def test_dead_letters(self) -> None:
        faults = tuple(fault(number, "LRP031", "died", fatal=False) for number in range(3))
        assert look("partial", faults=faults).waits_for == "3 dead letters wait to be replayed or discarded."

    def test_batches_that_do_not_come(self) -> None:
        assert look("stalled", error="LRR022: no batch has reached").waits_for == "LRR022: no batch has reached"

    def test_a_cancelled_run_whose_stage_goes_on(self) -> None:
        seen = look("cancelling", stages=LOADING)
        assert seen.exit_code is None
        assert seen.waits_for is not None
        assert "when the loading stage reaches its next safe point" in seen.waits_for

    def test_the_turn_at_the_final_table(self) -> None:
        note = "waits for run other, which merges into L.T first"
        waiting = stage("merging", "waiting", 7, error=note)
        seen = look("merging", sums(1_000), stages=(*RECONCILED, waiting))
        assert seen.waits_for == "It waits for run other, which merges into L.T first."
        assert (seen.percent, seen.seconds_left, seen.exit_code) == (80.0, None, None)


def test_queues_are_shown_where_their_depths_are_known() -> None:
    assert look("loading").queues == []
    seen = look("loading", depths={"raw": (3, 100), "read": (0, 50)})
    assert seen.queues == [QueueDepth(name="raw", depth=3, bound=100), QueueDepth(name="read", depth=0, bound=50)]


def test_an_empty_file_has_nothing_left_to_do() -> None:
    seen = look("loading", records=0, stages=(stage("loading", "running", 0),))
    assert (seen.read.percent, seen.written.percent) == (100.0, 100.0)
    assert look("loading", records=0, stages=LOADING).percent == 5.0


def test_dead_letters_are_shown_and_fatal_faults_are_not_among_them() -> None:
    faults = (fault(7, "LRP031", "died", fatal=False), fault(-1, "LRF003", "changed", fatal=True))
    assert look("partial", faults=faults).dead_letters == [WaitingLetter(batch_no=7, code="LRP031", message="died")]
