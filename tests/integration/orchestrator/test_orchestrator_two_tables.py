"""A run with rows for two tables: reconciled together, merged in chunks of their own, verified and told apart."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.orchestrator.registration.control_files import ControlFigures
from services.orchestrator.steps.context import RunContext
from services.orchestrator.steps.load.merge import merge
from services.orchestrator.steps.load.reconcile import reconcile
from services.orchestrator.steps.load.verify import verify
from services.orchestrator.store.runs import NewRun
from services.orchestrator.store.splits import NewSplit
from services.orchestrator.store.states import StageState, State
from services.orchestrator.store.stores import stores
from services.orchestrator.views.report import build_report
from services.orchestrator.views.telemetry import Memory
from services.writer.transaction import BatchWriter, WriteOutcome
from shared.database.pool import SessionPool
from shared.errors import ReconciliationError
from shared.jobs.compile import CompiledJob
from shared.messaging.messages import FileIdentity, SplitReport
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.sample import generate
from tests.support.batches import load_of, raw_batch_of
from tests.support.definitions import JOBS, compiled
from tests.support.derby import DerbyEndpoint
from tests.support.own_tables import in_two_tables, with_own_tables, with_second_table
from tests.support.sessions import fresh_name, migrated_pool

pytestmark = pytest.mark.database

SCHEMA = "TWOTABLES"
RECORDS, BATCH = 40, 20
LENGTH = 120


@pytest.fixture(scope="module")
def pool(database: DerbyEndpoint) -> Iterator[SessionPool]:
    with migrated_pool(database, SCHEMA) as made:
        yield made


@pytest.fixture
def job() -> CompiledJob:
    """The job ``transactions`` with two pairs of tables and a chunk for each batch."""
    made = with_second_table(with_own_tables(compiled(JOBS, "transactions")[1], SCHEMA), SCHEMA)
    tuning = made.job.tuning.model_copy(update={"merge_chunk_rows": 1})
    gate = made.job.gate.model_copy(update={"max_reject_ratio": 1.0})
    # No totals: a total belongs to one table, and here the rows of one type lie in two.
    return made.model_copy(update={"job": made.job.model_copy(update={"tuning": tuning, "gate": gate}), "totals": []})


@pytest.fixture
def context(pool: SessionPool, job: CompiledJob, tmp_path: Path) -> RunContext:
    """A run whose two batches are in the ledger, each with rows in both tables."""
    path, run_id = tmp_path / "in.dat", fresh_name("run-")
    generate(compiled(JOBS, "transactions")[0], job, RECORDS, 0.1, 3, path)
    data = path.read_bytes()
    identity = FileIdentity(path="in.dat", size=len(data), mtime_ns=1)
    new = NewRun(
        run_id=run_id, job="transactions", forced=False, file=identity, job_digest="j" * 64,
        copybook_digest="c" * 64, control_figures={"records": None, "totals": {}}, requested_by="test",
        files=(identity,),
    )  # fmt: skip
    with stores(pool) as at:
        at.runs.insert(new)
        at.files.insert(run_id, 0, identity)
        at.documents.put_job(run_id, job)
        at.catalog.prepare(job)
        at.splits.insert(run_id, NewSplit(0, 0, 0, len(data)))
        report = {"read_to": len(data), "batches": 2, "records": RECORDS, "last": True, "reader_id": "r"}
        at.splits.record(SplitReport.model_validate({"run_id": run_id, "split_no": 0} | report))
    writer = BatchWriter(pool.settings, "w")
    for number in range(RECORDS // BATCH):
        offset = number * BATCH * LENGTH
        cut = data[offset : offset + BATCH * LENGTH]
        place = {"run_id": run_id, "batch_no": number, "offset": offset, "first_record_no": number * BATCH + 1}
        load = in_two_tables(load_of(raw_batch_of(job, cut, **place)), job.tables[1].staging_table)
        assert writer.write(load) is WriteOutcome.WRITTEN
    writer.close()
    with stores(pool) as at:
        run = at.runs.get(run_id)
    return RunContext(
        run=run, compiled=job, control=ControlFigures(records=RECORDS), pool=pool,
        publisher=Publisher(BrokerSettings(), "unused"), stopping=threading.Event(), poll_seconds=0.1,
        data_root=tmp_path,
    )  # fmt: skip


def test_both_tables_are_reconciled_merged_verified_and_reported(context: RunContext, pool: SessionPool) -> None:
    assert reconcile(context)["compared"] == 8
    merged = merge(context)
    assert merge(context) == merged, "repeated, no chunk is merged again"
    first, second = (table.staging_table for table in context.compiled.tables)
    assert merged["rows_merged"] == 36
    assert {name: figures["rows_merged"] for name, figures in merged["tables"].items()} == {first: 18, second: 18}
    with stores(pool) as at:
        assert sorted(at.chunks.done(context.run_id)) == [0, 1, 2, 3], "two chunks of each table"
    verified = verify(context)
    assert verified["tables"][second] == {"rows_final": 18, "rows_overwritten": 0, "distinct_keys": 18}
    with stores(pool) as at:
        for stage, figures in ((State.MERGING, merged), (State.VERIFYING, verified)):
            at.stages.begin(context.run_id, stage)
            at.stages.end(context.run_id, stage, StageState.COMPLETED, figures, None)
        report = build_report(at, context.run_id, Memory())
    assert [(t.rows_staged, t.rows_merged, t.rows_final) for t in report.tables] == [(18, 18, 18), (18, 18, 18)]
    assert (report.rows_staged, report.rows_merged, report.rows_final) == (36, 36, 36)


@pytest.mark.parametrize("place", [0, 1])
def test_a_row_lost_from_either_table_stops_the_run(context: RunContext, pool: SessionPool, place: int) -> None:
    with stores(pool) as at:
        table = context.compiled.tables[place].staging
        at.session.execute(
            f"DELETE FROM {table} WHERE RUN_ID = ? AND RECORD_OFFSET = "
            f"(SELECT MIN(RECORD_OFFSET) FROM {table} WHERE RUN_ID = ?)",
            (context.run_id, context.run_id),
        )
    with pytest.raises(ReconciliationError, match=r"valid records = staged rows: 36 ≠ 35.*ledger = 0: 1 ≠ 0"):
        reconcile(context)


def test_a_final_table_that_lost_a_row_is_named(context: RunContext, pool: SessionPool) -> None:
    merge(context)
    final = context.compiled.tables[1].final_table
    with stores(pool) as at:
        at.session.execute(f"DELETE FROM {final} WHERE TRAN_ID = (SELECT MIN(TRAN_ID) FROM {final})")
    with pytest.raises(ReconciliationError, match=rf"{final} holds 17 rows of the run, but 18"):
        verify(context)
