"""The rows of the job's own tables: counted, merged, purged. The tables themselves: ``catalog``."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.orchestrator.store.base import Store
from shared.batch.types import TableName, sql_name
from shared.database.ddl import key_index_ddl
from shared.database.migrate import create_if_absent
from shared.jobs.compile import CompiledTable, CompiledTotal


class StagedRows(Store):
    """Rows of runs in staging tables."""

    table = "staging"

    def count(self, run_id: str, staging: TableName) -> int:
        """Rows of the run in the staging table."""
        return int(self._row("rows", (run_id,), staging=staging.sql)["rows_staged"])

    def distinct_keys(self, run_id: str, table: CompiledTable) -> int:
        """Different keys among the run's staged rows."""
        names = ", ".join(map(sql_name, table.key))
        return int(self._row("keys", (run_id,), staging=table.staging.sql, key=names)["distinct_keys"])

    def sums(self, run_id: str, totals: Sequence[CompiledTotal]) -> list[Decimal]:
        """The database's own sums of the control columns over the run's staged rows."""
        return [self._sum(run_id, total) for total in totals]

    def supersede(self, run_id: str, table: CompiledTable) -> int:
        """Mark staged rows whose key comes again later in the file; returns how many."""
        if self.dialect == "derby":  # made when a run first needs it, and kept: most files have no key twice
            create_if_absent(self.session, key_index_ddl(table.staging, table.key))
        match = " AND ".join(f"L.{sql_name(name)} = S.{sql_name(name)}" for name in table.key)
        return self._change("supersede", (run_id,), staging=table.staging.sql, match=match)

    def purge(self, run_id: str, table: CompiledTable, start: int, end: int) -> int:
        """Remove staged rows of records in [start, end); how many."""
        return self._change("purge", (run_id, start, end), staging=table.staging.sql)

    def _sum(self, run_id: str, total: CompiledTotal) -> Decimal:
        column, digits = sql_name(total.column), str(max(total.scale, 0))
        row = self._row("sum", (run_id,), staging=TableName.parse(total.table, "").sql, column=column, scale=digits)
        return Decimal(row["figure"] or 0)


class FinalRows(Store):
    """Rows of runs in final tables."""

    table = "final"

    def merge(self, run_id: str, table: CompiledTable, start: int, end: int) -> int:
        """Merge the run's staged rows of records in [start, end) into the final table; rows merged."""
        names = [sql_name(column.name) for column in table.targets]
        key = {sql_name(name) for name in table.key}
        others = [name for name in names if name not in key]
        sql = self._sql(
            "merge",
            final=table.final.sql,
            staging=table.staging.sql,
            match=_same_key(table),
            assignments="".join(f"{name} = S.{name}, " for name in others),
            columns=", ".join(names),
            values=", ".join(f"S.{name}" for name in names),
        )
        bounds = (run_id, start, end)
        return self.session.execute(sql, bounds * (sql.count("?") // len(bounds)))

    def count(self, run_id: str, table: CompiledTable) -> int:
        """Rows of the final table that carry the run."""
        return int(self._row("rows", (run_id,), final=table.final.sql)["rows_final"])

    def overwritten(self, run_id: str, table: CompiledTable) -> dict[str, int]:
        """Rows with a key of this run that carry another run, by that run."""
        names = {"staging": table.staging.sql, "final": table.final.sql, "match": _same_key(table)}
        rows = self._rows("overwritten", (run_id, run_id), **names)
        return {row["run_id"]: int(row["rows_final"]) for row in rows}


def _same_key(table: CompiledTable) -> str:
    return " AND ".join(f"F.{sql_name(name)} = S.{sql_name(name)}" for name in table.key)
