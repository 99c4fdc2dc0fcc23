"""One batch, one transaction: ledger row, staged rows, rejects, commit.

The ledger row goes first: a batch that is already there fails on its key before a megabyte has travelled, and a second
delivery at the same moment waits on that key until the first has committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from services.writer.control_rows import LEDGER_COLUMNS, REJECT_COLUMNS, duplicate_row, ledger_row, reject_rows
from shared.batch.columns import BatchColumn, RowBatch, constant
from shared.batch.rejects import Reject
from shared.batch.types import BATCH_NO, RECORD_OFFSET, RUN_ID, STAGING_COLUMNS, WORKER_ID, TableName
from shared.database.cli import ArrayInsert, ArrayStatement, CliConnection
from shared.database.errors import DatabaseError, DuplicateKey
from shared.database.settings import DatabaseSettings
from shared.errors import PoisonError
from shared.messaging.messages import ProcessedBatch
from shared.runtime.fault_points import fault_point


@dataclass(frozen=True, slots=True)
class Load:
    """A processed batch ready to be written."""

    message: ProcessedBatch
    tables: Sequence[RowBatch]
    rejects: Sequence[Reject]


class BatchWriter:
    """Writes batches over one connection; for one thread. Statements are prepared once per table."""

    def __init__(self, settings: DatabaseSettings, writer_id: str) -> None:
        self._schema = settings.control_schema
        self._writer_id = writer_id
        self._connection = CliConnection(settings.connection_string())
        self._ledger = ArrayInsert(self._connection, self._control("BATCH"), LEDGER_COLUMNS)
        self._rejects = ArrayInsert(self._connection, self._control("REJECT"), REJECT_COLUMNS)
        self._staging: dict[str, ArrayInsert] = {}
        self._count_duplicate = ArrayStatement(
            self._connection,
            f"UPDATE {self._control('BATCH')} SET DUPLICATES = DUPLICATES + 1 "  # noqa: S608 - checked identifiers
            "WHERE RUN_ID = ? AND BATCH_NO = ? AND CHECKSUM = ?",
        )

    def write(self, load: Load) -> bool:
        """Write the batch; True when its rows are in, False when the ledger already held it.

        Raises the classified DatabaseError after a rollback; PoisonError LRP040 when the ledger holds the batch's
        number with another content.
        """
        with self._rolled_back_on_error():
            try:
                self._ledger.execute(ledger_row(load.message, self._writer_id), 1)
            except DuplicateKey:
                self._connection.rollback()
                self._register_duplicate(load.message)
                return False
            for table, rows in zip(load.message.tables, load.tables, strict=True):
                self._insert_rows(load.message, table.table, rows)
            rejects = reject_rows(load.message, load.rejects)
            if rejects:
                self._rejects.execute(rejects, len(rejects[0].values))
            fault_point("writer.before-commit")
            self._connection.commit()
            fault_point("writer.after-commit")
        return True

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        self._connection.close()

    def _insert_rows(self, message: ProcessedBatch, table: str, rows: RowBatch) -> None:
        count = len(rows)
        if not count:
            return
        columns = [
            constant(RUN_ID, message.run_id, count),
            constant(BATCH_NO, message.batch_no, count),
            BatchColumn(RECORD_OFFSET, rows.offsets),
            constant(WORKER_ID, message.processor_id, count),
            *rows.columns,
        ]
        self._staging_insert(table, rows).execute(columns, count)

    def _staging_insert(self, table: str, rows: RowBatch) -> ArrayInsert:
        targets = (*STAGING_COLUMNS, *(column.target for column in rows.columns))
        key = f"{table} {targets}"
        if key not in self._staging:
            self._staging[key] = ArrayInsert(self._connection, TableName.parse(table, self._schema), targets)
        return self._staging[key]

    def _register_duplicate(self, message: ProcessedBatch) -> None:
        changed = self._count_duplicate.execute(duplicate_row(message), 1)
        self._connection.commit()
        if changed != 1:
            raise PoisonError(
                "LRP040",
                f"batch {message.batch_no} of run {message.run_id} is in the ledger with another checksum",
                remedy="The input or the job changed under a run: cancel it and start a new one.",
            )

    def _control(self, table: str) -> TableName:
        return TableName(self._schema, table)

    @contextmanager
    def _rolled_back_on_error(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError:
            with suppress(DatabaseError):  # the first error is the one to report; a lost connection has rolled back
                self._connection.rollback()
            raise
