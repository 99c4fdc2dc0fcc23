"""What the catalogs of Db2 and Derby say, as columns and keys; tables checked on the rows that Db2 would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import SecretStr

from services.orchestrator.store.catalog import CatalogStore, Db2Column, DerbyColumn, db2_keys, derby_keys
from services.orchestrator.store.table_fit import TableColumn, Unit
from shared.database.settings import DatabaseSettings
from shared.errors import TableError
from shared.jobs.compile import CompiledJob
from tests.support.definitions import JOBS, compiled

JOB = compiled(JOBS, "transactions")[1]
(TABLE,) = JOB.tables
OCTETS, CHARACTERS = Unit.OCTETS, Unit.CHARACTERS


def db2_row(name: str, type_name: str, length: int = 0, scale: int = 0, **more: Any) -> dict[str, Any]:
    """A row as ``columns`` of db2/catalog.sql gives it."""
    return {
        "name": name, "type_schema": "SYSIBM  ", "type_name": type_name, "length": length, "scale": scale,
        "unit": None, "unit_length": None, "code_page": 1208 if "CHAR" in type_name else 0,
        "nulls": "Y", "has_default": "N", "always_generated": "N",
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "sql"),
    [
        (db2_row("C", "INTEGER", 4), TableColumn("C", "INTEGER", 4), "INTEGER"),
        (db2_row("C", "DECIMAL", 9, 2), TableColumn("C", "DECIMAL", 9, 2), "DECIMAL(9,2)"),
        (db2_row("C", "DECFLOAT", 16), TableColumn("C", "DECFLOAT", 34), "DECFLOAT(34)"),
        (db2_row("C", "DECFLOAT", 8), TableColumn("C", "DECFLOAT", 16), "DECFLOAT(16)"),
        (
            db2_row("C", "VARCHAR", 40, unit="CODEUNITS32", unit_length=10),
            TableColumn("C", "VARCHAR", 10, unit=CHARACTERS),
            "VARCHAR(10 CODEUNITS32)",
        ),
        (
            db2_row("C", "CHARACTER", 10, unit="OCTETS", unit_length=10),
            TableColumn("C", "CHAR", 10, unit=OCTETS),
            "CHAR(10 OCTETS)",
        ),
        (db2_row("C", "VARCHAR", 10), TableColumn("C", "VARCHAR", 10), "VARCHAR(10)"),
        (
            db2_row("C", "CHARACTER", 4, code_page=0, unit="OCTETS", unit_length=4),
            TableColumn("C", "CHAR(4) FOR BIT DATA", 4, unit=OCTETS),
            "CHAR(4) FOR BIT DATA",
        ),
        (db2_row("C", "MONEY", 0, type_schema="BANK"), TableColumn("C", "BANK.MONEY"), "BANK.MONEY"),
        (db2_row("C", "TIMESTAMP", 10, 6), TableColumn("C", "TIMESTAMP", 10, 6), "TIMESTAMP"),
        (db2_row("C", "DATE", 4, nulls="N"), TableColumn("C", "DATE", 4, nullable=False), "DATE"),
        (
            db2_row("C", "BIGINT", 8, nulls="N", has_default="Y", always_generated="Y"),
            TableColumn("C", "BIGINT", 8, nullable=False, has_default=True, always_generated=True),
            "BIGINT",
        ),
    ],
)
def test_a_column_of_db2(row: dict[str, Any], column: TableColumn, sql: str) -> None:
    found = Db2Column.model_validate(row).column()
    assert (found, found.sql) == (column, sql)


@pytest.mark.parametrize(
    ("text", "column", "sql"),
    [
        ("INTEGER NOT NULL", TableColumn("C", "INTEGER", nullable=False), "INTEGER"),
        ("VARCHAR(20)", TableColumn("C", "VARCHAR", 20), "VARCHAR(20)"),
        ("DECIMAL(10,2) NOT NULL", TableColumn("C", "DECIMAL", 10, 2, nullable=False), "DECIMAL(10,2)"),
        ("NUMERIC(7,1)", TableColumn("C", "DECIMAL", 7, 1), "DECIMAL(7,1)"),
        ("CHAR (4) FOR BIT DATA", TableColumn("C", "CHAR (4) FOR BIT DATA"), "CHAR (4) FOR BIT DATA"),
        ("LONG VARCHAR", TableColumn("C", "LONG VARCHAR"), "LONG VARCHAR"),
        ('"APP"."MONEY" NOT NULL', TableColumn("C", '"APP"."MONEY"', nullable=False), '"APP"."MONEY"'),
    ],
)
def test_a_column_of_derby(text: str, column: TableColumn, sql: str) -> None:
    found = DerbyColumn(name="C", type_text=text, default_text=None, increment=None).column()
    assert (found, found.sql) == (column, sql)


@pytest.mark.parametrize(
    ("default", "increment", "has_default", "always", "computed"),
    [
        (None, None, False, False, False),
        ("7", None, True, False, False),
        ("'CURRENT'", None, True, False, False),
        ("current_timestamp", None, True, False, True),
        ("USER", None, True, False, True),
        ("GENERATED ALWAYS AS ( A + 1 )", None, True, True, True),
        ("GENERATED_BY_DEFAULT", 1, True, False, True),
        (None, 1, True, True, True),
    ],
)
def test_a_default_of_derby(
    default: str | None, increment: int | None, has_default: bool, always: bool, computed: bool
) -> None:
    found = DerbyColumn(name="C", type_text="INTEGER", default_text=default, increment=increment).column()
    assert (found.has_default, found.always_generated, found.computed) == (has_default, always, computed)


def test_keys_of_db2() -> None:
    assert db2_keys([("S.X", "A"), ("S.X", "B"), ("S.Y", "B")]) == [("A", "B"), ("B",)]
    assert db2_keys([]) == []


def test_keys_of_derby() -> None:
    columns = [TableColumn(name, "INTEGER") for name in "ABC"]
    descriptors = [
        "UNIQUE BTREE (3, 1 DESC)",
        "BTREE (2)",
        "UNIQUE WITH DUPLICATE NULLS BTREE (1)",
        "UNIQUE WITH DUPLICATE NULLS  DEFERRABLE CHECKING BTREE (2)",
    ]
    assert derby_keys(descriptors, columns) == [("C", "A"), ("A",), ("B",)]


class Session:
    """Answers the catalog's two queries for each table as Db2 would."""

    def __init__(self, **tables: tuple[list[dict[str, Any]], list[tuple[str, str]]]) -> None:
        self.tables = tables

    def query(self, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        columns, keys = self.tables.get(parameters[1], ([], []))
        if "SYSCAT.COLUMNS" in sql:
            return columns
        return [{"index_name": index, "column_name": column} for index, column in keys]


class TestDb2:
    """The final table of the job ``transactions`` as a DBA made it, who counts text in bytes."""

    COLUMNS = (
        db2_row("TRAN_ID", "CHARACTER", 32, unit="OCTETS", unit_length=32, nulls="N"),
        db2_row("TRAN_ACCOUNT", "DECIMAL", 11, nulls="N"),
        db2_row("TRAN_TYPE", "CHARACTER", 4, unit="OCTETS", unit_length=4, nulls="N"),
        db2_row("TRAN_AMOUNT", "DECIMAL", 11, 2, nulls="N"),
        db2_row("TRAN_CURRENCY", "CHARACTER", 6, unit="OCTETS", unit_length=6, nulls="N"),
        db2_row("TRAN_DATE", "DATE", 4, nulls="N"),
        db2_row("TRAN_TIME", "DECIMAL", 6, nulls="N"),
        db2_row("TRAN_MERCHANT_ID", "INTEGER", 4, nulls="N"),
        db2_row("TRAN_MERCHANT", "VARCHAR", 160, unit="CODEUNITS32", unit_length=40, nulls="N"),
        db2_row("TRAN_FEE", "DECIMAL", 9, 3, nulls="N"),
        db2_row("TRAN_RATE", "DECFLOAT", 8, nulls="N"),
        db2_row("RUN_ID", "VARCHAR", 32, unit="OCTETS", unit_length=32),
        db2_row("MERGED_AT", "TIMESTAMP", 10, 6),
        db2_row("ID", "BIGINT", 8, nulls="N", has_default="Y", always_generated="Y"),
    )

    def store(self, columns: Sequence[dict[str, Any]], *keys: tuple[str, str]) -> CatalogStore:
        settings = DatabaseSettings(name="D", user="u", password=SecretStr("p"), dialect="db2")
        session: Any = Session(**{TABLE.final.name: (list(columns), list(keys))})
        return CatalogStore(session, settings)

    def test_an_older_table_fits(self) -> None:
        self.store(self.COLUMNS, ("S.PK", "ID"), ("S.U", "TRAN_ID")).check(JOB)

    def test_bytes_are_not_characters(self) -> None:
        short = [row | {"length": 16, "unit_length": 16} if row["name"] == "TRAN_ID" else row for row in self.COLUMNS]
        with pytest.raises(TableError) as caught:
            self.store(short, ("S.U", "TRAN_ID")).check(JOB)
        name = f"{TABLE.final}.TRAN_ID"
        assert caught.value.message == (
            f"tables do not fit the job: {name} is CHAR(16 OCTETS), but must be CHAR(32 OCTETS)"
        )
        assert (
            caught.value.remedy == f"Run ALTER TABLE {TABLE.final} ALTER COLUMN TRAN_ID SET DATA TYPE CHAR(32 OCTETS)."
        )

    def test_all_faults_are_in_one_error(self) -> None:
        with pytest.raises(TableError) as caught:
            self.store(self.COLUMNS[2:11], ("S.U", "TRAN_TYPE")).check(JOB)
        found = [(fault["column"], fault["wanted"]) for fault in caught.value.context["faults"]]
        wanted = [
            ("TRAN_ID", "VARCHAR(16 CODEUNITS32)"),
            ("TRAN_ACCOUNT", "BIGINT"),
            ("RUN_ID", "VARCHAR(32 CODEUNITS32)"),
        ]
        assert found == [*wanted, ("MERGED_AT", "TIMESTAMP"), ("", "(TRAN_ID)")]

    def test_a_final_table_that_may_not_be_made(self) -> None:
        job: CompiledJob = JOB.model_copy(update={"tables": [TABLE.model_copy(update={"create_final": False})]})
        settings = DatabaseSettings(name="D", user="u", password=SecretStr("p"), dialect="db2")
        session: Any = Session()
        with pytest.raises(TableError) as caught:
            CatalogStore(session, settings).check(job)
        assert caught.value.code == "LRR001"
        assert caught.value.remedy.startswith(f"Create it: CREATE TABLE {TABLE.final}")
