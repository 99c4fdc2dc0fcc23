"""How far a run is: per stage, in percent, in records per second, and how long it will still take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from services.orchestrator.store.files import FileRow, FileSums
from services.orchestrator.store.ledger import LedgerSums
from services.orchestrator.store.runs import RunRow
from services.orchestrator.store.splits import SplitRow, SplitSums
from services.orchestrator.store.stages import StageRow
from services.orchestrator.store.states import NEEDS_OPERATOR, STAGES, StageState, State, exit_code
from services.orchestrator.store.stores import Stores
from services.orchestrator.views.telemetry import Telemetry

_WEIGHTS: Final = {
    State.SPLITTING: 0.05,
    State.LOADING: 0.70,
    State.RECONCILING: 0.05,
    State.MERGING: 0.15,
    State.VERIFYING: 0.05,
}
"""Shares of a run's time, as they are found on average."""


class StageProgress(BaseModel):
    """One stage of the run; ``seconds`` are summed over attempts."""

    model_config = ConfigDict(frozen=True)

    stage: str
    state: str
    seconds: float
    percent: float
    error: str | None


class FlowProgress(BaseModel):
    """How much of the input has passed a service: its records, and the share of the bytes of data."""

    model_config = ConfigDict(frozen=True)

    records: int
    percent: float


class FileProgress(BaseModel):
    """One of the run's files; ``data_bytes`` of its uncompressed content are records to load, once that is known.

    ``loaded_by`` names the run that has its content already, where this run leaves the file out.
    """

    model_config = ConfigDict(frozen=True)

    file_no: int
    path: str
    bytes: int
    compression: str | None
    data_bytes: int | None
    loaded_by: str | None


class SplitProgress(BaseModel):
    """A part of a file as its reader reported it last; offsets are the file's, uncompressed."""

    model_config = ConfigDict(frozen=True)

    split_no: int
    file_no: int
    start: int
    end: int
    read_to: int
    batches: int
    records: int
    reader: str | None
    reported_at: datetime | None


class WaitingLetter(BaseModel):
    """A dead letter that holds the run; ``batch_no`` is -1 for a message of no batch."""

    model_config = ConfigDict(frozen=True)

    batch_no: int
    code: str
    message: str


class QueueDepth(BaseModel):
    """How many messages a work queue holds, and how many it takes."""

    model_config = ConfigDict(frozen=True)

    name: str
    depth: int
    bound: int


class RunProgress(BaseModel):
    """A run as an operator sees it.

    ``records_expected`` is counted where records have one length, else ``records_estimated`` from the bytes so far.
    ``exit_code`` is known when the run has ended, or waits for an operator. Of many files and splits, the first hundred
    are shown. ``queues`` is empty where the depths are not known.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    job: str
    state: str
    exit_code: int | None
    error: str | None
    waits_for: str | None
    file: str
    bytes: int
    hashed_bytes: int
    data_bytes: int
    records_expected: int
    records_estimated: bool
    read: FlowProgress
    processed: FlowProgress
    written: FlowProgress
    records_rejected: int
    records_skipped: int
    duplicates: int
    rows_merged: int
    percent: float
    rows_per_second: float
    seconds_left: float | None
    seconds: float
    stages: list[StageProgress]
    files_count: int
    files: list[FileProgress]
    splits_count: int
    splits: list[SplitProgress]
    dead_letters: list[WaitingLetter]
    queues: list[QueueDepth]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Passed:
    """Records and bytes of the input that have passed a service."""

    records: int
    bytes: int

    def at_least(self, other: _Passed) -> _Passed:
        return _Passed(max(self.records, other.records), max(self.bytes, other.bytes))

    def of(self, whole: int) -> FlowProgress:
        return FlowProgress(records=self.records, percent=_percent(self.bytes, whole))


@dataclass(frozen=True, slots=True)
class _Look:
    """What the tables say of a run at one moment."""

    run: RunRow
    stages: list[StageRow]
    sums: LedgerSums
    splits: SplitSums
    files: FileSums
    hashed: int
    merged: int

    @property
    def written(self) -> _Passed:
        return _Passed(self.sums.records_read, self.sums.bytes)


def progress(
    at: Stores, telemetry: Telemetry, run_id: str, depths: Mapping[str, tuple[int, int]] | None = None
) -> RunProgress:
    """The run's progress now: written figures from the ledger, read and processed ones from the events.

    ``depths``: depth and bound by queue, where they are known.
    """
    look = _look(at, run_id, telemetry.hashed(run_id))
    run, sums, whole = look.run, look.sums, look.files.data_bytes
    framed = _Passed(look.splits.records, look.splits.bytes_read)
    read = _reported(telemetry, run_id, "batch-read").at_least(look.written).at_least(framed)
    expected, estimated = _expected(look, read)
    letters = [
        WaitingLetter(batch_no=fault.batch_no, code=fault.code, message=fault.message)
        for fault in at.faults.open(run_id)
        if not fault.fatal
    ]
    return RunProgress(
        run_id=run_id,
        job=run.job,
        state=run.state,
        exit_code=exit_code(run.state, sums.records_rejected),
        error=run.error,
        waits_for=_waits_for(look, len(letters)),
        file=run.file_path,
        bytes=look.files.file_bytes or run.file_bytes,
        hashed_bytes=look.hashed,
        data_bytes=whole,
        records_expected=expected,
        records_estimated=estimated,
        read=read.of(whole),
        processed=_reported(telemetry, run_id, "batch-processed").at_least(look.written).of(whole),
        written=look.written.of(whole),
        records_rejected=sums.records_rejected,
        records_skipped=sums.records_skipped,
        duplicates=sums.duplicates,
        rows_merged=look.merged,
        percent=_overall(look),
        rows_per_second=_rate(look),
        seconds_left=_seconds_left(look),
        seconds=round(sum(row.seconds for row in look.stages), 3),
        stages=[_stage(row, look) for row in look.stages],
        files_count=look.files.files,
        files=[_file(row) for row in at.files.first(run_id)],
        splits_count=look.splits.splits,
        splits=[_split(row) for row in at.splits.first(run_id)],
        dead_letters=letters,
        queues=[QueueDepth(name=name, depth=found[0], bound=found[1]) for name, found in (depths or {}).items()],
        created_at=run.created_at,
        finished_at=run.finished_at,
    )


def percent_reached(at: Stores, run_id: str) -> float:
    """How much of the run is done; of a run that ended otherwise than completed, how far it had come."""
    return _overall(_look(at, run_id, 0))


def _look(at: Stores, run_id: str, hashed: int) -> _Look:
    files = at.files.sums(run_id)
    return _Look(
        run=at.runs.get(run_id),
        stages=at.stages.all(run_id),
        sums=at.ledger.sums(run_id, committed=False),
        splits=at.splits.sums(run_id),
        files=files,
        hashed=min(max(files.hashed_bytes, hashed), files.file_bytes),
        merged=sum(at.chunks.done(run_id).values()),
    )


def _reported(telemetry: Telemetry, run_id: str, kind: str) -> _Passed:
    flow = telemetry.flow(run_id, kind)
    return _Passed(flow.records, flow.bytes)


def _waits_for(look: _Look, letters: int) -> str | None:
    """What holds the run up, as a sentence; None for a run that works or has ended."""
    if look.run.state is State.PARTIAL:
        return f"{letters} dead letters wait to be replayed or discarded."
    if look.run.state is State.STALLED:
        return look.run.error
    if look.run.state is State.CANCELLING:
        return until_cancelled(look.stages)
    return next((f"It {row.error}." for row in look.stages if row.state is StageState.WAITING), None)


def until_cancelled(stages: Sequence[StageRow]) -> str:
    """What a run that is being cancelled waits for, as a sentence."""
    in_hand = (StageState.RUNNING, StageState.WAITING)
    stage = next((row for row in stages if row.state in in_hand), None)
    if stage is None:
        return "It is cancelled when the engine takes it up."
    if stage.stage is State.MERGING and stage.state is StageState.RUNNING:
        return "It is cancelled when the chunk that is being merged is committed."
    return (
        f"It is cancelled when the {stage.stage} stage reaches its next safe point; batches in the queues are dropped."
    )


def _expected(look: _Look, read: _Passed) -> tuple[int, bool]:
    """Records in all, and whether that is only an estimate."""
    whole = look.files.data_bytes
    if look.run.record_length:
        return whole // look.run.record_length, look.files.undivided > 0
    if look.splits.splits and not look.splits.unread and not look.files.undivided:
        return look.splits.records, False
    return round(read.records * whole / read.bytes) if read.bytes else 0, True


def _percent(part: int, whole: int) -> float:
    return round(min(100.0 * part / whole, 100.0), 1) if whole else 100.0


def _share(row: StageRow, look: _Look) -> float:
    """How much of a stage is done, from 0 to 1; a stage that failed keeps what it had reached."""
    if row.state is StageState.COMPLETED:
        return 1.0
    parts: dict[State, tuple[int, int]] = {
        State.SPLITTING: (look.hashed, look.files.file_bytes),
        State.LOADING: (look.sums.bytes, look.files.data_bytes),
        State.MERGING: (look.merged, look.sums.records_valid),
    }
    done, whole = parts.get(row.stage, (0, 1))
    return min(done / whole, 1.0) if whole else 0.0


def _overall(look: _Look) -> float:
    if look.run.state is State.COMPLETED:
        return 100.0
    return round(100 * sum(_WEIGHTS[row.stage] * _share(row, look) for row in look.stages), 1)


def _rate(look: _Look) -> float:
    """Records per second of the loading stage, over all attempts."""
    loading = next((row for row in look.stages if row.stage is State.LOADING), None)
    return round(look.written.records / loading.seconds, 1) if loading and loading.seconds > 0 else 0.0


def _seconds_left(look: _Look) -> float | None:
    """The rest of the stage in hand at its own speed, and the stages after it at the speed of those before.

    None while it cannot be estimated; 0 for a run that has ended.
    """
    if look.run.terminal:
        return 0.0
    current = next((row for row in look.stages if row.state is StageState.RUNNING), None)
    if current is None or look.run.state in NEEDS_OPERATOR:
        return None
    done = _overall(look) / 100
    if not done:
        return None
    share = _share(current, look)
    seconds_a_share = sum(row.seconds for row in look.stages) / done
    later = sum(_WEIGHTS[stage] for stage in STAGES[STAGES.index(current.stage) + 1 :])
    rest = current.seconds * (1 - share) / share if share else _WEIGHTS[current.stage] * seconds_a_share
    return round(rest + later * seconds_a_share, 1)


def _stage(row: StageRow, look: _Look) -> StageProgress:
    return StageProgress(
        stage=row.stage,
        state=row.state,
        seconds=row.seconds,
        percent=round(100 * _share(row, look), 1),
        error=row.error,
    )


def _file(row: FileRow) -> FileProgress:
    return FileProgress(
        file_no=row.file_no,
        path=row.file_path,
        bytes=row.file_bytes,
        compression=row.compression,
        data_bytes=None if row.data_start is None or row.data_end is None else row.data_end - row.data_start,
        loaded_by=row.loaded_by,
    )


def _split(row: SplitRow) -> SplitProgress:
    return SplitProgress(
        split_no=row.split_no,
        file_no=row.file_no,
        start=row.start_offset,
        end=row.end_offset,
        read_to=row.read_to,
        batches=row.batches,
        records=row.records,
        reader=row.reader_id,
        reported_at=row.reported_at,
    )
