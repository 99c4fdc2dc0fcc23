"""Whether a table fits: which column types accept which values without loss, and which keys do for the job's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.orchestrator.store.table_fit import (
    LoadedColumn,
    TableColumn,
    Unit,
    accepts,
    column_misfits,
    key_misfits,
    merge_misfits,
    table_error,
)
from shared.batch.types import TableName
from shared.jobs.column_values import ColumnValues, ValueKind

TABLE = TableName("S", "T")


def column(type_name: str, length: int = 0, scale: int = 0, unit: Unit | None = None) -> TableColumn:
    return TableColumn("C", type_name, length, scale, unit)


def number(whole: int, fraction: int = 0) -> ColumnValues:
    return ColumnValues("C", ValueKind.NUMBER, whole=whole, fraction=fraction)


TEXT = ColumnValues("C", ValueKind.TEXT, characters=10, utf16=15, octets=20)
DATE, FLOAT, TIMESTAMP = (ColumnValues("C", ValueKind(kind)) for kind in ("date", "float", "timestamp"))


@pytest.mark.parametrize(
    ("values", "found", "fits"),
    [
        (number(4), column("SMALLINT"), True),
        (number(5), column("SMALLINT"), False),
        (number(4), column("INTEGER"), True),
        (number(9), column("INTEGER"), True),
        (number(10), column("INTEGER"), False),
        (number(18), column("BIGINT"), True),
        (number(19), column("BIGINT"), False),
        (number(3, 1), column("INTEGER"), False),
        (number(0, 5), column("BIGINT"), False),
        (number(9), column("DECIMAL", 9, 0), True),
        (number(9), column("DECIMAL", 10, 2), False),
        (number(9), column("DECIMAL", 11, 2), True),
        (number(7, 2), column("DECIMAL", 9, 2), True),
        (number(7, 2), column("DECIMAL", 31, 1), False),
        (number(7, 2), column("DECIMAL", 9, 3), False),
        (number(0, 5), column("DECIMAL", 5, 5), True),
        (number(29, 2), column("DECFLOAT", 34), True),
        (number(15, 2), column("DECFLOAT", 16), False),
        (number(4), column("DOUBLE"), False),
        (number(4), column("VARCHAR", 10), False),
        (number(0, 5), column("TIMESTAMP", 10, 6), False),
        (TEXT, column("VARCHAR", 10), True),
        (TEXT, column("VARCHAR", 9), False),
        (TEXT, column("CHAR", 10), True),
        (TEXT, column("CLOB", 10), True),
        (TEXT, column("VARCHAR", 10, 0, Unit.CHARACTERS), True),
        (TEXT, column("VARCHAR", 19, 0, Unit.OCTETS), False),
        (TEXT, column("VARCHAR", 20, 0, Unit.OCTETS), True),
        (TEXT, column("VARGRAPHIC", 14, 0, Unit.UTF16), False),
        (TEXT, column("GRAPHIC", 15, 0, Unit.UTF16), True),
        (TEXT, column("CHAR(20) FOR BIT DATA", 20), False),
        (TEXT, column("LONG VARCHAR"), False),
        (TEXT, column("INTEGER"), False),
        (TEXT, column("DATE", 10), False),
        (DATE, column("DATE"), True),
        (DATE, column("TIMESTAMP", 10, 6), False),
        (DATE, column("VARCHAR", 10), False),
        (DATE, column("TIME"), False),
        (FLOAT, column("DOUBLE"), True),
        (FLOAT, column("REAL"), False),
        (FLOAT, column("DECIMAL", 31, 10), False),
        (TIMESTAMP, column("TIMESTAMP", 10, 6), True),
        (TIMESTAMP, column("DATE"), False),
    ],
)
def test_what_a_type_accepts(values: ColumnValues, found: TableColumn, fits: bool) -> None:
    assert accepts(found, LoadedColumn(values, "ANY"), "db2") is fits


@pytest.mark.parametrize(
    ("values", "found", "sql", "fits"),
    [
        (number(4), column("SMALLINT"), "SMALLINT", True),
        (number(4), column("INTEGER"), "SMALLINT", False),
        (number(7), column("DECIMAL", 9, 0), "INTEGER", False),
        (number(7, 2), column("DECIMAL", 12, 4), "DECIMAL(9,2)", True),
        (number(7), column("INTEGER"), "DECIMAL(7,0)", False),
        (TEXT, column("CHAR", 15), "VARCHAR(15)", True),
        (TEXT, column("VARCHAR", 14), "VARCHAR(15)", False),
    ],
)
def test_in_derby_a_number_keeps_its_type(values: ColumnValues, found: TableColumn, sql: str, fits: bool) -> None:
    """Its MERGE makes 0 of 12 in an INTEGER that was a BIGINT, when many rows are merged."""
    assert accepts(found, LoadedColumn(values, sql), "derby") is fits


def reasons(
    columns: Sequence[TableColumn], values: ColumnValues, sql: str = "VARCHAR(10)", *, by_default: bool = False
) -> list[tuple[str, str]]:
    loaded = [LoadedColumn(values, sql, by_default)]
    return [(misfit.reason, misfit.fix) for misfit in column_misfits(TABLE, columns, loaded, "db2")]


class TestColumns:
    def test_a_missing_one(self) -> None:
        fix = "Run ALTER TABLE S.T ADD COLUMN C VARCHAR(10)."
        assert reasons([], TEXT) == [("S.T has no column C (VARCHAR(10))", fix)]

    @pytest.mark.parametrize(
        ("values", "found", "wanted"),
        [
            (TEXT, column("VARCHAR", 9), "VARCHAR(10)"),
            (TEXT, column("VARCHAR", 10, 0, Unit.OCTETS), "VARCHAR(20 OCTETS)"),
            (TEXT, column("CHAR", 9, 0, Unit.CHARACTERS), "CHAR(10 CODEUNITS32)"),
            (replace(TEXT, characters=300), column("CHAR", 9), "VARCHAR(300)"),
            (TEXT, column("INTEGER"), "LRECL'S"),
            (number(7, 2), column("INTEGER"), "LRECL'S"),
        ],
    )
    def test_one_that_loses_values_is_made_larger(self, values: ColumnValues, found: TableColumn, wanted: str) -> None:
        fix = f"Run ALTER TABLE S.T ALTER COLUMN C SET DATA TYPE {wanted}."
        assert reasons([found], values, "LRECL'S") == [(f"S.T.C is {found.sql}, but must be {wanted}", fix)]

    @pytest.mark.parametrize(
        ("values", "sql", "wanted"),
        [
            (number(7, 2), "DECIMAL(9,2)", "DECIMAL(10,3)"),
            (number(30, 0), "DECIMAL(30,0)", "DECIMAL(30,0)"),
            (number(9), "INTEGER", "INTEGER"),
        ],
    )
    def test_a_decimal_keeps_the_digits_that_it_has(self, values: ColumnValues, sql: str, wanted: str) -> None:
        ((reason, _),) = reasons([column("DECIMAL", 9, 3)], values, sql)
        assert reason == f"S.T.C is DECIMAL(9,3), but must be {wanted}"

    @pytest.mark.parametrize(
        ("found", "fix"),
        [
            (column("VARCHAR", 14), "Run ALTER TABLE S.T ALTER COLUMN C SET DATA TYPE VARCHAR(15)."),
            (column("CHAR", 14), "Create S.T again with C CHAR(15)."),
            (column("INTEGER"), "Create S.T again with C VARCHAR(15)."),
        ],
    )
    def test_derby_only_lengthens_varchar(self, found: TableColumn, fix: str) -> None:
        loaded = [LoadedColumn(TEXT, "VARCHAR(15)")]
        assert [misfit.fix for misfit in column_misfits(TABLE, [found], loaded, "derby")] == [fix]

    def test_one_that_is_not_null_while_values_are(self) -> None:
        found = replace(column("VARCHAR", 10), nullable=False)
        assert reasons([found], TEXT) == []
        ((reason, fix),) = reasons([found], replace(TEXT, nullable=True))
        assert reason == "S.T.C is NOT NULL, but the job loads NULL where a record has no value"
        assert "Run ALTER TABLE S.T ALTER COLUMN C DROP NOT NULL, or make the field required" in fix

    def test_one_that_is_always_generated(self) -> None:
        ((reason, fix),) = reasons([replace(column("VARCHAR", 10), always_generated=True, has_default=True)], TEXT)
        assert reason == "S.T.C is GENERATED ALWAYS, so that nothing can be loaded into it"
        assert "skip: true" in fix

    @pytest.mark.parametrize(
        ("nullable", "has_default", "fits"), [(True, False, True), (False, True, True), (False, False, False)]
    )
    def test_others_must_do_without_a_value(self, nullable: bool, has_default: bool, fits: bool) -> None:
        other = TableColumn("X", "BOOLEAN", nullable=nullable, has_default=has_default)
        found = reasons([column("VARCHAR", 10), other], TEXT)
        wanted = "S.T.X is NOT NULL without a default, and the job does not load it"
        assert [reason for reason, _ in found] == ([] if fits else [wanted])

    def test_one_that_no_insert_names_must_have_a_default(self) -> None:
        ((reason, _),) = reasons([column("VARCHAR", 10)], TEXT, by_default=True)
        assert reason == "S.T.C has no default"
        assert reasons([replace(column("VARCHAR", 10), has_default=True)], TEXT, by_default=True) == []


def test_derby_cannot_merge_into_a_table_with_a_computed_column() -> None:
    found = [replace(column("INTEGER"), computed=True), column("INTEGER")]
    (misfit,) = merge_misfits(TABLE, found, "derby")
    wanted = "S.T.C is generated or has a default that is no constant, which Derby cannot merge"
    assert misfit.reason == wanted
    assert list(merge_misfits(TABLE, found, "db2")) == []


class TestKey:
    @pytest.mark.parametrize("keys", [[["A", "B"]], [["B", "A"]], [["X"], ["A", "B"]]])
    def test_it_is_a_unique_key_in_any_order(self, keys: list[list[str]]) -> None:
        assert list(key_misfits(TABLE, keys, ["A", "B"])) == []

    @pytest.mark.parametrize(
        ("keys", "has"),
        [
            ([], "it has no unique key"),
            ([["A"]], "its unique keys are (A)"),
            ([["A", "B", "C"], ["D"]], "its unique keys are (A, B, C), (D)"),
        ],
    )
    def test_another_key_does_not_do(self, keys: list[list[str]], has: str) -> None:
        (misfit,) = key_misfits(TABLE, keys, ["A", "B"])
        assert misfit.reason == f"the job's key (A, B) is not a unique key of S.T: {has}"
        assert misfit.fix == "Run CREATE UNIQUE INDEX S.T_KEY ON S.T (A, B), or change target.key in the job."


def test_one_error_has_every_misfit() -> None:
    found = list(column_misfits(TABLE, [], [LoadedColumn(TEXT, "VARCHAR(10)")], "db2"))
    error = table_error([*found, *key_misfits(TABLE, [], ["A"])])
    assert str(error) == (
        "LRR002: tables do not fit the job: S.T has no column C (VARCHAR(10)); "
        "the job's key (A) is not a unique key of S.T: it has no unique key. "
        "Run ALTER TABLE S.T ADD COLUMN C VARCHAR(10). "
        "Run CREATE UNIQUE INDEX S.T_KEY ON S.T (A), or change target.key in the job."
    )
    assert error.context["faults"] == [
        {
            "table": "S.T", "column": "C", "found": "", "wanted": "VARCHAR(10)",
            "reason": found[0].reason, "fix": found[0].fix,
        },
        {
            "table": "S.T", "column": "", "found": "", "wanted": "(A)",
            "reason": "the job's key (A) is not a unique key of S.T: it has no unique key",
            "fix": "Run CREATE UNIQUE INDEX S.T_KEY ON S.T (A), or change target.key in the job.",
        },
    ]  # fmt: skip
