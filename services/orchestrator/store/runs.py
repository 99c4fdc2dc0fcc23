"""RUN, RUN_FILE, RUN_STAGE, RUN_DOCUMENT and RUN_FAULT: what the orchestrator knows of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from services.orchestrator.store.base import Store, now
from services.orchestrator.store.states import STAGES, StageState, State
from shared.database.errors import DuplicateKey
from shared.database.session import Row
from shared.errors import RequestError
from shared.messaging.messages import FileIdentity, RunFault

_PART: Final = 7_000
_TEXT: Final = 3_900


@dataclass(frozen=True, slots=True)
class NewFile:
    """One of a run's files, and the SHA-256 of its bytes."""

    identity: FileIdentity
    digest: str


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to register.

    ``file`` has the one file's identity, or the pattern, the sum of the sizes and the newest time of several;
    ``record_length`` is set where all records have one length.
    """

    run_id: str
    job: str
    forced: bool
    file: FileIdentity
    file_digest: str
    job_digest: str
    copybook_digest: str
    control_figures: dict[str, Any]
    requested_by: str
    files: tuple[NewFile, ...] = ()
    record_length: int | None = None


class FileSums(NamedTuple):
    """Files of a run and bytes of data in them; what is compressed and not yet looked into counts with its size."""

    files: int
    data_bytes: int


class RunStore(Store):
    """Runs and their stages."""

    def insert(self, run: NewRun) -> None:
        """Register the run and its files."""
        moment = now()
        self.change(
            "run_insert",
            (
                run.run_id,
                run.job,
                State.REGISTERED.value,
                int(run.forced),
                run.file.path,
                run.file.size,
                run.file.mtime_ns,
                run.file_digest,
                run.job_digest,
                run.copybook_digest,
                json.dumps(run.control_figures),
                run.requested_by,
                run.record_length,
                moment,
                moment,
            ),
        )
        for number, file in enumerate(run.files):
            one = file.identity
            self.change("file_insert", (run.run_id, number, one.path, one.size, one.mtime_ns, file.digest))

    def get(self, run_id: str) -> Row:
        """The run's row; LRQ010 when there is none."""
        found = self.rows("run_get", (run_id,))
        if not found:
            raise RequestError("LRQ010", f"there is no run {run_id}", status=404, remedy="lrecl runs lists them.")
        return found[0]

    def newest(self) -> list[Row]:
        """The newest runs."""
        return self.rows("run_list")

    def earlier(self, job: str, file_digest: str) -> list[Row]:
        """Runs of the same job and content, newest first."""
        return self.rows("run_by_file", (job, file_digest))

    def unfinished(self) -> list[str]:
        """Runs that somebody has to go on with."""
        return [row["run_id"] for row in self.rows("run_unfinished")]

    def count_by_state(self) -> dict[str, int]:
        """How many runs there are in each state."""
        return {row["state"]: int(row["runs"]) for row in self.rows("run_states")}

    def set_state(self, run_id: str, state: State) -> None:
        """Move the run to ``state``."""
        self.change("run_set_state", (state.value, now(), run_id))

    def finish(self, run_id: str, state: State, error: str | None) -> None:
        """End the run."""
        moment = now()
        self.change("run_finish", (state.value, None if error is None else error[:_TEXT], moment, moment, run_id))

    def put_document(self, run_id: str, kind: str, text: str) -> None:
        """Keep a longer text of the run, replacing the one before."""
        self.change("document_delete", (run_id, kind))
        # Cut by characters that are one byte each: JSON is written in ASCII.
        for part, start in enumerate(range(0, len(text), _PART)):
            self.change("document_insert", (run_id, kind, part, text[start : start + _PART]))

    def document(self, run_id: str, kind: str) -> str | None:
        """A text kept by ``put_document``; None when there is none."""
        parts = self.rows("document_get", (run_id, kind))
        return "".join(row["content"] for row in parts) if parts else None

    def begin_stage(self, run_id: str, stage: State) -> bool:
        """Begin ``stage``; False when it was begun before (and is now gone on with)."""
        if any(row["stage"] == stage for row in self.stages(run_id)):
            return False
        self.change("stage_insert", (run_id, stage.value, now()))
        return True

    def finish_stage(
        self, run_id: str, stage: State, state: StageState, figures: dict[str, Any], error: str | None
    ) -> None:
        """End ``stage`` with its figures; long ones (many tables or totals) are kept as a document."""
        text, kept = None if error is None else error[:_TEXT], json.dumps(figures)
        if len(kept) > _TEXT:
            self.put_document(run_id, f"stage-{stage}", kept)
            kept = ""
        self.change("stage_finish", (state.value, now(), kept, text, run_id, stage.value))

    def figures(self, stage: Row) -> dict[str, Any]:
        """The figures that a stage ended with."""
        text = stage["figures"] or self.document(stage["run_id"], f"stage-{stage['stage']}")
        found: dict[str, Any] = json.loads(text) if text else {}
        return found

    def stages(self, run_id: str) -> list[Row]:
        """The stages begun so far, in order, with their figures read from JSON."""
        rows = self.rows("stage_list", (run_id,))
        order = {stage.value: place for place, stage in enumerate(STAGES)}
        return sorted(rows, key=lambda row: order.get(row["stage"], len(order)))

    def files(self, run_id: str) -> list[Row]:
        """The run's files in their order."""
        return self.rows("file_list", (run_id,))

    def first_files(self, run_id: str) -> list[Row]:
        """The first of the run's files, as many as are worth showing."""
        return self.rows("file_first", (run_id,))

    def file_sums(self, run_id: str) -> FileSums:
        """How many files the run has, and how many bytes of data."""
        row = self.one("file_sums", (run_id,))
        return FileSums(int(row["files"]), int(row["data_bytes"]))

    def set_divided(self, run_id: str, file_no: int, compression: str | None, start: int, end: int) -> None:
        """Note how a file is compressed, and where in its content the data lie."""
        self.change("file_divided", (compression, start, end, run_id, file_no))

    def record_fault(self, fault: RunFault) -> None:
        """Note a fault; a repeated report of the same changes nothing."""
        batch_no = -1 if fault.batch_no is None else fault.batch_no
        text = f"{fault.message} {fault.remedy}".strip()[:_TEXT]
        try:
            values = (fault.run_id, batch_no, fault.code, int(fault.fatal), text, fault.service, now())
            self.change("fault_insert", values)
        except DuplicateKey:  # undoes the statement, not the transaction
            return

    def open_faults(self, run_id: str) -> list[Row]:
        """Faults that still stand, fatal ones first."""
        return self.rows("fault_open", (run_id,))
