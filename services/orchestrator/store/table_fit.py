"""Whether an existing table fits the job: its columns accept what the job loads, and the job's key is unique in it.

Pure functions on what the catalog says of a table. What a column accepts follows "Assignments and comparisons" in IBM's
Db2 SQL Reference. The MERGE assigns staged values to the table's columns: what is refused here would fail there, after
everything was loaded.

Derby has the same rules, but its MERGE (10.14) has two defects. It hands a number over to a column of another numeric
type without converting it: the statement fails, or loads wrong values. And it fails on a table that has a column whose
value is computed. There a number must keep its type, and the final table must not have such columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from shared.batch.types import TableName, sql_name
from shared.database.settings import Dialect
from shared.errors import TableError
from shared.jobs.column_values import LONGEST_CHAR, ColumnValues, ValueKind

_INTEGER_DIGITS: Final = {"SMALLINT": 4, "INTEGER": 9, "BIGINT": 18}
"""The digits that every number of a type has room for."""

_MOST_DIGITS: Final = 31
"""Of a DECIMAL, in Db2 and in Derby."""

_TEXTS: Final = ("CHAR", "VARCHAR", "GRAPHIC", "VARGRAPHIC", "CLOB")


class Unit(StrEnum):
    """What a text column's length counts."""

    CHARACTERS = "CODEUNITS32"
    UTF16 = "CODEUNITS16"
    OCTETS = "OCTETS"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as the catalog describes it.

    ``length`` is in digits for DECIMAL and DECFLOAT, and in ``unit`` for text: characters where there is none, but
    units of UTF-16 in Derby. ``type_name`` has no length, except for types into which nothing can be loaded.
    ``has_default``: an INSERT may leave the column out; ``always_generated``: every INSERT must.
    """

    name: str
    type_name: str
    length: int = 0
    scale: int = 0
    unit: Unit | None = None
    nullable: bool = True
    has_default: bool = False
    always_generated: bool = False
    computed: bool = False

    @property
    def sql(self) -> str:
        """The type as CREATE TABLE has it."""
        return _sql(self.type_name, self.length, self.scale, self.unit)


@dataclass(frozen=True, slots=True)
class LoadedColumn:
    """A column that is loaded; ``sql`` is the type that lrecl itself gives it. ``by_default``: no INSERT names it."""

    values: ColumnValues
    sql: str
    by_default: bool = False

    @property
    def name(self) -> str:
        """The column's name."""
        return self.values.name

    @property
    def type_name(self) -> str:
        """Lrecl's type without its length."""
        return self.sql.partition("(")[0]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One reason why a table does not fit: a clause that says so, and a sentence that says what to do.

    ``column`` is empty where it is about the key; ``found`` and ``wanted`` are types, or keys.
    """

    table: str
    column: str
    found: str
    wanted: str
    reason: str
    fix: str


def accepts(column: TableColumn, loaded: LoadedColumn, dialect: Dialect) -> bool:
    """Whether the column's type takes every value that is loaded without loss; NULL is another question."""
    values = loaded.values
    match values.kind:
        case ValueKind.NUMBER:
            return _accepts_number(column, values) and (dialect == "db2" or column.type_name == loaded.type_name)
        case ValueKind.TEXT:
            return column.type_name in _TEXTS and column.length >= _text_length(values, column.unit, dialect)
        case ValueKind.FLOAT:
            return column.type_name == "DOUBLE"
        case ValueKind.DATE:
            return column.type_name == "DATE"
        case ValueKind.TIMESTAMP:
            return column.type_name == "TIMESTAMP"


def column_misfits(
    table: TableName, columns: Sequence[TableColumn], loaded: Sequence[LoadedColumn], dialect: Dialect
) -> Iterator[Misfit]:
    """What is wrong with the columns of a table: one is missing, of another type, generated, or NOT NULL."""
    named = {column.name: column for column in columns}
    for one in loaded:
        if one.name not in named:
            reason = f"{table} has no column {one.name} ({one.sql})"
            fix = f"Run ALTER TABLE {table.sql} ADD COLUMN {sql_name(one.name)} {one.sql}."
            yield Misfit(str(table), one.name, "", one.sql, reason, fix)
        else:
            yield from _misfits_of(table, named[one.name], one, dialect)
    names = {one.name for one in loaded}
    for column in columns:
        if column.name not in names and not column.nullable and not column.has_default:
            yield _without_default(table, column, "is NOT NULL without a default, and the job does not load it")


def merge_misfits(table: TableName, columns: Sequence[TableColumn], dialect: Dialect) -> Iterator[Misfit]:
    """What keeps Derby's MERGE from a final table, whether or not it is loaded."""
    for column in columns:
        if dialect == "derby" and column.computed:
            reason = (
                f"{table}.{column.name} is generated or has a default that is no constant, which Derby cannot merge"
            )
            fix = f"Create {table} again without {column.name}, or with a constant default."
            yield Misfit(str(table), column.name, column.sql, "a constant default", reason, fix)


def key_misfits(table: TableName, unique_keys: Iterable[Sequence[str]], key: Sequence[str]) -> Iterator[Misfit]:
    """What is wrong with the keys of a final table: rows are matched by the job's key, so it must be unique there.

    Of a table that is unique by more columns several rows might match; by fewer, an INSERT might find its key there.
    """
    keys = list(unique_keys)
    if any(set(one) == set(key) for one in keys):
        return
    found, wanted = ", ".join(map(_parenthesised, keys)), _parenthesised(key)
    columns = ", ".join(map(sql_name, key))
    has = f"its unique keys are {found}" if found else "it has no unique key"
    index = TableName(table.schema, f"{table.name[:120]}_KEY")
    yield Misfit(
        str(table),
        "",
        found,
        wanted,
        f"the job's key {wanted} is not a unique key of {table}: {has}",
        f"Run CREATE UNIQUE INDEX {index.sql} ON {table.sql} ({columns}), or change target.key in the job.",
    )


def table_error(misfits: Sequence[Misfit]) -> TableError:
    """LRR002 with every misfit, and what to do about each."""
    return TableError(
        "LRR002",
        f"tables do not fit the job: {'; '.join(misfit.reason for misfit in misfits)}",
        remedy=" ".join(dict.fromkeys(misfit.fix for misfit in misfits)),
        faults=[asdict(misfit) for misfit in misfits],
    )


def _misfits_of(table: TableName, column: TableColumn, loaded: LoadedColumn, dialect: Dialect) -> Iterator[Misfit]:
    name = f"{table}.{column.name}"
    if column.always_generated:
        fix = f"Leave {column.name} out of the job (skip: true), or out of {table}."
        reason = f"{name} is GENERATED ALWAYS, so that nothing can be loaded into it"
        yield Misfit(str(table), column.name, f"{column.sql} GENERATED ALWAYS", loaded.sql, reason, fix)
    if not accepts(column, loaded, dialect):
        wanted = _wanted(column, loaded, dialect)
        reason = f"{name} is {column.sql}, but must be {wanted}"
        yield Misfit(str(table), column.name, column.sql, wanted, reason, _retype(table, column, wanted, dialect))
    if loaded.by_default and not column.has_default:
        yield _without_default(table, column, "has no default")
    if loaded.values.nullable and not column.nullable:
        reason = f"{name} is NOT NULL, but the job loads NULL where a record has no value"
        fix = f"Run {_drop_not_null(table, column)}, or make the field required in the job's rules."
        yield Misfit(str(table), column.name, f"{column.sql} NOT NULL", column.sql, reason, fix)


def _without_default(table: TableName, column: TableColumn, reason: str) -> Misfit:
    found = column.sql if column.nullable else f"{column.sql} NOT NULL"
    fix = f"Run {_drop_not_null(table, column)}, or give the column a default."
    return Misfit(str(table), column.name, found, "a default", f"{table}.{column.name} {reason}", fix)


def _accepts_number(column: TableColumn, values: ColumnValues) -> bool:
    match column.type_name:
        case "DECFLOAT":
            return values.whole + values.fraction <= column.length
        case "DECIMAL":
            return values.whole <= column.length - column.scale and values.fraction <= column.scale
        case integer:
            return values.fraction == 0 and values.whole <= _INTEGER_DIGITS.get(integer, 0)


def _text_length(values: ColumnValues, unit: Unit | None, dialect: Dialect) -> int:
    counted = unit or (Unit.CHARACTERS if dialect == "db2" else Unit.UTF16)
    return {Unit.UTF16: values.utf16, Unit.OCTETS: values.octets}.get(counted, values.characters)


def _wanted(column: TableColumn, loaded: LoadedColumn, dialect: Dialect) -> str:
    """The type that the column must have: its own, made larger, where that is possible, else lrecl's."""
    values = loaded.values
    if values.kind is ValueKind.TEXT and column.type_name in _TEXTS:
        length = _text_length(values, column.unit, dialect)
        too_long = column.type_name == "CHAR" and length > LONGEST_CHAR
        return _sql("VARCHAR" if too_long else column.type_name, length, 0, column.unit)
    if column.type_name == loaded.type_name == "DECIMAL":
        whole, fraction = max(values.whole, column.length - column.scale), max(values.fraction, column.scale)
        if whole + fraction <= _MOST_DIGITS:
            return _sql("DECIMAL", whole + fraction, fraction, None)
    return loaded.sql


def _sql(type_name: str, length: int, scale: int, unit: Unit | None) -> str:
    if type_name in _TEXTS:
        return f"{type_name}({length}{f' {unit.value}' if unit else ''})"
    if type_name == "DECIMAL":
        return f"DECIMAL({length},{scale})"
    return f"DECFLOAT({length})" if type_name == "DECFLOAT" else type_name


def _retype(table: TableName, column: TableColumn, wanted: str, dialect: Dialect) -> str:
    """Derby lengthens VARCHAR and changes no other type."""
    if dialect == "derby" and not (column.type_name == "VARCHAR" and wanted.startswith("VARCHAR")):
        return f"Create {table} again with {column.name} {wanted}."
    return f"Run ALTER TABLE {table.sql} ALTER COLUMN {sql_name(column.name)} SET DATA TYPE {wanted}."


def _drop_not_null(table: TableName, column: TableColumn) -> str:
    return f"ALTER TABLE {table.sql} ALTER COLUMN {sql_name(column.name)} DROP NOT NULL"


def _parenthesised(key: Sequence[str]) -> str:
    return f"({', '.join(key)})"
