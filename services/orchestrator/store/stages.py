"""RUN_STAGE: the stages that a run has begun, their times over all attempts, and the figures that they ended with."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from services.orchestrator.store.base import TEXT_LENGTH, Record, Store, cut, now
from services.orchestrator.store.documents import DocumentStore
from services.orchestrator.store.states import STAGE_MOVES, STAGES, Actor, StageState, State, listed, sources


class StageRow(Record):
    """A row of RUN_STAGE; ``error`` also holds what a waiting stage waits for."""

    run_id: str
    stage: State
    state: StageState
    started_at: datetime
    finished_at: datetime | None
    figures: str | None
    error: str | None
    attempts: int
    millis_before: int

    @property
    def seconds(self) -> float:
        """Seconds of work, summed over attempts; of a stage that runs, up to now."""
        if self.state is StageState.PENDING:
            return self.millis_before / 1000
        last = ((self.finished_at or now()) - self.started_at).total_seconds()
        return round(self.millis_before / 1000 + max(last, 0.0), 3)


class StageStore(Store):
    """The stages of runs, and the moves of their states."""

    table = "run_stage"

    def all(self, run_id: str) -> list[StageRow]:
        """The stages begun so far, in their order."""
        return sorted(self._records(StageRow, "list", (run_id,)), key=lambda row: STAGES.index(row.stage))

    def completed(self, run_id: str) -> set[State]:
        """The stages that are done."""
        return {row.stage for row in self.all(run_id) if row.state is StageState.COMPLETED}

    def begin(self, run_id: str, stage: State) -> None:
        """Begin ``stage``, or go on with it where another orchestrator, or an earlier attempt, has begun it."""
        found = {row.stage: row for row in self.all(run_id)}
        if stage not in found:
            self._change("insert", (run_id, stage.value, StageState.RUNNING.value, now()))
        elif found[stage].state is StageState.PENDING:
            allowed = listed(sources(STAGE_MOVES, StageState.RUNNING, Actor.ENGINE))
            self._change("begin", (StageState.RUNNING.value, now(), run_id, stage.value), states=allowed)

    def wait(self, run_id: str, stage: State, note: str) -> None:
        """Say what a running stage waits for."""
        self._move(run_id, stage, StageState.WAITING, note)

    def go_on(self, run_id: str, stage: State) -> None:
        """A waiting stage waits no longer."""
        self._move(run_id, stage, StageState.RUNNING, None)

    def end(self, run_id: str, stage: State, state: StageState, figures: dict[str, Any], error: str | None) -> None:
        """End ``stage`` with its figures; long ones (many tables or totals) are kept as a document."""
        text = json.dumps(figures)
        if len(text) > TEXT_LENGTH:
            self._documents.put(run_id, f"stage-{stage}", text)
            text = ""
        allowed = listed(sources(STAGE_MOVES, state, Actor.ENGINE))
        self._change("end", (state.value, now(), text, cut(error), run_id, stage.value), states=allowed)

    def reopen(self, row: StageRow) -> None:
        """The stage is to begin anew; its time so far is kept."""
        allowed = listed(sources(STAGE_MOVES, StageState.PENDING, Actor.OPERATOR))
        values = (StageState.PENDING.value, round(row.seconds * 1000), row.run_id, row.stage.value)
        self._change("reopen", values, states=allowed)

    def figures(self, row: StageRow) -> dict[str, Any]:
        """The figures that a stage ended with."""
        text = row.figures or self._documents.get(row.run_id, f"stage-{row.stage}")
        found: dict[str, Any] = json.loads(text) if text else {}
        return found if row.state is not StageState.PENDING else {}

    def _move(self, run_id: str, stage: State, state: StageState, note: str | None) -> None:
        allowed = listed(sources(STAGE_MOVES, state, Actor.ENGINE))
        self._change("move", (state.value, cut(note), run_id, stage.value), states=allowed)

    @property
    def _documents(self) -> DocumentStore:
        return DocumentStore(self.session, self.settings)
