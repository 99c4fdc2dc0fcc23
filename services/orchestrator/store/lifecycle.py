"""Changes of a run from outside its stages: cancelled, reopened, purged."""

from __future__ import annotations

from services.orchestrator.store.base import Store, now
from services.orchestrator.store.states import State
from shared.database.session import Row
from shared.jobs.compile import CompiledTable

_TEXT = 3_900


class LifecycleStore(Store):
    """One statement each; who may do what when is decided elsewhere."""

    def hold(self, run_id: str) -> None:
        """Keep the run's row until the transaction ends, so that two requests do not cross."""
        self.change("run_touch", (now(), run_id))

    def move(self, run_id: str, state: State, note: str | None = None) -> bool:
        """Put a run that works into ``state``, with a note for people; False when it is being cancelled or is over."""
        text = None if note is None else note[:_TEXT]
        return self.change("run_move", (state.value, text, now(), run_id)) > 0

    def cancelling(self, run_id: str) -> bool:
        """Ask for the run's end; False when it has ended."""
        return self.change("run_cancelling", (now(), run_id)) > 0

    def reopen(self, run_id: str, state: State, *, reread: bool) -> bool:
        """Let an ended run go on with a new attempt; False when it has not ended."""
        return self.change("run_reopen", (state.value, now(), int(reread), run_id)) > 0

    def reread_done(self, run_id: str) -> None:
        """The missing batches have been commanded."""
        self.change("run_reread_done", (now(), run_id))

    def forget_stage(self, run_id: str, stage: State) -> None:
        """The stage is to begin anew."""
        self.change("stage_delete", (run_id, stage.value))

    def forget_faults(self, run_id: str) -> None:
        """What stopped the run before does not stop it again by itself."""
        self.change("fault_forget", (run_id,))

    def forget_chunks(self, run_id: str) -> None:
        """Every chunk is to be merged again."""
        self.change("chunk_forget", (run_id,))

    def unread_split(self, run_id: str, split_no: int) -> None:
        """The split is to be read from its start."""
        self.change("split_unread", (run_id, split_no))

    def stopped(self) -> list[Row]:
        """Runs for which nothing more need be read, with their attempts."""
        return self.rows("run_stopped")

    def mark_purged(self, run_id: str) -> bool:
        """Note that the staged rows go; False when the run has not ended."""
        return self.change("run_purged", (now(), now(), run_id)) > 0

    def purge(self, run_id: str, table: CompiledTable, start: int, end: int) -> int:
        """Remove staged rows of records in [start, end); how many."""
        return self.change("staged_purge", (run_id, start, end), staging=str(table.staging))
