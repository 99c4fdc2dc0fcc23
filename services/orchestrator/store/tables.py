"""The job's own tables: made or checked before the first batch, merged after the last."""

from __future__ import annotations

from services.orchestrator.store.base import Store
from shared.batch.types import TableName, TargetColumn, identifier
from shared.database.ddl import final_ddl, key_index_ddl, staging_ddl
from shared.database.migrate import create_if_absent
from shared.errors import PermanentError
from shared.jobs.compile import CompiledJob
from shared.transform.plan import Plan


class TableStore(Store):
    """Staging and final tables of a job."""

    def prepare(self, compiled: CompiledJob) -> list[str]:
        """Make the staging table (and the final one, where the job allows it) or check their columns.

        Returns the names of tables made now. LRR001 when the final table is missing and may not be made, LRR002 when a
        table lacks columns that the job loads.
        """
        columns = Plan.from_dict(compiled.plan).targets
        final = final_ddl(compiled.final, columns, compiled.key, self.dialect)
        made = [
            self._ensure(
                compiled.staging, columns, staging_ddl(compiled.staging, columns, self.dialect), may_make=True
            ),
            self._ensure(compiled.final, columns, final, may_make=compiled.job.target.create_final),
        ]
        return [name for name in made if name]

    def _ensure(self, table: TableName, columns: tuple[TargetColumn, ...], ddl: str, *, may_make: bool) -> str | None:
        there = {row["name"] for row in self.rows("columns", (table.schema, table.name))}
        if not there and not may_make:
            raise PermanentError("LRR001", f"the final table {table} does not exist", remedy=f"Create it: {ddl}")
        if not there:
            self.session.execute(ddl)
            return str(table)
        missing = [column.name for column in columns if column.name not in there]
        if missing:
            raise PermanentError(
                "LRR002",
                f"the table {table} has no column {', '.join(missing)}",
                remedy=f"Add them, or name other tables in the job. The layout implies: {ddl}",
            )
        return None

    def supersede(self, run_id: str, compiled: CompiledJob) -> int:
        """Mark staged rows whose key comes again later in the file; returns how many."""
        if self.dialect == "derby":  # made when a run first needs it, and kept: most files have no key twice
            create_if_absent(self.session, key_index_ddl(compiled.staging, compiled.key))
        match = " AND ".join(f"L.{identifier(name)} = S.{identifier(name)}" for name in compiled.key)
        return self.change("supersede", (run_id,), staging=str(compiled.staging), match=match)

    def merge(self, run_id: str, compiled: CompiledJob, start: int, end: int) -> int:
        """Merge the run's staged rows of records in [start, end) into the final table; rows merged."""
        names = [identifier(column.name) for column in Plan.from_dict(compiled.plan).targets]
        others = [name for name in names if name not in compiled.key]
        sql = self.sql(
            "merge",
            final=str(compiled.final),
            staging=str(compiled.staging),
            match=" AND ".join(f"F.{name} = S.{name}" for name in compiled.key),
            assignments="".join(f"{name} = S.{name}, " for name in others),
            columns=", ".join(names),
            values=", ".join(f"S.{name}" for name in names),
        )
        bounds = (run_id, start, end)
        return self.session.execute(sql, bounds * (sql.count("?") // len(bounds)))

    def rows_final(self, run_id: str, compiled: CompiledJob) -> int:
        """Rows of the final table that carry the run."""
        return int(self.one("final_rows", (run_id,), final=str(compiled.final))["rows_final"])

    def chunks_done(self, run_id: str) -> dict[int, int]:
        """Rows merged by chunk number."""
        return {int(row["chunk_no"]): int(row["rows_merged"]) for row in self.rows("chunk_list", (run_id,))}
