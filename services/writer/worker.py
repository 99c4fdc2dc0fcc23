"""The writer's work: threads that each turn processed batches into committed rows, once."""

from __future__ import annotations

from time import monotonic

from services.writer.control_rows import refuse_unfit
from services.writer.retry_policy import RetryPolicy
from services.writer.settings import WriterSettings
from services.writer.transaction import BatchWriter, Load, WriteOutcome
from shared.batch.arrow import from_ipc
from shared.batch.columns import RowBatch
from shared.batch.rejects import decode_rejects
from shared.batch.types import TargetColumn
from shared.database import errors as database
from shared.database.errors import OUTAGES
from shared.database.settings import DatabaseSettings
from shared.errors import UNFORESEEN, LreclError, PoisonError, TransientError
from shared.messaging import connection
from shared.messaging.consumer import Consumer
from shared.messaging.events import EventReporter
from shared.messaging.messages import ProcessedBatch, TableRows
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.settlement import Parts, Policy, Scope, Settlement, Work
from shared.messaging.topology import PROCESSED, REPORTS
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.observability.run_log import RunLog
from shared.runtime.fault_points import fault_point
from shared.runtime.workers import WorkerLoop

_DATABASE_PAUSE = 1.0

log = get_logger()


class WriterThread:
    """One thread with its own broker connection and its own database connection."""

    def __init__(self, name: str, settings: WriterSettings, broker: BrokerSettings, runs: RunLog) -> None:
        self._name = name
        self._runs = runs
        self._database = DatabaseSettings()
        self._writer: BatchWriter | None = None
        self._stopped_run = ""
        self._worker = WorkerLoop(name, self._work, finish=self._disconnect)
        self._stopping = self._worker.stopping
        self._consumer = Consumer(broker, PROCESSED, prefetch=settings.writer_prefetch, name=name)
        self._settlement = Settlement(
            self._consumer,
            ProcessedBatch.unpack,
            Policy(Scope.BATCH, broker.delivery_limit),
            service=f"writer {name}",
            stopping=self._stopping,
        )

    def start(self) -> None:
        """Begin to take batches."""
        self._consumer.start()
        self._worker.start()

    def ready(self) -> bool:
        """Whether the broker delivers, the database answered last time, and the thread works."""
        return self._consumer.connected and self._writer is not None and self._worker.healthy

    def stop(self) -> None:
        """Ask the thread to end after the batch in hand."""
        self._worker.stop()

    def join(self, timeout: float) -> None:
        """Wait for the end, then give back what was not begun."""
        self._worker.join(timeout)
        self._consumer.close()
        self._settlement.close()

    def _work(self) -> None:
        try:
            self._connect()
        except TransientError as error:
            metrics.count_retry(error)
            log.warning("database not reachable, trying again", code=error.code, error=error.message)
            self._stopping.wait(_DATABASE_PAUSE)
            return
        self._settlement.work_on_next(self._load)

    def _load(self, work: Work[ProcessedBatch]) -> None:
        message = work.message
        with metrics.IN_HAND.labels("write").track_inprogress(), self._runs.batch(message.run_id) as count:
            load = read_load(message, work.parts)
            started = monotonic()
            # The ledger tells whether a commit of unknown outcome took effect: the next try then finds a duplicate.
            outcome = RetryPolicy(self._stopping).retrying()(self._write, load)
            fault_point("writer.before-ack")
            if outcome is WriteOutcome.RUN_STOPPED:
                self._report_dropped(message.run_id)
                return
            if outcome is WriteOutcome.DUPLICATE:
                metrics.DUPLICATES.inc()
                log.info("batch was already in the ledger", redelivered=work.redelivered)
                return
            seconds = monotonic() - started
            count(message.records_read)
            metrics.STAGE_SECONDS.labels("write").observe(seconds)
            metrics.BATCHES.labels("write").inc()
            metrics.RECORDS.labels("write").inc(message.records_valid)
            metrics.BYTES.labels("write").inc(message.end - message.offset)
            log.debug("batch written", records=message.records_read, seconds=round(seconds, 3))

    def _report_dropped(self, run_id: str) -> None:
        metrics.DROPPED.inc()
        if run_id != self._stopped_run:
            self._stopped_run = run_id
            log.info("batches of a stopped run are dropped")

    def _write(self, load: Load) -> WriteOutcome:
        """One try. After a lost connection, a full database or an unforeseen error, the next has a new connection."""
        try:
            return self._connect().write(load)
        except Exception as error:
            if isinstance(error, OUTAGES) or not isinstance(error, LreclError):
                self._disconnect()
            raise

    def _connect(self) -> BatchWriter:
        if self._writer is None:
            self._writer = BatchWriter(self._database, self._name)
        return self._writer

    def _disconnect(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()


class Writer:
    """All writer threads of one process."""

    def __init__(self, settings: WriterSettings, broker: BrokerSettings) -> None:
        metrics.begin_at_zero(
            stage="write",
            publishes=(REPORTS,),
            dead_letters=(PROCESSED,),
            retries=(*connection.RETRIED_CODES, *database.RETRIED_CODES, UNFORESEEN),
        )
        self._publisher = Publisher(broker, f"{settings.instance}-events")
        self._events = EventReporter(self._publisher, "writer", settings.instance)
        self._runs = RunLog()
        self._threads = [
            WriterThread(settings.worker_name(number), settings, broker, self._runs)
            for number in range(1, settings.writer_threads + 1)
        ]

    def life_sign(self) -> None:
        """Announce memory; progress is in the ledger."""
        self._runs.flush()
        self._events.send_life_sign()

    def start(self) -> None:
        """Start every thread."""
        for thread in self._threads:
            thread.start()

    def checks(self) -> dict[str, bool]:
        """Ready while every thread works and has its two connections."""
        return {f"thread-{number}": thread.ready() for number, thread in enumerate(self._threads, 1)}

    def drain(self, grace_seconds: float) -> None:
        """Let the batches in hand commit, give the others back."""
        for thread in self._threads:
            thread.stop()
        deadline = monotonic() + grace_seconds
        for thread in self._threads:
            thread.join(max(deadline - monotonic(), 0.1))
        self._runs.close()
        self._publisher.close()


def read_load(message: ProcessedBatch, parts: Parts) -> Load:
    """The batch ready to be written; PoisonError LRP041 when it does not hold what it promises."""
    try:
        tables = [_rows(table, parts[f"rows.{place}"]) for place, table in enumerate(message.tables)]
        rejects = decode_rejects(bytes(parts["rejects"]))
        refuse_unfit(rejects)
    except (KeyError, TypeError, ValueError) as error:  # no such part or column type, no JSON, wrong values
        raise PoisonError("LRP041", f"batch {message.batch_no} cannot be read: {error!r}") from error
    valid = sum(map(len, tables))
    if (valid, len(rejects)) != (message.records_valid, message.records_rejected):
        raise PoisonError(
            "LRP041",
            f"batch {message.batch_no} promises {message.records_valid} rows and {message.records_rejected} rejects, "
            f"and holds {valid} and {len(rejects)}",
        )
    return Load(message, tables, rejects)


def _rows(table: TableRows, part: memoryview) -> RowBatch:
    return from_ipc(part, [TargetColumn.from_dict(column) for column in table.columns])
