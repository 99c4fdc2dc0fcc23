"""The ledger and the staged rows: what is known to be in the database, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.orchestrator.store.base import Store
from shared.batch.types import TableName, identifier
from shared.database.session import Row
from shared.jobs.compile import CompiledTotal


@dataclass(frozen=True, slots=True)
class LedgerSums:
    """Sums over a run's batches; ``uneven`` counts batches whose valid, rejected and skipped records do not add up."""

    batches: int
    bytes: int
    records_read: int
    records_valid: int
    records_rejected: int
    records_skipped: int
    duplicates: int
    decode_micros: int
    uneven: int


@dataclass(frozen=True, slots=True)
class ComputedTotal:
    """A control total summed over the ledger, scaled integers."""

    name: str
    scale: int
    valid: int
    rejected: int
    unreadable: int

    def decimal(self, value: int) -> Decimal:
        """A scaled integer as a decimal, exactly: arithmetic on decimals would round to 28 digits."""
        return Decimal(f"{value}E{-self.scale}")


class LedgerStore(Store):
    """Figures for progress and reconciliation."""

    def sums(self, run_id: str, *, committed: bool) -> LedgerSums:
        """Sums over the run's batches: committed ones only, or (for progress) also those being written."""
        row = self.one("ledger_sums", (run_id,), isolation="CS" if committed else "UR")
        return LedgerSums(**{name: int(value) for name, value in row.items()})

    def totals(self, run_id: str) -> dict[str, ComputedTotal]:
        """Control totals over all batches by their names, exact."""
        sums: dict[tuple[str, int], list[int]] = {}
        for row in self.rows("ledger_totals", (run_id,)):
            for name, scale, *figures in _parsed(row["control_totals"]):
                entry = sums.setdefault((name, scale), [0, 0, 0])
                for place, figure in enumerate(figures):
                    entry[place] += figure
        return {name: ComputedTotal(name, scale, *figures) for (name, scale), figures in sums.items()}

    def batches(self, run_id: str) -> list[Row]:
        """Number, offset, bytes and valid records of every batch, in file order."""
        return self.rows("ledger_batches", (run_id,))

    def places(self, run_id: str) -> list[Row]:
        """Where every batch begins and ends, and which records it holds, by number."""
        return self.rows("ledger_places", (run_id,))

    def rejecting(self, run_id: str, *, committed: bool) -> list[Row]:
        """Batches with rejected records, in file order."""
        return self.rows("ledger_rejecting", (run_id,), isolation="CS" if committed else "UR")

    def rejected_numbers(self, run_id: str, batch_no: int) -> list[tuple[int, int]]:
        """Number and offset of a batch's rejected records, in order."""
        rows = self.rows("reject_numbers", (run_id, batch_no))
        return [(int(row["record_no"]), int(row["record_offset"])) for row in rows]

    def mismatches(self, run_id: str, staging: Sequence[TableName]) -> list[Row]:
        """Batches whose ledger row and staged rows, of all tables together, disagree."""
        each = " UNION ALL ".join(f"SELECT BATCH_NO FROM {table} WHERE RUN_ID = ?" for table in staging)  # noqa: S608
        return self.rows("ledger_mismatches", (run_id,) * (len(staging) + 1), staged=each)

    def rows_staged(self, run_id: str, staging: TableName) -> int:
        """Rows of the run in the staging table."""
        return int(self.one("staged_rows", (run_id,), staging=str(staging))["rows_staged"])

    def distinct_keys(self, run_id: str, staging: TableName, key: list[str]) -> int:
        """Different keys among the run's staged rows."""
        names = ", ".join(map(identifier, key))
        return int(self.one("staged_keys", (run_id,), staging=str(staging), key=names)["distinct_keys"])

    def staged_sums(self, run_id: str, totals: Sequence[CompiledTotal]) -> list[Decimal]:
        """The database's own sums of the control columns over the run's staged rows."""
        return [self._staged_sum(run_id, total) for total in totals]

    def _staged_sum(self, run_id: str, total: CompiledTotal) -> Decimal:
        table = TableName.parse(total.table, "")
        figure = f"SUM(CAST({identifier(total.column)} AS DECIMAL(31,{max(total.scale, 0)})))"
        # Identifiers are checked, the run is bound.
        (row,) = self.session.query(f"SELECT {figure} AS FIGURE FROM {table} WHERE RUN_ID = ?", (run_id,))  # noqa: S608
        return Decimal(row["figure"] or 0)

    def reject_counts(self, run_id: str) -> dict[str, int]:
        """Rejected records by error code."""
        return {row["code"].strip(): int(row["rejects"]) for row in self.rows("reject_counts", (run_id,))}

    def rejects(self, run_id: str, after_offset: int) -> list[Row]:
        """A page of rejects behind ``after_offset``."""
        return self.rows("reject_list", (run_id, after_offset))


def _parsed(text: str) -> Iterator[tuple[str, int, int, int, int]]:
    """What the writer put into CONTROL_TOTALS: ``NAME:scale:valid:rejected:unreadable;…``."""
    for entry in filter(None, text.split(";")):
        name, *figures = entry.split(":")
        scale, valid, rejected, unreadable = map(int, figures)
        yield name, scale, valid, rejected, unreadable
