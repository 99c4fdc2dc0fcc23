"""The job's own tables: made or checked before the first batch, merged after the last."""

from __future__ import annotations

from collections.abc import Iterator

from services.orchestrator.store.base import Store
from shared.batch.types import TableName, TargetColumn, identifier
from shared.database.ddl import final_ddl, key_index_ddl, staging_ddl
from shared.database.migrate import create_if_absent
from shared.errors import PermanentError
from shared.jobs.compile import CompiledJob, CompiledTable


class TableStore(Store):
    """Staging and final tables of a job."""

    def prepare(self, compiled: CompiledJob) -> list[str]:
        """Make the staging table (and the final one, where the job allows it) or check their columns.

        Returns the names of tables made now. LRR001 when the final table is missing and may not be made, LRR002 when a
        table lacks columns that the job loads.
        """
        return [name for table in compiled.tables for name in self._prepare(table)]

    def _prepare(self, table: CompiledTable) -> Iterator[str]:
        columns = table.targets
        staging = staging_ddl(table.staging, columns, self.dialect)
        if self._ensure(table.staging, columns, staging, may_make=True):
            yield str(table.staging)
        final = final_ddl(table.final, columns, table.key, self.dialect)
        if self._ensure(table.final, columns, final, may_make=table.create_final):
            yield str(table.final)

    def _ensure(self, table: TableName, columns: tuple[TargetColumn, ...], ddl: str, *, may_make: bool) -> bool:
        """Whether the table was made now."""
        there = {row["name"] for row in self.rows("columns", (table.schema, table.name))}
        if not there and not may_make:
            raise PermanentError("LRR001", f"the final table {table} does not exist", remedy=f"Create it: {ddl}")
        if not there:
            self.session.execute(ddl)
            return True
        missing = [column.name for column in columns if column.name not in there]
        if missing:
            raise PermanentError(
                "LRR002",
                f"the table {table} has no column {', '.join(missing)}",
                remedy=f"Add them, or name other tables in the job. The layout implies: {ddl}",
            )
        return False

    def supersede(self, run_id: str, table: CompiledTable) -> int:
        """Mark staged rows whose key comes again later in the file; returns how many."""
        if self.dialect == "derby":  # made when a run first needs it, and kept: most files have no key twice
            create_if_absent(self.session, key_index_ddl(table.staging, table.key))
        match = " AND ".join(f"L.{identifier(name)} = S.{identifier(name)}" for name in table.key)
        return self.change("supersede", (run_id,), staging=str(table.staging), match=match)

    def merge(self, run_id: str, table: CompiledTable, start: int, end: int) -> int:
        """Merge the run's staged rows of records in [start, end) into the final table; rows merged."""
        names = [identifier(column.name) for column in table.targets]
        others = [name for name in names if name not in table.key]
        sql = self.sql(
            "merge",
            final=str(table.final),
            staging=str(table.staging),
            match=" AND ".join(f"F.{name} = S.{name}" for name in table.key),
            assignments="".join(f"{name} = S.{name}, " for name in others),
            columns=", ".join(names),
            values=", ".join(f"S.{name}" for name in names),
        )
        bounds = (run_id, start, end)
        return self.session.execute(sql, bounds * (sql.count("?") // len(bounds)))

    def rows_final(self, run_id: str, table: CompiledTable) -> int:
        """Rows of the final table that carry the run."""
        return int(self.one("final_rows", (run_id,), final=str(table.final))["rows_final"])

    def chunks_done(self, run_id: str) -> dict[int, int]:
        """Rows merged by chunk number."""
        return {int(row["chunk_no"]): int(row["rows_merged"]) for row in self.rows("chunk_list", (run_id,))}
