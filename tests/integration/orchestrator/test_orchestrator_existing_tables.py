"""Tables that exist before the run, on Derby: those that fit are loaded, every other one is refused by name."""
# ruff: noqa: S608 - the names in the statements are the tests' own

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.orchestrator.store.stores import stores
from services.writer.transaction import BatchWriter, WriteOutcome
from shared.database.ddl import final_ddl, staging_ddl
from shared.database.pool import SessionPool
from shared.errors import TableError
from shared.jobs.compile import CompiledJob, CompiledTable, compile_job
from shared.jobs.load import load_job
from tests.support.batches import load_of, raw_batch
from tests.support.definitions import JOBS, compiled, payments
from tests.support.derby import DerbyEndpoint
from tests.support.own_tables import with_own_tables
from tests.support.sessions import fresh_name, migrated_pool

pytestmark = pytest.mark.database

SCHEMA = "FITTEST"
MISFIT = "tables do not fit the job: "

Changes = list[tuple[str, str]]
"""What stands in lrecl's own CREATE TABLE, and what stands there instead."""

EVERY_TYPE = """\
       01  PAYMENT.
           05  PAY-ID          PIC 9(04).
           05  AN-INTEGER      PIC S9(09) COMP-3.
           05  A-BIGINT        PIC S9(18) COMP.
           05  A-DECIMAL       PIC S9(09)V99 COMP-3.
           05  A-FRACTION      PIC SVP(05)9(04) COMP-3.
           05  THOUSANDS       PIC S9(04)P(03) COMP-3.
           05  NATIVE          PIC S9(04) COMP-5.
           05  A-DOUBLE        COMP-2.
           05  A-CHAR          PIC X(10).
           05  A-VARCHAR       PIC X(10).
           05  A-DATE          PIC X(08).
           05  LONG-NUMBER     PIC S9(33)V99 COMP-3.
           05  AN-EDITED       PIC ZZ9.99.
           05  RAW-NUMBER      PIC S9(05) COMP-3.
           05  REQUIRED        PIC X(01).
"""

EVERY_DEFINITION = """\
job: payments
copybook: {path: payment.cpy}
fields:
  A-DATE: {type: date, format: YYYYMMDD}
  A-CHAR: {type: char, null_when: [spaces]}
  RAW-NUMBER: {invalid: raw}
rules:
  - {field: REQUIRED, required: true}
target:
  staging_table: STG_EVERY
  final_table: EVERY
  key: [PAY_ID, A_VARCHAR]
  create_final: true
"""


@pytest.fixture(scope="module")
def pool(database: DerbyEndpoint) -> Iterator[SessionPool]:
    with migrated_pool(database, SCHEMA) as made:
        yield made


@pytest.fixture
def job() -> CompiledJob:
    """The job ``transactions`` with tables of this test's own, not yet made."""
    return with_own_tables(compiled(JOBS, "transactions")[1], SCHEMA)


def run(pool: SessionPool, *statements: str) -> None:
    with stores(pool) as at:
        for sql in statements:
            at.session.execute(sql)


def changed(ddl: str, changes: Changes) -> str:
    for old, new in changes:
        assert old in ddl
        ddl = ddl.replace(old, new)
    return ddl


def make_final(pool: SessionPool, table: CompiledTable, changes: Changes) -> None:
    run(pool, changed(final_ddl(table.final, table.targets, table.key, "derby"), changes))


def make_staging(pool: SessionPool, table: CompiledTable, changes: Changes) -> None:
    run(pool, changed(staging_ddl(table.staging, table.targets, "derby"), changes))


def check(pool: SessionPool, job: CompiledJob) -> None:
    with stores(pool) as at:
        at.catalog.check(job)


def refusal(pool: SessionPool, job: CompiledJob) -> TableError:
    """The same error at registration and in the first step, which makes no table."""
    with pytest.raises(TableError) as caught:
        check(pool, job)
    with pytest.raises(TableError) as again, stores(pool) as at:
        at.catalog.prepare(job)
    assert (caught.value.code, caught.value.message) == ("LRR002", again.value.message)
    return caught.value


def carry_out(pool: SessionPool, job: CompiledJob, error: TableError) -> None:
    """Run the statements of the remedy, after which the tables fit; without any, a table must be created again."""
    statements = re.findall(r"Run ((?:ALTER|CREATE).*?)(?:, or|\.$)", error.remedy)
    assert bool(statements) is not error.remedy.startswith("Create")
    if statements:
        run(pool, *statements)
        check(pool, job)


class TestMadeByLrecl:
    def test_columns_of_every_type_fit(self, pool: SessionPool, tmp_path: Path) -> None:
        source, _ = payments(tmp_path, EVERY_DEFINITION, EVERY_TYPE)
        job = compile_job(source, SCHEMA)
        kinds = {target.sql_type for target in job.tables[0].targets}
        assert len(kinds) == 8, "every type of column"
        with stores(pool) as at:
            assert at.catalog.prepare(job) == [f"{SCHEMA}.STG_EVERY", f"{SCHEMA}.EVERY"]
        with stores(pool) as at:
            at.catalog.check(job)
            assert at.catalog.prepare(job) == []

    def test_ten_emoji_fit_ten_characters(self, pool: SessionPool, tmp_path: Path) -> None:
        """Derby counts 20 units of UTF-16."""
        definition = "\n".join((
            "job: payments", "input: {record_format: DELIMITED, encoding: ascii, code_page: utf-8}",
            "copybook: {path: payment.cpy}",
            "target: {staging_table: STG_EMOJI, final_table: EMOJI, key: [PAY_ID], create_final: true}",
        ))  # fmt: skip
        copybook = "       01  PAYMENT.\n           05  PAY-ID PIC 9(04).\n           05  A-TEXT PIC X(10).\n"
        job = compile_job(payments(tmp_path, definition, copybook)[0], SCHEMA)
        with stores(pool) as at:
            at.catalog.prepare(job)
            at.catalog.check(job)
        for table, columns, values in (
            ("EMOJI", "MERGED_AT", "CURRENT TIMESTAMP"),
            ("STG_EMOJI", "BATCH_NO, RECORD_OFFSET, WORKER_ID", "1, 0, 'w'"),
        ):
            sql = f"INSERT INTO {SCHEMA}.{table} (PAY_ID, A_TEXT, RUN_ID, {columns}) VALUES (1, ?, 'r', {values})"
            with stores(pool) as at:
                at.session.execute(sql, ("\U0001f600" * 10,))
                (row,) = at.session.query(f"SELECT A_TEXT FROM {SCHEMA}.{table}")
            assert row == {"a_text": "\U0001f600" * 10}

    @pytest.mark.parametrize("name", ["customers", "orders", "transactions"])
    def test_the_tables_of_the_examples_fit(self, pool: SessionPool, name: str) -> None:
        job = compile_job(load_job(JOBS, name), SCHEMA)
        with stores(pool) as at:
            assert len(at.catalog.prepare(job)) == 2 * len(job.tables)
        with stores(pool) as at:
            assert at.catalog.prepare(job) == []


KEY = "PRIMARY KEY (TRAN_ID)"


class TestFinalTable:
    @pytest.mark.parametrize(
        ("column", "own", "found", "wanted"),
        [
            ("TRAN_FEE", "DECIMAL(7,2)", "DECIMAL(7,3)", "DECIMAL(8,3)"),
            ("TRAN_FEE", "DECIMAL(7,2)", "REAL", "DECIMAL(7,2)"),
            ("TRAN_TIME", "INTEGER", "SMALLINT", "INTEGER"),
            ("TRAN_TIME", "INTEGER", "BIGINT", "INTEGER"),
            ("TRAN_TYPE", "VARCHAR(2)", "INTEGER", "VARCHAR(2)"),
            ("TRAN_TYPE", "VARCHAR(2)", "VARCHAR(1)", "VARCHAR(2)"),
            ("TRAN_TYPE", "VARCHAR(2)", "CHAR (2) FOR BIT DATA", "VARCHAR(2)"),
            ("TRAN_DATE", "DATE", "TIMESTAMP", "DATE"),
            ("RUN_ID", "VARCHAR(32)", "VARCHAR(20)", "VARCHAR(32)"),
            ("MERGED_AT", "TIMESTAMP", "DATE", "TIMESTAMP"),
        ],
    )
    def test_a_type_that_loses_values_is_refused(
        self, pool: SessionPool, job: CompiledJob, column: str, own: str, found: str, wanted: str
    ) -> None:
        (table,) = job.tables
        make_final(pool, table, [(f"{column} {own}", f"{column} {found}")])
        error = refusal(pool, job)
        assert error.message == f"{MISFIT}{table.final}.{column} is {found}, but must be {wanted}"
        carry_out(pool, job, error)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ([("TRAN_FEE DECIMAL(7,2),", "")], "{table} has no column TRAN_FEE (DECIMAL(7,2))"),
            ([("RUN_ID VARCHAR(32) NOT NULL,", "")], "{table} has no column RUN_ID (VARCHAR(32))"),
            (
                [(KEY, f"BRANCH INTEGER NOT NULL, {KEY}")],
                "{table}.BRANCH is NOT NULL without a default, and the job does not load it",
            ),
            ([(f",\n    {KEY}", "")], "the job's key (TRAN_ID) is not a unique key of {table}: it has no unique key"),
            (
                [(KEY, "PRIMARY KEY (TRAN_ID, RUN_ID)")],
                "the job's key (TRAN_ID) is not a unique key of {table}: its unique keys are (TRAN_ID, RUN_ID)",
            ),
        ],
    )
    def test_a_column_or_key_that_is_missing_is_refused(
        self, pool: SessionPool, job: CompiledJob, changes: Changes, reason: str
    ) -> None:
        (table,) = job.tables
        make_final(pool, table, changes)
        error = refusal(pool, job)
        assert error.message == MISFIT + reason.format(table=table.final)
        carry_out(pool, job, error)

    def test_an_index_that_is_not_unique_is_no_key(self, pool: SessionPool, job: CompiledJob) -> None:
        (table,) = job.tables
        make_final(pool, table, [(f",\n    {KEY}", "")])
        run(pool, f"CREATE INDEX {SCHEMA}.{fresh_name('I')} ON {table.final} (TRAN_ID)")
        assert refusal(pool, job).message.endswith("it has no unique key")

    @pytest.mark.parametrize("generated", ["AS IDENTITY", "AS (TRAN_MERCHANT_ID + 1)"])
    def test_a_generated_column_cannot_be_loaded(self, pool: SessionPool, job: CompiledJob, generated: str) -> None:
        (table,) = job.tables
        make_final(pool, table, [("TRAN_TIME INTEGER", f"TRAN_TIME INTEGER GENERATED ALWAYS {generated}")])
        assert f"{table.final}.TRAN_TIME is GENERATED ALWAYS, so that nothing" in refusal(pool, job).message

    @pytest.mark.parametrize(
        "column",
        [
            "INTEGER GENERATED ALWAYS AS IDENTITY",
            "INTEGER GENERATED BY DEFAULT AS IDENTITY",
            "INTEGER GENERATED ALWAYS AS (TRAN_TIME + 1)",
            "TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
            "VARCHAR(128) DEFAULT USER",
        ],
    )
    def test_derby_cannot_merge_what_it_must_compute(self, pool: SessionPool, job: CompiledJob, column: str) -> None:
        (table,) = job.tables
        make_final(pool, table, [(KEY, f"EXTRA {column}, {KEY}")])
        reason = "EXTRA is generated or has a default that is no constant, which Derby cannot merge"
        assert refusal(pool, job).message == f"{MISFIT}{table.final}.{reason}"

    def test_null_where_the_table_allows_none(self, pool: SessionPool) -> None:
        """CUST-PHONE is NULL where it is blank; CUST-CITY is always text."""
        job = with_own_tables(compiled(JOBS, "customers")[1], SCHEMA)
        (table,) = job.tables
        make_final(pool, table, [("CUST_CITY VARCHAR(25)", "CUST_CITY VARCHAR(25) NOT NULL")])
        check(pool, job)
        run(pool, f"ALTER TABLE {table.final} ALTER COLUMN CUST_PHONE NOT NULL")
        error = refusal(pool, job)
        assert f"{table.final}.CUST_PHONE is NOT NULL, but the job loads NULL" in error.message
        assert "make the field required" in error.remedy
        run(pool, f"ALTER TABLE {table.final} ALTER COLUMN CUST_PHONE DROP NOT NULL")
        check(pool, job)

    def test_all_faults_of_all_tables_are_in_one_error(self, pool: SessionPool, job: CompiledJob) -> None:
        (table,) = job.tables
        make_final(pool, table, [("TRAN_FEE DECIMAL(7,2),", ""), (KEY, "PRIMARY KEY (RUN_ID)")])
        make_staging(pool, table, [("TRAN_RATE DECIMAL(9,6)", "TRAN_RATE DECIMAL(9,2)")])
        found = [(fault["table"], fault["column"]) for fault in refusal(pool, job).context["faults"]]  # type: ignore[index, attr-defined]
        assert found == [(str(table.staging), "TRAN_RATE"), (str(table.final), "TRAN_FEE"), (str(table.final), "")]

    @pytest.mark.parametrize(
        "changes",
        [
            [(KEY, "UNIQUE (TRAN_ID)")],
            [(KEY, f"NOTE CLOB, BRANCH INTEGER NOT NULL DEFAULT 7, SINCE DATE DEFAULT DATE('2020-02-29'), {KEY}")],
            [("TRAN_TYPE VARCHAR(2)", "TRAN_TYPE CHAR(40)"), ("TRAN_MERCHANT VARCHAR(40)", "TRAN_MERCHANT CLOB(40)")],
            [("TRAN_RATE DECIMAL(9,6)", "TRAN_RATE NUMERIC(9,6)"), ("TRAN_FEE DECIMAL(7,2)", "TRAN_FEE DECIMAL(12,4)")],
            [("RUN_ID VARCHAR(32) NOT NULL", "RUN_ID CHAR(40)")],
        ],
    )
    def test_what_fits_is_loaded(self, pool: SessionPool, job: CompiledJob, changes: Changes, tmp_path: Path) -> None:
        """By a MERGE whose values come back as they were staged."""
        (table,) = job.tables
        make_final(pool, table, changes)
        with stores(pool) as at:
            assert at.catalog.prepare(job) == [str(table.staging)]
        run_id = fresh_name("fit-")
        writer = BatchWriter(pool.settings, "w")
        source, _ = compiled(JOBS, "transactions")
        assert writer.write(load_of(raw_batch((source, job), tmp_path, 40, 0.0, run_id=run_id))) is WriteOutcome.WRITTEN
        writer.close()
        with stores(pool) as at:
            assert at.final.merge(run_id, table, 0, 40 * 120) == 40
            assert at.final.count(run_id, table) == 40
            numbers = "TRAN_ID, TRAN_ACCOUNT, TRAN_AMOUNT, TRAN_DATE, TRAN_TIME, TRAN_FEE"
            texts = "TRIM(TRAN_TYPE) AS TRAN_TYPE, CAST(TRAN_MERCHANT AS VARCHAR(40)) AS TRAN_MERCHANT"
            rows = [
                at.session.query(f"SELECT {numbers}, {texts} FROM {name} ORDER BY TRAN_ID")
                for name in (table.staging, table.final)
            ]
        assert rows[0] == rows[1]


class TestKey:
    @pytest.fixture
    def job(self, job: CompiledJob) -> CompiledJob:
        return job.model_copy(
            update={"tables": [job.tables[0].model_copy(update={"key": ["TRAN_ID", "TRAN_ACCOUNT"]})]}
        )

    @pytest.mark.parametrize(
        ("inline", "index"),
        [
            ("PRIMARY KEY (TRAN_ACCOUNT, TRAN_ID)", ""),
            ("UNIQUE (TRAN_ACCOUNT, TRAN_ID), PRIMARY KEY (RUN_ID)", ""),
            ("PRIMARY KEY (TRAN_ID, TRAN_ACCOUNT) DEFERRABLE", ""),
            ("CHECK (TRAN_ID <> '')", "CREATE UNIQUE INDEX {index} ON {table} (TRAN_ACCOUNT DESC, TRAN_ID)"),
        ],
    )
    def test_it_may_be_any_unique_key_in_any_order(
        self, pool: SessionPool, job: CompiledJob, inline: str, index: str
    ) -> None:
        (table,) = job.tables
        make_final(
            pool,
            table,
            [("TRAN_ID VARCHAR", "OLD INTEGER,\n    TRAN_ID VARCHAR"), ("PRIMARY KEY (TRAN_ID, TRAN_ACCOUNT)", inline)],
        )
        run(pool, f"ALTER TABLE {table.final} DROP COLUMN OLD")
        if index:
            assert refusal(pool, job).message.endswith("it has no unique key")
            run(pool, index.format(index=f"{SCHEMA}.{fresh_name('I')}", table=table.final))
        check(pool, job)

    def test_key_columns_that_may_be_null_are_unique_still(self, pool: SessionPool, job: CompiledJob) -> None:
        """The job loads no NULL into its key."""
        (table,) = job.tables
        ddl = final_ddl(table.final, table.targets, table.key, "derby").replace(" NOT NULL", "")
        run(pool, ddl.replace("PRIMARY KEY", "UNIQUE"))
        check(pool, job)

    @pytest.mark.parametrize("key", ["TRAN_ID", "TRAN_ID, TRAN_ACCOUNT, RUN_ID"])
    def test_fewer_or_more_columns_are_another_key(self, pool: SessionPool, job: CompiledJob, key: str) -> None:
        (table,) = job.tables
        make_final(pool, table, [("(TRAN_ID, TRAN_ACCOUNT)", f"({key})")])
        assert refusal(pool, job).message.endswith(f"its unique keys are ({key})")


class TestStagingTable:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ([("TRAN_FEE DECIMAL(7,2),", "")], " has no column TRAN_FEE (DECIMAL(7,2))"),
            ([("TRAN_TYPE VARCHAR(2)", "TRAN_TYPE CHAR(1)")], ".TRAN_TYPE is CHAR(1), but must be CHAR(2)"),
            ([("WORKER_ID VARCHAR(64)", "WORKER_ID CHAR(8)")], ".WORKER_ID is CHAR(8), but must be CHAR(64)"),
            ([("RECORD_OFFSET BIGINT", "RECORD_OFFSET INTEGER")], ".RECORD_OFFSET is INTEGER, but must be BIGINT"),
            ([("SUPERSEDED SMALLINT NOT NULL DEFAULT 0", "SUPERSEDED SMALLINT")], ".SUPERSEDED has no default"),
            (
                [("SUPERSEDED", "NOTE CHAR(1) NOT NULL, SUPERSEDED")],
                ".NOTE is NOT NULL without a default, and the job does not load it",
            ),
        ],
    )
    def test_one_that_was_altered_is_to_be_dropped(
        self, pool: SessionPool, job: CompiledJob, changes: Changes, reason: str
    ) -> None:
        (table,) = job.tables
        make_staging(pool, table, changes)
        error = refusal(pool, job)
        assert error.message == f"{MISFIT}{table.staging}{reason}"
        drop = f"DROP TABLE {table.staging}"
        assert error.remedy == f"Run {drop} when no unfinished run uses it: the next run creates it again."
        run(pool, drop)
        with stores(pool) as at:
            assert at.catalog.prepare(job) == [str(table.staging), str(table.final)]

    def test_one_with_more_or_wider_columns_fits(self, pool: SessionPool, job: CompiledJob) -> None:
        (table,) = job.tables
        make_staging(pool, table, [("TRAN_TYPE VARCHAR(2)", "TRAN_TYPE VARCHAR(200), NOTE VARCHAR(20)")])
        with stores(pool) as at:
            assert at.catalog.prepare(job) == [str(table.final)]
