"""The stores and the context of a step, with the figures of a run in which everything fits."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.store.ledger import BatchRow
from services.orchestrator.store.merges import MergeTurns
from shared.jobs.model import Gate
from shared.messaging.publisher import Cancelled
from shared.scaled_decimals import Total
from tests.support.definitions import JOBS, compiled
from tests.support.run_rows import batch_row, file_sums, ledger_sums, split_sums

JOB = compiled(JOBS, "transactions")[1]
SUMS = ledger_sums(batches=2, bytes=1_200, records_read=10, records_valid=9, records_rejected=1, decode_micros=5)
TOTAL = Total("TRAN-AMOUNT", 2, valid=123_456, rejected=100, unreadable=0)
FIGURES = ControlFigures(records=10, totals={"TRAN-AMOUNT": Decimal("1235.56")})


def batch(start: int, size: int, valid: int) -> BatchRow:
    """A batch by its bytes and valid records."""
    return batch_row(start_offset=start, bytes=size, records_valid=valid)


def says(value: Any) -> Any:
    """A function that answers ``value``, whatever it is asked."""
    return lambda *_, **__: value


class FakeStores:
    """The figures of a run in which everything fits, to be changed one at a time."""

    def __init__(self, **changes: Any) -> None:
        figures: dict[str, Any] = {
            "sums": SUMS, "data_bytes": 1_200, "framed": 10, "totals": {TOTAL.name: TOTAL}, "database": ["1234.56"],
            "staged": 9, "uneven": [], "rejects": {"LRD001": 1}, "distinct": 9, "final": 9, "done": {},
            "batches": [batch(0, 600, 5), batch(600, 600, 4)], "ahead": [], "overwritten": {}, "later": [], "turns": {},
        }  # fmt: skip
        self.figures = figures | changes
        self.changes: list[tuple[str, Any]] = []
        f = self.figures
        self.ledger = SimpleNamespace(
            sums=says(f["sums"]),
            totals=says(f["totals"]),
            mismatches=says(f["uneven"]),
            batches=says(f["batches"]),
        )
        self.files = SimpleNamespace(sums=says(file_sums(files=1, data_bytes=f["data_bytes"])))
        self.splits = SimpleNamespace(sums=says(split_sums(splits=2, bytes_read=1_200, batches=2, records=f["framed"])))
        self.rejects = SimpleNamespace(counts=says(f["rejects"]))
        self.staged = SimpleNamespace(
            count=says(f["staged"]),
            distinct_keys=says(f["distinct"]),
            sums=says([Decimal(value) for value in f["database"]]),
            supersede=self._supersede,
        )
        self.final = SimpleNamespace(count=says(f["final"]), merge=self._merge, overwritten=says(f["overwritten"]))
        self.chunks = SimpleNamespace(done=says(f["done"]), mark=lambda _run, *mark: self._note("mark", mark))
        self.turns = SimpleNamespace(
            wait=lambda *_: None, claim=self._claim, number=self._number, get=self._turn, later=says(f["later"])
        )
        self.stages = SimpleNamespace(
            wait=lambda _run, stage, note: self._note("wait", (stage, note)),
            go_on=lambda _run, stage: self._note("go on", stage),
        )

    def _note(self, what: str, figures: Any) -> None:
        self.changes.append((what, figures))

    def _claim(self, _run: str, tables: list[str]) -> str | None:
        """The runs ahead, one after the other; None at last."""
        self._note("claim", tables)
        ahead: list[str] = self.figures["ahead"]
        return ahead.pop(0) if ahead else None

    def _number(self, _run: str, tables: list[str], *, anew: bool) -> None:
        self._note("number", (tables, anew))

    def _turn(self, run: str, _table: str) -> MergeTurns:
        first, last = self.figures["turns"].get(run, (0, 0))
        return MergeTurns(first_turn=first, turn=last)

    def _supersede(self, run: str, _table: Any) -> int:
        self._note("supersede", run)
        return int(self.figures["staged"] - self.figures["distinct"])

    def _merge(self, _run: str, _table: Any, start: int, end: int) -> int:
        self._note("merge", (start, end))
        return 7


def context(
    control: ControlFigures = FIGURES,
    gate: Gate | None = None,
    rows: int = 1,
    *,
    overwrite: bool = False,
    **changes: Any,
) -> Any:
    """The context of a step over ``FakeStores``, with merge chunks of ``rows`` rows."""
    at = FakeStores(**changes)
    tuning = JOB.job.tuning.model_copy(update={"merge_chunk_rows": rows})
    job = JOB.job.model_copy(update={"gate": gate or Gate(max_reject_ratio=1), "tuning": tuning})

    @contextmanager
    def stores() -> Any:
        yield at

    stopping = threading.Event()

    def go_on() -> None:
        if stopping.is_set():
            raise Cancelled

    return SimpleNamespace(
        run_id="run", run=SimpleNamespace(overwrite=overwrite),
        compiled=JOB.model_copy(update={"job": job}), control=control, stores=stores, at=at,
        stopping=stopping, between_runs=threading.Lock(), go_on=go_on, pause=go_on,
    )  # fmt: skip
