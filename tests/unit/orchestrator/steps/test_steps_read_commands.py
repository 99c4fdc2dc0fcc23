"""Read commands: how many records a batch may have, and what a reader is told."""

from __future__ import annotations

from services.orchestrator.steps.load.read_commands import batch_records
from tests.support.definitions import JOBS, compiled

JOB = compiled(JOBS, "transactions")[1]


def test_long_records_make_small_batches() -> None:
    def records(length: int) -> int:
        short, long = ({"type": {}, "shape": {"length": one}} for one in (10, length))
        return batch_records(JOB.model_copy(update={"batch_records": 5_000, "plan": {"records": [short, long]}}))

    assert [records(length) for length in (100, 13_421, 13_422, 1 << 20, 1 << 30)] == [5_000, 5_000, 4_999, 64, 1]
