"""The statements that a writer prepares on its connection: each once, and one INSERT for each staging table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.writer.control_rows import LEDGER_COLUMNS, REJECT_COLUMNS, duplicate_row, ledger_row, reject_rows
from shared.batch.columns import BatchColumn, RowBatch, constant
from shared.batch.rejects import Reject
from shared.batch.types import BATCH_NO, RECORD_OFFSET, RUN_ID, STAGING_COLUMNS, WORKER_ID, TableName, TargetColumn
from shared.database.cli import ArrayInsert, ArrayStatement, CliConnection, TextQuery
from shared.database.settings import DatabaseSettings
from shared.database.statements import statement
from shared.messaging.messages import ProcessedBatch

_STATE_BYTES: Final = 20

_Key = tuple[str, tuple[TargetColumn, ...]]
"""A staging table and the columns to insert. Two versions of a job may load different columns of one table."""


class Statements:
    """Executes inside the open transaction of ``connection``.

    A method that executes raises the classified DatabaseError of the driver. The caller must then roll back.
    """

    def __init__(self, connection: CliConnection, settings: DatabaseSettings) -> None:
        self._connection = connection
        self._schema, dialect = settings.control_schema, settings.dialect
        run_state = statement("writer", "run_state", dialect, schema=self._schema)
        count_duplicate = statement("writer", "count_duplicate", dialect, schema=self._schema)
        self._run_state = TextQuery(connection, run_state, _STATE_BYTES)
        self._ledger = ArrayInsert(connection, TableName(self._schema, "BATCH"), LEDGER_COLUMNS)
        self._rejects = ArrayInsert(connection, TableName(self._schema, "REJECT"), REJECT_COLUMNS)
        self._duplicate = ArrayStatement(connection, count_duplicate)
        self._staging: dict[_Key, ArrayInsert] = {}

    def run_state(self, run_id: str) -> str | None:
        """The run's state, or None when RUN has no such run. The row stays share-locked until the commit."""
        return self._run_state.value([constant(RUN_ID, run_id, 1)])

    def insert_ledger_row(self, message: ProcessedBatch, writer_id: str) -> None:
        """Insert the batch's row of the ledger. Raises DuplicateKey when the ledger holds the batch already."""
        self._ledger.execute(ledger_row(message, writer_id), 1)

    def count_duplicate(self, message: ProcessedBatch) -> bool:
        """Count a repeated delivery. Returns False when the ledger holds the batch's number with another checksum."""
        return self._duplicate.execute(duplicate_row(message), 1) == 1

    def insert_rows(self, message: ProcessedBatch, table: str, rows: RowBatch) -> None:
        """Insert the batch's rows of one staging table."""
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

    def insert_rejects(self, message: ProcessedBatch, rejects: Sequence[Reject]) -> None:
        """Insert the batch's rejects."""
        columns = reject_rows(message, rejects)
        if columns:
            self._rejects.execute(columns, len(columns[0].values))

    def prepared_for(self, message: ProcessedBatch, tables: Sequence[RowBatch]) -> bool:
        """Whether an INSERT that the batch needs was prepared for an earlier batch."""
        return any(_key(table.table, rows) in self._staging for table, rows in zip(message.tables, tables, strict=True))

    def close(self) -> None:
        """Free the statements."""
        for insert in (self._ledger, self._rejects, *self._staging.values()):
            insert.close()
        self._run_state.close()
        self._duplicate.close()

    def _staging_insert(self, table: str, rows: RowBatch) -> ArrayInsert:
        key = _key(table, rows)
        if key not in self._staging:
            self._staging[key] = ArrayInsert(self._connection, TableName.parse(table, self._schema), key[1])
        return self._staging[key]


def _key(table: str, rows: RowBatch) -> _Key:
    return table, (*STAGING_COLUMNS, *(column.target for column in rows.columns))
