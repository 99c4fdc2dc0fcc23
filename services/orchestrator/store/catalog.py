"""The catalog: which of the job's tables there are, whether they fit the job, and making those that are missing.

Db2 and Derby describe a table differently: Db2 in plain columns, Derby in Java objects that it casts to text. Here both
become the columns and keys that ``table_fit`` looks at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, Literal

from services.orchestrator.store.base import Char, Record, Store
from services.orchestrator.store.table_fit import (
    LoadedColumn,
    Misfit,
    TableColumn,
    Unit,
    column_misfits,
    key_misfits,
    merge_misfits,
    table_error,
)
from shared.batch.types import RUN_ID, STAGING_COLUMNS, TableName, TargetColumn
from shared.database.ddl import column_type, final_ddl, staging_ddl
from shared.errors import TableError
from shared.jobs.column_values import ColumnValues, ValueKind, in_utf16, loaded_values, own_values
from shared.jobs.compile import CompiledJob, CompiledTable
from shared.transform.plan import Plan

_Answer = Literal["Y", "N"]

_NOT_NULL: Final = " NOT NULL"

_TYPE: Final = re.compile(r"(?P<name>[A-Z ]+)(\((?P<length>\d+)(,(?P<scale>\d+))?\))?")
"""Derby's text of a type to which the job can load, such as DECIMAL(9,2)."""

_INDEX: Final = re.compile(r"(UNIQUE|.*DEFERRABLE).*\((?P<positions>.*)\)")
"""Derby's text of an index that allows no duplicate, such as UNIQUE BTREE (3, 1 DESC): positions of columns, from 1."""

_COMPUTED: Final = ("GENERATED", "CURRENT", "USER", "SESSION_USER")
"""How those defaults begin that are no constants."""

_SHORT_NAMES: Final = {"CHARACTER": "CHAR", "NUMERIC": "DECIMAL"}

_DECFLOAT_DIGITS: Final = {8: 16, 16: 34}
"""By the bytes, which Db2's catalog has for a length."""

_SUPERSEDED: Final = LoadedColumn(ColumnValues("SUPERSEDED", ValueKind.NUMBER, whole=1), "SMALLINT", by_default=True)
_MERGED_AT: Final = LoadedColumn(ColumnValues("MERGED_AT", ValueKind.TIMESTAMP), "TIMESTAMP")


class Db2Column(Record):
    """A row of SYSCAT.COLUMNS. ``unit`` and ``unit_length`` are NULL unless it is text in a Unicode database."""

    name: str
    type_schema: Char
    type_name: Char
    length: int
    scale: int
    unit: Unit | None
    unit_length: int | None
    code_page: int
    nulls: _Answer
    has_default: _Answer
    always_generated: _Answer

    def column(self) -> TableColumn:
        """The column, by the short names of types; of text FOR BIT DATA, and of types of a user, the whole name."""
        name = _SHORT_NAMES.get(self.type_name, self.type_name)
        if self.type_schema != "SYSIBM":
            name = f"{self.type_schema}.{name}"
        elif self.code_page == 0 and "CHAR" in name:
            name = f"{name}({self.length}) FOR BIT DATA"
        length = self.length if self.unit_length is None else self.unit_length
        return TableColumn(
            name=self.name,
            type_name=name,
            length=_DECFLOAT_DIGITS.get(length, length) if name == "DECFLOAT" else length,
            scale=self.scale,
            unit=self.unit,
            nullable=self.nulls == "Y",
            has_default=self.has_default == "Y",
            always_generated=self.always_generated == "Y",
        )


class DerbyColumn(Record):
    """A row of SYS.SYSCOLUMNS: the type as text, the first characters of the default, and an identity's increment."""

    name: str
    type_text: str
    default_text: str | None
    increment: int | None

    def column(self) -> TableColumn:
        """The column; where the job can load nothing into the type, its name is the whole text."""
        text = self.type_text.removesuffix(_NOT_NULL)
        found = _TYPE.fullmatch(text)
        name = found["name"] if found else text
        identity, default = self.increment is not None, (self.default_text or "").upper()
        return TableColumn(
            name=self.name,
            type_name=_SHORT_NAMES.get(name, name),
            length=int(found["length"] or 0) if found else 0,
            scale=int(found["scale"] or 0) if found else 0,
            nullable=text == self.type_text,
            has_default=identity or bool(default),
            always_generated=default.startswith("GENERATED ALWAYS") or (identity and not default),
            computed=identity or default.startswith(_COMPUTED),
        )


class CatalogStore(Store):
    """Which tables there are, their columns and keys."""

    table = "catalog"

    def prepare(self, compiled: CompiledJob) -> list[str]:
        """Make the staging tables, and the final ones where the job allows it; returns the names of those made now.

        TableError LRR001 when a final table is missing and may not be made, LRR002 when tables do not fit.
        """
        missing = self._missing(compiled)
        for ddl in missing.values():
            self.session.execute(ddl)
        return list(missing)

    def check(self, compiled: CompiledJob) -> None:
        """TableError LRR001 or LRR002 when ``prepare`` would raise it."""
        self._missing(compiled)

    def _missing(self, compiled: CompiledJob) -> dict[str, str]:
        """The tables that are to be made, with their DDL; all others fit."""
        plan = Plan.from_dict(compiled.plan)
        missing: dict[str, str] = {}
        misfits: list[Misfit] = []
        for table in compiled.tables:
            loaded = self._loaded(plan, table)
            if staging := self._columns(table.staging):
                misfits += self._staging_misfits(table.staging, staging, loaded)
            else:
                missing[str(table.staging)] = staging_ddl(table.staging, self._targets(plan, table), self.dialect)
            if final := self._columns(table.final):
                misfits += self._final_misfits(table, final, loaded)
            else:
                missing[str(table.final)] = self._final_ddl(plan, table)
        if misfits:
            raise table_error(misfits)
        return missing

    def _loaded(self, plan: Plan, table: CompiledTable) -> list[LoadedColumn]:
        pairs = zip(loaded_values(plan, table.record_type), self._targets(plan, table), strict=True)
        return [LoadedColumn(values, column_type(target, self.dialect)) for values, target in pairs]

    def _targets(self, plan: Plan, table: CompiledTable) -> Sequence[TargetColumn]:
        return table.targets if self.dialect == "db2" else in_utf16(plan, table.record_type, table.targets)

    def _own(self, target: TargetColumn) -> LoadedColumn:
        return LoadedColumn(own_values(target), column_type(target, self.dialect))

    def _staging_misfits(
        self, table: TableName, columns: Sequence[TableColumn], loaded: Sequence[LoadedColumn]
    ) -> Iterator[Misfit]:
        wanted = [*map(self._own, STAGING_COLUMNS), *loaded, _SUPERSEDED]
        fix = f"Run DROP TABLE {table} when no unfinished run uses it: the next run creates it again."
        for misfit in column_misfits(table, columns, wanted, self.dialect):
            yield replace(misfit, fix=fix)

    def _final_misfits(
        self, table: CompiledTable, columns: Sequence[TableColumn], loaded: Sequence[LoadedColumn]
    ) -> Iterator[Misfit]:
        wanted = [*loaded, self._own(RUN_ID), _MERGED_AT]
        yield from column_misfits(table.final, columns, wanted, self.dialect)
        yield from merge_misfits(table.final, columns, self.dialect)
        yield from key_misfits(table.final, self._unique_keys(table.final, columns), table.key)

    def _final_ddl(self, plan: Plan, table: CompiledTable) -> str:
        ddl = final_ddl(table.final, self._targets(plan, table), table.key, self.dialect)
        if not table.create_final:
            raise TableError("LRR001", f"the final table {table.final} does not exist", remedy=f"Create it: {ddl}")
        return ddl

    def _columns(self, table: TableName) -> list[TableColumn]:
        """The columns of a table in their order; none where there is no such table."""
        row: type[Db2Column | DerbyColumn] = Db2Column if self.dialect == "db2" else DerbyColumn
        return [one.column() for one in self._records(row, "columns", (table.schema, table.name))]

    def _unique_keys(self, table: TableName, columns: Sequence[TableColumn]) -> list[tuple[str, ...]]:
        """The columns of each primary key, unique constraint and unique index."""
        rows = self._rows("keys", (table.schema, table.name))
        if self.dialect == "db2":
            return db2_keys((row["index_name"], row["column_name"]) for row in rows)
        return derby_keys((row["descriptor"] for row in rows), columns)


def db2_keys(rows: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The keys of rows of an index and a column, which are sorted by index."""
    return [tuple(column for _, column in group) for _, group in groupby(rows, key=lambda row: row[0])]


def derby_keys(descriptors: Iterable[str], columns: Sequence[TableColumn]) -> list[tuple[str, ...]]:
    """The keys of those indexes that allow no duplicate; their descriptors tell columns by position."""
    found = filter(None, map(_INDEX.fullmatch, descriptors))
    places = ([int(part.split()[0]) for part in match["positions"].split(",")] for match in found)
    return [tuple(columns[place - 1].name for place in key) for key in places]
