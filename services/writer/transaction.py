"""One batch, one transaction: the run's state, the ledger row, the staged rows, the rejects, and the commit.

The run's state is read first, and the row of RUN stays share-locked until the commit. Whoever stops a run locks that
row exclusively before reading the ledger, so no batch of a stopped run is committed afterwards. The writer holds no
other lock while it waits for the row, so the two cannot deadlock.

The ledger row is inserted second. A batch that the ledger holds already fails on its key before its rows are sent. A
second delivery at the same moment waits on that key until the first one has committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.writer.statements import Statements
from shared.batch.columns import RowBatch
from shared.batch.rejects import Reject
from shared.database.cli import CliConnection
from shared.database.errors import DatabaseError, DataRefused, DuplicateKey, StatementFailed
from shared.database.settings import DatabaseSettings
from shared.errors import PoisonError
from shared.messaging.messages import ProcessedBatch
from shared.observability.logs import get_logger
from shared.runtime.fault_points import fault_point

STOPPED_STATES: Final = frozenset({"cancelling", "cancelled", "failed", "refused"})
"""States of a run whose batches are not loaded any more. A resumed run has another state and reads them again."""

log = get_logger()


@dataclass(frozen=True, slots=True)
class Load:
    """A processed batch ready to be written."""

    message: ProcessedBatch
    tables: Sequence[RowBatch]
    rejects: Sequence[Reject]


class WriteOutcome(Enum):
    """What a write did. The message is done with each of them and can be acknowledged."""

    WRITTEN = "written"
    """The batch was committed."""
    DUPLICATE = "duplicate"
    """The ledger held the batch already. Nothing changed but the count of its deliveries."""
    RUN_STOPPED = "run stopped"
    """The run is being cancelled or has ended without completing. Nothing was written."""


class BatchWriter:
    """Writes batches over one connection, for one thread."""

    def __init__(self, settings: DatabaseSettings, writer_id: str) -> None:
        self._settings = settings
        self._writer_id = writer_id
        self._connection = CliConnection(settings.connection_string())
        self._statements = Statements(self._connection, settings)

    def write(self, load: Load) -> WriteOutcome:
        """Write the batch in one transaction, which is committed or rolled back on return.

        A statement that was prepared for an earlier batch may describe a staging table that has been altered since.
        When one is refused, all are prepared again and the batch is tried once more.

        Raises the classified DatabaseError, and PoisonError LRP040 when the ledger holds the batch's number with
        another checksum.
        """
        reused = self._statements.prepared_for(load.message, load.tables)
        try:
            return self._write(load)
        except DataRefused:
            raise
        except StatementFailed as error:
            if not reused:
                raise
            log.warning("statements are prepared again", code=error.code, error=error.message)
        self._prepare_again()
        return self._write(load)

    def close(self) -> None:
        """Close the connection; the database rolls back what was not committed."""
        self._connection.close()

    def _write(self, load: Load) -> WriteOutcome:
        with self._rolled_back_on_error():
            if self._statements.run_state(load.message.run_id) in STOPPED_STATES:
                self._connection.rollback()
                return WriteOutcome.RUN_STOPPED
            try:
                self._statements.insert_ledger_row(load.message, self._writer_id)
            except DuplicateKey:
                self._connection.rollback()
                self._count_duplicate(load.message)
                return WriteOutcome.DUPLICATE
            self._insert(load)
            fault_point("writer.before-commit")
            self._connection.commit()
            fault_point("writer.after-commit")
        return WriteOutcome.WRITTEN

    def _insert(self, load: Load) -> None:
        for table, rows in zip(load.message.tables, load.tables, strict=True):
            self._statements.insert_rows(load.message, table.table, rows)
        self._statements.insert_rejects(load.message, load.rejects)

    def _count_duplicate(self, message: ProcessedBatch) -> None:
        same = self._statements.count_duplicate(message)
        self._connection.commit()
        if not same:
            raise PoisonError(
                "LRP040",
                f"The ledger holds batch {message.batch_no} of run {message.run_id} with another checksum.",
                remedy="The input or the job changed during the run. Cancel the run and start a new one.",
            )

    def _prepare_again(self) -> None:
        with self._rolled_back_on_error():
            prepared = Statements(self._connection, self._settings)
        self._statements.close()
        self._statements = prepared

    @contextmanager
    def _rolled_back_on_error(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError:
            with suppress(DatabaseError):  # The first error is reported. A lost connection has rolled back by itself.
                self._connection.rollback()
            raise
