"""The orchestrator's tables on a real database: staged rows merged, reports recorded once, the trail unbroken."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from deploy.local.rabbit import RabbitNode
from services.orchestrator.engine.reports_inbox import ReportsInbox
from services.orchestrator.store.faults import FaultRow
from services.orchestrator.store.leases import LeaseLost
from services.orchestrator.store.runs import NewRun
from services.orchestrator.store.splits import NewSplit, SplitRow
from services.orchestrator.store.states import StageState, State
from services.orchestrator.store.stores import Stores, stores
from services.writer.transaction import BatchWriter, WriteOutcome
from shared.batch.columns import constant
from shared.batch.reserved_words import RESERVED_WORDS
from shared.batch.types import STAGING_COLUMNS, SqlType, TargetColumn
from shared.database.cli import ArrayInsert, CliConnection
from shared.database.ddl import final_ddl, staging_ddl
from shared.database.errors import classify
from shared.database.pool import SessionPool
from shared.errors import PermanentError, RequestError
from shared.jobs.compile import CompiledJob, CompiledTable, CompiledTotal
from shared.messaging.messages import FileIdentity, RunFault, SplitReport
from shared.messaging.publisher import Publisher
from shared.messaging.topology import REPORTS
from shared.transform.plan import Plan
from tests.support.batches import load_of, raw_batch, raw_batch_of
from tests.support.definitions import JOBS, compiled
from tests.support.derby import DerbyEndpoint
from tests.support.own_tables import with_own_tables
from tests.support.queues import depth, drain, renew
from tests.support.queues import settings_for as broker_settings
from tests.support.sessions import fresh_name, migrated_pool
from tests.support.waiting import wait_until

pytestmark = pytest.mark.database

SCHEMA = "ORCTEST"


@pytest.fixture(scope="session")
def pool(database: DerbyEndpoint) -> Iterator[SessionPool]:
    with migrated_pool(database, SCHEMA) as made:
        yield made


@pytest.fixture
def job() -> CompiledJob:
    """The job ``transactions`` with tables of this test's own, not yet made."""
    return with_own_tables(compiled(JOBS, "transactions")[1], SCHEMA)


@pytest.fixture
def run_id(pool: SessionPool) -> str:
    run = NewRun(
        run_id=fresh_name("run-"), job="transactions", forced=False, job_digest="j" * 64,
        copybook_digest="c" * 64, control_figures={"records": None, "totals": {}}, requested_by="test",
        file=FileIdentity(path="in.dat", size=4_800, mtime_ns=1),
    )  # fmt: skip
    with stores(pool) as at:
        at.runs.insert(run)
    return run.run_id


def stage_rows(pool: SessionPool, *raws: bytes) -> None:
    writer = BatchWriter(pool.settings, "w")
    for raw in raws:
        assert writer.write(load_of(raw)) is WriteOutcome.WRITTEN
    writer.close()


def final_rows(at: Stores, job: CompiledJob) -> list[dict[str, Any]]:
    return at.session.query(f"SELECT * FROM {job.tables[0].final} ORDER BY TRAN_ID")


class TestTables:
    def test_they_are_made_once(self, pool: SessionPool, job: CompiledJob) -> None:
        with stores(pool) as at:
            assert at.catalog.prepare(job) == [job.tables[0].staging_table, job.tables[0].final_table]
        with stores(pool) as at:
            assert at.catalog.prepare(job) == []

    def test_a_final_table_that_may_not_be_made_is_asked_for(self, pool: SessionPool, job: CompiledJob) -> None:
        table = job.tables[0].model_copy(update={"create_final": False})
        job = job.model_copy(update={"tables": [table]})
        with pytest.raises(PermanentError) as caught, stores(pool) as at:
            at.catalog.prepare(job)
        assert caught.value.code == "LRR001"
        assert f"CREATE TABLE {table.final_table}" in caught.value.remedy

    def test_a_missing_column_is_named(self, pool: SessionPool, job: CompiledJob) -> None:
        with stores(pool) as at:
            at.session.execute(f"CREATE TABLE {job.tables[0].final} (TRAN_ID INTEGER)")
        with pytest.raises(PermanentError) as caught, stores(pool) as at:
            at.catalog.prepare(job)
        assert caught.value.code == "LRR002"
        assert "TRAN_AMOUNT" in caught.value.message

    @pytest.mark.parametrize("part", range(8))
    def test_words_of_sql_are_names_like_others(self, pool: SessionPool, part: int) -> None:
        words = sorted(RESERVED_WORDS)[part::8]
        columns = [TargetColumn(word, SqlType.INTEGER, nullable=False) for word in words]
        table = CompiledTable(
            record_type="", staging_table=f"{SCHEMA}.{words[0]}", final_table=f"{SCHEMA}.{words[1]}", key=words[2:4],
            create_final=True, columns=[column.to_dict() for column in columns],
        )  # fmt: skip
        run_id = fresh_name("words-")
        with stores(pool) as at:
            at.session.execute(staging_ddl(table.staging, columns, "derby"))
            at.session.execute(final_ddl(table.final, columns, table.key, "derby"))
        with CliConnection(pool.settings.connection_string()) as connection:
            values = (run_id, 0, 0, "w", *range(len(columns)))
            rows = [
                constant(target, value, 1) for target, value in zip((*STAGING_COLUMNS, *columns), values, strict=True)
            ]
            insert = ArrayInsert(connection, table.staging, (*STAGING_COLUMNS, *columns))
            insert.execute(rows, 1)
            connection.commit()
        total = CompiledTotal(name="SUM", table=table.staging_table, column=words[9], scale=0)
        with stores(pool) as at:
            assert at.staged.distinct_keys(run_id, table) == 1
            assert at.staged.supersede(run_id, table) == 0
            assert at.staged.sums(run_id, [total]) == [Decimal(9)]
            assert at.final.merge(run_id, table, 0, 1) == at.final.count(run_id, table) == 1
            assert at.final.overwritten(run_id, table) == {}
            assert at.ledger.mismatches(run_id, [table.staging]) == [], "the run has no ledger"
            assert at.staged.purge(run_id, table, 0, 1) == 1


class TestMerging:
    def test_new_keys_are_inserted_and_known_ones_updated(
        self, pool: SessionPool, job: CompiledJob, tmp_path: Path
    ) -> None:
        (table,) = job.tables
        with stores(pool) as at:
            at.catalog.prepare(job)
        source, _ = compiled(JOBS, "transactions")
        stage_rows(pool, raw_batch((source, job), tmp_path, 40, 0.1, run_id="first"))
        data = (tmp_path / "sample.dat").read_bytes()
        with stores(pool) as at:
            assert at.final.merge("first", table, 0, len(data)) == 36
            assert at.final.count("first", table) == 36
        stage_rows(pool, raw_batch_of(job, data[: 10 * 120], run_id="second"))
        with stores(pool) as at:
            merged = at.final.merge("second", table, 0, len(data))
            assert merged == at.staged.distinct_keys("second", table)
            assert at.final.count("second", table) == merged
            assert at.final.count("first", table) == 36 - merged
            assert len(final_rows(at, job)) == 36

    def test_of_one_key_the_last_record_in_the_file_wins(
        self, pool: SessionPool, job: CompiledJob, tmp_path: Path
    ) -> None:
        (table,) = job.tables
        with stores(pool) as at:
            at.catalog.prepare(job)
        source, _ = compiled(JOBS, "transactions")
        stage_rows(pool, raw_batch((source, job), tmp_path, 3, 0.0, run_id="run"))
        first, second, third = (
            (tmp_path / "sample.dat").read_bytes()[start : start + 120] for start in range(0, 360, 120)
        )
        plan = Plan.from_dict(job.plan)
        key = next(column.spec for column in plan.records[0].columns if column.target.name == "TRAN_ID")
        cut = slice(key.offset, key.offset + key.length)
        later = third[: cut.start] + first[cut] + third[cut.stop :]  # the third's values under the first's key
        stage_rows(pool, raw_batch_of(job, later, run_id="run", batch_no=1, offset=360, first_record_no=4))
        with stores(pool) as at:
            assert at.staged.distinct_keys("run", table) == 3
            assert at.staged.supersede("run", table) == 1
            assert at.final.merge("run", table, 0, 480) == 3
            rows = final_rows(at, job)
        assert rows[0]["tran_amount"] == rows[2]["tran_amount"]
        assert first != second
        assert len(rows) == 3


class TestLedger:
    def test_sums_totals_and_mismatches(self, pool: SessionPool, job: CompiledJob, tmp_path: Path, run_id: str) -> None:
        with stores(pool) as at:
            at.catalog.prepare(job)
        source, _ = compiled(JOBS, "transactions")
        raws = [
            raw_batch((source, job), tmp_path, 40, 0.1, run_id=run_id, batch_no=number, offset=number * 4_800)
            for number in range(2)
        ]
        stage_rows(pool, *raws)
        with stores(pool) as at:
            for committed in (False, True):
                sums = at.ledger.sums(run_id, committed=committed)
                assert (sums.batches, sums.bytes, sums.uneven) == (2, 9_600, 0)
                assert (sums.records_read, sums.records_valid, sums.records_rejected) == (80, 72, 8)
            (total,) = at.ledger.totals(run_id).values()
            assert at.staged.sums(run_id, job.totals) == [total.decimal(total.valid)]
            assert total.decimal(total.valid) != Decimal(0)
            assert sum(at.rejects.counts(run_id).values()) == 8
            assert at.ledger.mismatches(run_id, [job.tables[0].staging]) == []

    @pytest.mark.parametrize(("gone", "staged"), [("BATCH_NO = 1", 0), ("BATCH_NO = 1 AND RECORD_OFFSET = 4800", 35)])
    def test_a_batch_that_lost_rows_is_seen(
        self, pool: SessionPool, job: CompiledJob, tmp_path: Path, run_id: str, gone: str, staged: int
    ) -> None:
        with stores(pool) as at:
            at.catalog.prepare(job)
        source, _ = compiled(JOBS, "transactions")
        raws = [
            raw_batch((source, job), tmp_path, 40, ratio, run_id=run_id, batch_no=number, offset=number * 4_800)
            for number, ratio in enumerate((0.1, 0.1, 1.0))
        ]
        stage_rows(pool, *raws)
        with stores(pool) as at:
            assert at.ledger.mismatches(run_id, [job.tables[0].staging]) == [], (
                "a batch without a good record misses none"
            )
            at.session.execute(f"DELETE FROM {job.tables[0].staging} WHERE RUN_ID = ? AND {gone}", (run_id,))
            found = at.ledger.mismatches(run_id, [job.tables[0].staging])
        assert found == [1]
        assert self.staged(pool, job, run_id) == staged

    def staged(self, pool: SessionPool, job: CompiledJob, run_id: str) -> int:
        """Staged rows of the batch that lost some."""
        sql = f"SELECT COUNT(*) AS N FROM {job.tables[0].staging} WHERE RUN_ID = ? AND BATCH_NO = 1"
        with stores(pool) as at:
            return int(at.session.query(sql, (run_id,))[0]["n"])

    def test_a_run_without_batches(self, pool: SessionPool) -> None:
        with stores(pool) as at:
            sums = at.ledger.sums("nobody", committed=True)
            assert (sums.batches, sums.records_read) == (0, 0)
            assert at.ledger.totals("nobody") == {}


class TestRuns:
    def test_stages_documents_and_the_end(self, pool: SessionPool, run_id: str) -> None:
        text = "0123456789" * 2_000
        with stores(pool) as at:
            assert run_id in at.runs.unfinished()
            at.stages.begin(run_id, State.SPLITTING)
            at.stages.begin(run_id, State.SPLITTING)
            at.stages.end(run_id, State.SPLITTING, StageState.COMPLETED, {"splits": 1}, None)
            (stage,) = at.stages.all(run_id)
            assert (stage.state, at.stages.figures(stage), stage.attempts) == ("completed", {"splits": 1}, 1)
            at.documents.put(run_id, "job", "old")
            at.documents.put(run_id, "job", text)
            assert at.runs.end(run_id, State.FAILED, "LRR010: " + "x" * 5_000, 2)
        with stores(pool) as at:
            assert run_id not in at.runs.unfinished()
            assert at.documents.get(run_id, "job") == text
            assert at.documents.get(run_id, "report") is None
            run = at.runs.get(run_id)
            assert (run.state, run.exit_code) == ("failed", 2)
            assert run.error is not None
            assert (run.error[:7], len(run.error)) == ("LRR010:", 3_900)
        with pytest.raises(RequestError, match="LRQ010"), stores(pool) as at:
            at.runs.get("nobody")

    def test_the_trail_shows_an_edit(self, pool: SessionPool, run_id: str) -> None:
        with stores(pool) as at:
            for number in range(4):
                at.audit.append(run_id, f"state {number}", "orchestrator", note="ü" * number)
            assert at.audit.first_broken(run_id) is None
            at.session.execute(f"UPDATE {SCHEMA}.EVENT SET ACTOR = 'x' WHERE RUN_ID = ? AND SEQUENCE = 3", (run_id,))
            assert at.audit.first_broken(run_id) == 3
            at.session.execute(f"DELETE FROM {SCHEMA}.EVENT WHERE RUN_ID = ? AND SEQUENCE = 2", (run_id,))
            assert at.audit.first_broken(run_id) == 2


@pytest.mark.broker
class TestReports:
    @pytest.fixture
    def send(self, broker: RabbitNode, pool: SessionPool) -> Iterator[Callable[[bytes], float]]:
        """To an inbox that is at work."""
        settings = broker_settings(broker)
        renew(broker, settings)
        publisher, inbox = Publisher(settings, "test"), ReportsInbox(settings, lambda: stores(pool), "orchestrator")
        inbox.start()
        yield lambda body: publisher.publish(REPORTS, body)
        inbox.close()
        publisher.close()

    def test_reports_move_a_split_forward_only(
        self, pool: SessionPool, run_id: str, send: Callable[[bytes], float]
    ) -> None:
        with stores(pool) as at:
            at.splits.insert(run_id, NewSplit(0, 0, 0, 4_800))
        for read_to, batches in ((2_400, 1), (4_800, 2), (4_800, 2), (2_400, 1)):
            report = SplitReport(
                run_id=run_id, split_no=0, read_to=read_to, batches=batches, records=read_to // 120,
                last=read_to == 4_800, reader_id="reader-1",
            )  # fmt: skip
            send(report.pack())

        def split() -> SplitRow:
            with stores(pool) as at:
                (row,) = at.splits.all(run_id)
                return row

        wait_until(lambda: split().read_to == 4_800)
        fault = RunFault(run_id=run_id, code="LRP031", message="died", service="p", batch_no=1, fatal=False)
        send(fault.pack())
        wait_until(lambda: bool(self.faults(pool, run_id)))
        assert (split().read_to, split().batches, split().records) == (4_800, 2, 40), "reports come in order"

    def test_a_fault_is_noted_once_and_fatal_ones_come_first(
        self, broker: RabbitNode, pool: SessionPool, run_id: str, send: Callable[[bytes], float]
    ) -> None:
        poison = RunFault(run_id=run_id, code="LRP031", message="died", service="p", batch_no=1, fatal=False)
        fatal = RunFault(run_id=run_id, code="LRF003", message="changed", service="r")
        for fault in (poison, poison, fatal, poison, fatal):
            send(fault.pack())
        send(b"not a message")
        wait_until(lambda: depth(broker, f"{REPORTS}.dead") == 1)
        found = [(row.code, row.batch_no, row.fatal) for row in self.faults(pool, run_id)]
        assert found == [("LRF003", -1, 1), ("LRP031", 1, 0)]
        assert drain(broker, REPORTS) == []

    def test_a_report_that_no_column_holds_is_dead_lettered_and_the_next_is_recorded(
        self, broker: RabbitNode, pool: SessionPool, run_id: str, send: Callable[[bytes], float]
    ) -> None:
        fits = RunFault(run_id=run_id, code="LRF003", message="changed", service="r")
        send(fits.model_copy(update={"run_id": "r" * 40}).pack())
        send(fits.model_copy(update={"code": "LRF003-and-more"}).pack())
        send(fits.pack())
        wait_until(lambda: bool(self.faults(pool, run_id)))
        wait_until(lambda: depth(broker, f"{REPORTS}.dead") == 2)
        assert drain(broker, REPORTS) == []

    def test_a_database_that_is_away_is_waited_for_with_the_report_in_hand(
        self, broker: RabbitNode, pool: SessionPool, run_id: str
    ) -> None:
        """More failures than the delivery limit allows, and no dead letter."""
        settings = broker_settings(broker, delivery_limit=1)
        renew(broker, settings)
        failures = [classify("08001", -30081, "away") for _ in range(3)]

        @contextmanager
        def away_at_first() -> Iterator[Stores]:
            if failures:
                raise failures.pop()
            with stores(pool) as at:
                yield at

        inbox, publisher = ReportsInbox(settings, away_at_first, "orchestrator"), Publisher(settings, "test")
        inbox.start()
        publisher.publish(REPORTS, RunFault(run_id=run_id, code="LRF003", message="changed", service="r").pack())
        wait_until(lambda: bool(self.faults(pool, run_id)))
        assert inbox.healthy
        inbox.close()
        publisher.close()
        assert (drain(broker, REPORTS), drain(broker, f"{REPORTS}.dead")) == ([], [])

    def test_an_inbox_that_lost_the_lease_gives_its_reports_back(self, broker: RabbitNode) -> None:
        settings = broker_settings(broker, delivery_limit=3)
        renew(broker, settings)

        @contextmanager
        def of_another() -> Iterator[Stores]:
            raise LeaseLost("LRR023", "o-1 lost the lease to o-2")
            yield

        inbox, publisher = ReportsInbox(settings, of_another, "orchestrator"), Publisher(settings, "test")
        for number in range(3):
            publisher.publish(REPORTS, RunFault(run_id=str(number), code="LRF003", message="m", service="r").pack())
        inbox.start()
        wait_until(lambda: inbox.connected and not inbox.healthy)
        inbox.close()
        publisher.close()
        wait_until(lambda: depth(broker, REPORTS) == 3)
        assert drain(broker, f"{REPORTS}.dead") == []

    def faults(self, pool: SessionPool, run_id: str) -> list[FaultRow]:
        with stores(pool) as at:
            return at.faults.open(run_id)
