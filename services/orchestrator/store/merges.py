"""MERGE_CHUNK and MERGE_TURN: what of a run is merged, and whose turn it is at a final table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.orchestrator.store.base import Record, Store, now
from services.orchestrator.store.states import TurnState


class ChunkStore(Store):
    """Merged chunks; a chunk's row is written in the chunk's own transaction."""

    table = "merge_chunk"

    def mark(self, run_id: str, number: int, start: int, end: int, rows: int) -> None:
        """Note that the records in [start, end) are merged."""
        self._change("insert", (run_id, number, start, end, rows, now()))

    def done(self, run_id: str) -> dict[int, int]:
        """Rows merged by chunk number."""
        return {int(row["chunk_no"]): int(row["rows_merged"]) for row in self._rows("list", (run_id,))}

    def forget(self, run_id: str) -> None:
        """Every chunk is to be merged again."""
        self._change("forget", (run_id,))


class TurnRow(Record):
    """A run that waits for a final table, or merges into it."""

    run_id: str
    state: TurnState


class MergeTurns(Record):
    """When a run merged: the numbers of its first and its last turn, which differ where it was interrupted."""

    first_turn: int
    turn: int


class TurnStore(Store):
    """Turns at final tables: of the runs that are ready to merge, the one that was registered first goes first.

    A turn lasts until its run ends, so that a run verifies its own merge. The callers let one thread at a time decide.
    """

    table = "merge_turn"

    def wait(self, run_id: str, tables: Sequence[str]) -> None:
        """Note that the run waits for ``tables``: only there can it be compared with the others.

        In a transaction of its own before ``claim``, which reads the runs' rows and must hold no lock meanwhile.
        """
        for table in tables:
            if all(turn.run_id != run_id for turn in self._unfinished(table)):
                self._note(run_id, table, TurnState.WAITING)

    def claim(self, run_id: str, tables: Sequence[str]) -> str | None:
        """Take the turn at all of ``tables``, for which the run waits; else return the run that is ahead of it."""
        ahead = None
        for table in tables:
            ahead = ahead or _ahead(run_id, self._unfinished(table))
        state = TurnState.WAITING if ahead else TurnState.MERGING
        for table in tables:
            self._note(run_id, table, state)
        return ahead

    def number(self, run_id: str, tables: Iterable[str], *, anew: bool) -> None:
        """Give a run that is about to merge the next number at each table: its merge is the last one then.

        ``anew`` when no chunk of it was merged before.
        """
        for table in tables:
            number = int(self._row("last", (table,))["turn"]) + 1
            first = number if anew else self.get(run_id, table).first_turn or number
            self._change("take", (number, first, table, run_id))

    def later(self, run_id: str, table: str) -> list[str]:
        """Runs that were registered after this one and have merged into the table, the last merge first."""
        return [row["run_id"] for row in self._rows("later", (table, run_id))]

    def get(self, run_id: str, table: str) -> MergeTurns:
        """The numbers of the run's merge into the table; zeros when it never merged there."""
        found = self._records(MergeTurns, "get", (table, run_id))
        return found[0] if found else MergeTurns(first_turn=0, turn=0)

    def end(self, run_id: str) -> None:
        """The run has ended: the next one's turn comes."""
        self._change("end", (TurnState.ENDED.value, run_id))

    def _unfinished(self, table: str) -> list[TurnRow]:
        return self._records(TurnRow, "unfinished", (table, TurnState.ENDED.value))

    def _note(self, run_id: str, table: str, state: TurnState) -> None:
        if not self._change("move", (state.value, table, run_id)):
            self._change("insert", (table, run_id, state.value))


def _ahead(run_id: str, turns: Sequence[TurnRow]) -> str | None:
    """The run that merges now, or else the one that was registered first; None when it is ``run_id``'s turn.

    A run that merges keeps its turn though others wait that were registered before it.
    """
    first = next((turn for turn in turns if turn.state is TurnState.MERGING), turns[0])
    return None if first.run_id == run_id else first.run_id
