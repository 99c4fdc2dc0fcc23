"""How far a run is: percent, speed and time left from the tables; events only where they know more."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.orchestrator.store.ledger import LedgerSums
from services.orchestrator.store.runs import FileSums
from services.orchestrator.store.splits import SplitSums
from services.orchestrator.views import progress as progress_module
from services.orchestrator.views.progress import RunProgress, progress
from services.orchestrator.views.telemetry import Telemetry
from shared.messaging.messages import Event

LENGTH = 120
START = datetime(2026, 11, 21, 12, 0, 0)
NOTHING = LedgerSums(0, 0, 0, 0, 0, 0, 0, 0, 0)


FILES = [
    {"file_no": 0, "file_path": "a.dat", "file_bytes": 500, "compression": None, "data_start": 5, "data_end": 500},
    {"file_no": 1, "file_path": "b.gz", "file_bytes": 60, "compression": None, "data_start": None, "data_end": None},
]
SPLITS = [
    {
        "split_no": 4, "file_no": 1, "start_offset": 5, "end_offset": 500, "read_to": 260, "batches": 2, "records": 3,
        "reader_id": "reader-1", "reported_at": START,
    },
]  # fmt: skip


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ten seconds after the run began."""
    monkeypatch.setattr(progress_module, "now", lambda: START + timedelta(seconds=10))


def sums(read: int, rejected: int = 0) -> LedgerSums:
    return LedgerSums(1, read * LENGTH, read, read - rejected, rejected, 0, 2, 5, 0)


def stage(name: str, state: str, start: int, end: int | None = None) -> dict[str, Any]:
    finished = None if end is None else START + timedelta(seconds=end)
    started = START + timedelta(seconds=start)
    return {"stage": name, "state": state, "started_at": started, "finished_at": finished, "error": None}


def look(
    state: str, ledger: LedgerSums = NOTHING, *, records: int = 1_000, framed: int = 0, merged: int = 0,
    stages: tuple[dict[str, Any], ...] = (), finished: int | None = None, telemetry: Telemetry | None = None,
    faults: tuple[dict[str, Any], ...] = (), length: int | None = LENGTH,
) -> RunProgress:  # fmt: skip
    ended = None if finished is None else START + timedelta(seconds=finished)
    run = {
        "run_id": "run", "job": "transactions", "state": state, "error": None, "file_path": "in.dat",
        "file_bytes": records * LENGTH, "record_length": length, "created_at": START, "finished_at": ended,
    }  # fmt: skip
    at: Any = SimpleNamespace(
        runs=SimpleNamespace(
            get=lambda _: run,
            stages=lambda _: list(stages),
            file_sums=lambda _: FileSums(2, records * LENGTH),
            first_files=lambda _: FILES,
            open_faults=lambda _: list(faults),
        ),
        splits=SimpleNamespace(
            sums=lambda _: SplitSums(1, 1, framed * LENGTH, 1, framed),
            first=lambda _: SPLITS,
        ),
        ledger=SimpleNamespace(sums=lambda *_, **__: ledger),
        tables=SimpleNamespace(chunks_done=lambda _: {0: merged} if merged else {}),
    )
    return progress(at, telemetry or Telemetry(), "run")


def event(kind: str, run_id: str = "run", **figures: Any) -> Event:
    return Event.model_validate(
        {"kind": kind, "service": "s", "instance": figures.pop("instance", "i"), "run_id": run_id, "figures": figures}
    )


def test_a_run_that_has_just_begun() -> None:
    seen = look("registered")
    assert (seen.records_expected, seen.percent, seen.rows_per_second, seen.seconds_left) == (1_000, 0.0, 0.0, None)
    assert (seen.exit_code, seen.seconds) == (None, 10.0)


def test_a_run_that_loads() -> None:
    seen = look("loading", sums(400, 10), framed=600, stages=(stage("loading", "running", 2),))
    assert (seen.read.records, seen.read.percent) == (600, 60.0)
    assert (seen.written.records, seen.written.percent) == (400, 40.0)
    assert seen.percent == 32.0, "four fifths of the way are loading"
    assert (seen.rows_per_second, seen.seconds_left) == (50.0, 12.0)
    assert (seen.records_rejected, seen.duplicates) == (10, 2)


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
    assert [(file.path, file.bytes, file.data_bytes) for file in seen.files] == [
        ("a.dat", 500, 495),
        ("b.gz", 60, None),
    ]
    (split,) = seen.splits
    assert (split.split_no, split.file_no, split.start, split.end, split.read_to) == (4, 1, 5, 500, 260)
    assert (split.batches, split.records, split.reader, split.reported_at) == (2, 3, "reader-1", START)


def test_a_run_that_merges() -> None:
    loaded = stage("loading", "completed", 0, 5)
    seen = look("merging", sums(1_000, 200), merged=400, stages=(loaded,))
    assert seen.percent == 90.0
    assert (seen.rows_per_second, seen.seconds_left) == (200.0, None), "the speed of loading stays on view"
    assert seen.rows_merged == 400


def test_a_run_that_is_over() -> None:
    stages = (stage("loading", "completed", 0, 4),)
    done = look("completed", sums(1_000, 1), merged=999, stages=stages, finished=8)
    assert (done.percent, done.seconds, done.seconds_left, done.exit_code) == (100.0, 8.0, 0.0, 1)
    assert look("completed", sums(1_000), finished=8).exit_code == 0
    failed = look("failed", sums(500), finished=8)
    assert (failed.exit_code, failed.percent) == (2, 40.0)


def test_an_empty_file_has_nothing_left_to_do() -> None:
    seen = look("loading", records=0, stages=(stage("loading", "running", 0),))
    assert (seen.read.percent, seen.written.percent) == (100.0, 100.0)


def test_dead_letters_are_shown_and_fatal_faults_are_not_among_them() -> None:
    faults = (
        {"batch_no": 7, "code": "LRP031", "message": "died", "fatal": 0},
        {"batch_no": -1, "code": "LRF003", "message": "changed", "fatal": 1},
    )
    assert look("partial", faults=faults).dead_letters == [{"batch_no": 7, "code": "LRP031", "message": "died"}]


class TestTelemetry:
    def test_flows_add_up_by_run_and_kind(self) -> None:
        telemetry = Telemetry()
        telemetry.begin("a")
        telemetry.begin("b")
        for run_id in ("a", "a", "b"):
            telemetry.receive(event("batch-processed", run_id, records=10, bytes=1_200, rejects=1))
        flow = telemetry.flow("a", "batch-processed")
        assert (flow.records, flow.bytes, flow.rejects) == (20, 2_400, 2)
        assert telemetry.flow("b", "batch-processed").records == 10
        assert telemetry.flow("a", "batch-read").records == 0

    def test_unknown_runs_are_not_kept(self) -> None:
        """Events of runs that are over, or of another orchestrator, must not fill the memory."""
        telemetry = Telemetry()
        telemetry.receive(event("batch-read", "stranger", records=1))
        assert telemetry.flow("stranger", "batch-read").records == 0
        telemetry.begin("run")
        telemetry.memory("run")
        telemetry.receive(event("batch-read", "run", records=1))
        assert telemetry.flow("run", "batch-read").records == 0

    def test_beginning_again_forgets_nothing(self) -> None:
        telemetry = Telemetry()
        telemetry.begin("run")
        telemetry.receive(event("batch-read", records=5))
        telemetry.begin("run")
        assert telemetry.flow("run", "batch-read").records == 5

    def test_memory_is_each_peak_and_the_highest_sum(self) -> None:
        telemetry = Telemetry()
        telemetry.receive(event("heartbeat", "", instance="w", processes={"main": [1, 500, 900]}))
        telemetry.begin("run")
        for rss in (100, 300, 200):
            telemetry.receive(event("heartbeat", "", instance="p", processes={"main": [2, rss, 400], "c": [3, 10, 20]}))
        telemetry.receive(event("heartbeat", "", instance="w", processes={"main": [1, 50, 900]}))
        memory = telemetry.memory("run")
        assert memory.peaks == {"p/main": 400, "p/c": 20, "w/main": 900}
        assert memory.highest_sum == 500 + 300 + 10, "the writer's last word counts until its next"
        assert telemetry.memory("run").peaks == {}, "told once"
