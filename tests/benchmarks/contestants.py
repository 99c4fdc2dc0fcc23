"""The ways of inserting a batch that race each other: each takes its form of the batch, inserts it, and commits."""

from __future__ import annotations

import os
from typing import Any, Protocol

os.environ["DB2CODEPAGE"] = "1208"  # read once, when the driver's library is loaded

import ibm_db

from services.writer.transaction import BatchWriter, Load, WriteOutcome
from shared.batch.arrow import from_ipc
from shared.batch.types import TargetColumn
from shared.database.cli import ArrayInsert, CliConnection
from shared.database.settings import DatabaseSettings
from shared.messaging.messages import ProcessedBatch
from tests.benchmarks.staged import COLUMNS, ROWS, TABLE, Batch


class Contestant(Protocol):
    """One connection, for one thread at a time."""

    def form(self, batch: Batch) -> Any:
        """The batch as this way takes it; made before the clock runs."""

    def insert(self, formed: Any) -> None:
        """Insert and commit; this is timed."""

    def close(self) -> None: ...


class BareArray:
    """lrecl's array insert and a commit, nothing else."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._connection = CliConnection(settings.connection_string())
        self._insert = ArrayInsert(self._connection, TABLE, COLUMNS)

    def form(self, batch: Batch) -> Any:
        return batch.columns

    def insert(self, formed: Any) -> None:
        self._insert.execute(formed, ROWS)
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()


class ExecuteMany:
    """The driver's own call for many rows."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._connection = ibm_db.connect(settings.connection_string(), "", "")
        ibm_db.autocommit(self._connection, ibm_db.SQL_AUTOCOMMIT_OFF)
        names, marks = ", ".join(column.name for column in COLUMNS), ", ".join("?" * len(COLUMNS))
        insert = f"INSERT INTO {TABLE} ({names}) VALUES ({marks})"  # noqa: S608 - names of this benchmark
        self._statement = ibm_db.prepare(self._connection, insert)

    def form(self, batch: Batch) -> Any:
        return batch.tuples

    def insert(self, formed: Any) -> None:
        inserted = ibm_db.execute_many(self._statement, formed)
        assert inserted == ROWS, inserted
        ibm_db.commit(self._connection)

    def close(self) -> None:
        ibm_db.close(self._connection)


class Writer:
    """All a writer does with a message: reads it, then ledger, rows and commit."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._writer = BatchWriter(settings, "bench")

    def form(self, batch: Batch) -> Any:
        return batch.message

    def insert(self, formed: Any) -> None:
        message, parts = ProcessedBatch.unpack(formed)
        (table,) = message.tables
        rows = from_ipc(parts["rows.0"], [TargetColumn.from_dict(column) for column in table.columns])
        assert self._writer.write(Load(message, [rows], [])) is WriteOutcome.WRITTEN

    def close(self) -> None:
        self._writer.close()
