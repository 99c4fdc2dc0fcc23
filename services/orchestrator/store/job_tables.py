"""The job's own tables: made or checked before the first batch, counted after the last, merged, purged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.orchestrator.store.base import Store
from shared.batch.types import TableName, TargetColumn, identifier
from shared.database.ddl import final_ddl, key_index_ddl, staging_ddl
from shared.database.migrate import create_if_absent
from shared.errors import PermanentError
from shared.jobs.compile import CompiledJob, CompiledTable, CompiledTotal


class CatalogStore(Store):
    """Which tables there are, and their columns."""

    table = "catalog"

    def prepare(self, compiled: CompiledJob) -> list[str]:
        """Make the staging table (and the final one, where the job allows it) or check their columns.

        Returns the names of tables made now. LRR001 when the final table is missing and may not be made, LRR002 when a
        table lacks columns that the job loads.
        """
        return [name for table in compiled.tables for name in self._prepare(table)]

    def check(self, compiled: CompiledJob) -> None:
        """LRR001 or LRR002 when a table that is there already, or that the job may not make, does not fit."""
        for table in compiled.tables:
            staging = staging_ddl(table.staging, table.targets, self.dialect)
            self._is_there(table.staging, table.targets, staging, may_make=True)
            final = final_ddl(table.final, table.targets, table.key, self.dialect)
            self._is_there(table.final, table.targets, final, may_make=table.create_final)

    def _prepare(self, table: CompiledTable) -> Iterator[str]:
        columns = table.targets
        staging = staging_ddl(table.staging, columns, self.dialect)
        if self._ensure(table.staging, columns, staging, may_make=True):
            yield str(table.staging)
        final = final_ddl(table.final, columns, table.key, self.dialect)
        if self._ensure(table.final, columns, final, may_make=table.create_final):
            yield str(table.final)

    def _ensure(self, table: TableName, columns: tuple[TargetColumn, ...], ddl: str, *, may_make: bool) -> bool:
        """Make the table where it is missing; whether it was made now."""
        if self._is_there(table, columns, ddl, may_make=may_make):
            return False
        self.session.execute(ddl)
        return True

    def _is_there(self, table: TableName, columns: tuple[TargetColumn, ...], ddl: str, *, may_make: bool) -> bool:
        """Whether the table exists; it then has all columns."""
        there = {row["name"] for row in self._rows("columns", (table.schema, table.name))}
        if not there and not may_make:
            raise PermanentError("LRR001", f"the final table {table} does not exist", remedy=f"Create it: {ddl}")
        if not there:
            return False
        missing = [column.name for column in columns if column.name not in there]
        if missing:
            raise PermanentError(
                "LRR002",
                f"the table {table} has no column {', '.join(missing)}",
                remedy=f"Add them, or name other tables in the job. The layout implies: {ddl}",
            )
        return True


class StagedRows(Store):
    """Rows of runs in staging tables."""

    table = "staging"

    def count(self, run_id: str, staging: TableName) -> int:
        """Rows of the run in the staging table."""
        return int(self._row("rows", (run_id,), staging=str(staging))["rows_staged"])

    def distinct_keys(self, run_id: str, table: CompiledTable) -> int:
        """Different keys among the run's staged rows."""
        names = ", ".join(map(identifier, table.key))
        return int(self._row("keys", (run_id,), staging=str(table.staging), key=names)["distinct_keys"])

    def sums(self, run_id: str, totals: Sequence[CompiledTotal]) -> list[Decimal]:
        """The database's own sums of the control columns over the run's staged rows."""
        return [self._sum(run_id, total) for total in totals]

    def supersede(self, run_id: str, table: CompiledTable) -> int:
        """Mark staged rows whose key comes again later in the file; returns how many."""
        if self.dialect == "derby":  # made when a run first needs it, and kept: most files have no key twice
            create_if_absent(self.session, key_index_ddl(table.staging, table.key))
        match = " AND ".join(f"L.{identifier(name)} = S.{identifier(name)}" for name in table.key)
        return self._change("supersede", (run_id,), staging=str(table.staging), match=match)

    def purge(self, run_id: str, table: CompiledTable, start: int, end: int) -> int:
        """Remove staged rows of records in [start, end); how many."""
        return self._change("purge", (run_id, start, end), staging=str(table.staging))

    def _sum(self, run_id: str, total: CompiledTotal) -> Decimal:
        column, digits = identifier(total.column), str(max(total.scale, 0))
        row = self._row("sum", (run_id,), staging=str(TableName.parse(total.table, "")), column=column, scale=digits)
        return Decimal(row["figure"] or 0)


class FinalRows(Store):
    """Rows of runs in final tables."""

    table = "final"

    def merge(self, run_id: str, table: CompiledTable, start: int, end: int) -> int:
        """Merge the run's staged rows of records in [start, end) into the final table; rows merged."""
        names = [identifier(column.name) for column in table.targets]
        others = [name for name in names if name not in table.key]
        sql = self._sql(
            "merge",
            final=str(table.final),
            staging=str(table.staging),
            match=_same_key(table),
            assignments="".join(f"{name} = S.{name}, " for name in others),
            columns=", ".join(names),
            values=", ".join(f"S.{name}" for name in names),
        )
        bounds = (run_id, start, end)
        return self.session.execute(sql, bounds * (sql.count("?") // len(bounds)))

    def count(self, run_id: str, table: CompiledTable) -> int:
        """Rows of the final table that carry the run."""
        return int(self._row("rows", (run_id,), final=str(table.final))["rows_final"])

    def overwritten(self, run_id: str, table: CompiledTable) -> dict[str, int]:
        """Rows with a key of this run that carry another run, by that run."""
        names = {"staging": str(table.staging), "final": str(table.final), "match": _same_key(table)}
        rows = self._rows("overwritten", (run_id, run_id), **names)
        return {row["run_id"]: int(row["rows_final"]) for row in rows}


def _same_key(table: CompiledTable) -> str:
    return " AND ".join(f"F.{identifier(name)} = S.{identifier(name)}" for name in table.key)
