"""The writer at work: threads that each turn processed batches into committed rows, once."""

from __future__ import annotations

import threading
from time import monotonic

from services.writer.patience import Patience
from services.writer.settings import WriterSettings
from services.writer.transaction import BatchWriter, Load, WriteOutcome
from shared.batch.arrow import from_ipc
from shared.batch.columns import RowBatch
from shared.batch.rejects import decode_rejects
from shared.batch.types import TargetColumn
from shared.database.errors import DatabaseUnavailable
from shared.database.settings import DatabaseSettings
from shared.errors import LreclError, PermanentError, PoisonError, TransientError, unforeseen
from shared.messaging.consumer import Consumer, Delivery
from shared.messaging.events import EventReporter
from shared.messaging.messages import ProcessedBatch, RunFault, TableRows
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import PROCESSED
from shared.observability import metrics
from shared.observability.logs import bind, bound, get_logger
from shared.runtime.fault_points import fault_point
from shared.runtime.service import send_life_sign

log = get_logger()


class WriterThread:
    """One thread with its own broker connection and its own database connection."""

    def __init__(self, name: str, settings: WriterSettings, broker: BrokerSettings) -> None:
        self._name = name
        self._database = DatabaseSettings()
        self._stopping = threading.Event()
        self._consumer = Consumer(broker, PROCESSED, prefetch=settings.writer_prefetch, name=name)
        self._writer: BatchWriter | None = None
        self._stopped_run = ""
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Begin to take batches."""
        self._consumer.start()
        self._thread.start()

    def ready(self) -> bool:
        """Whether the broker delivers, the database answered last time, and the thread lives."""
        return self._consumer.connected and self._writer is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Ask the thread to end after the batch in hand."""
        self._stopping.set()

    def join(self, timeout: float) -> None:
        """Wait for the end, then give back what was not begun."""
        self._thread.join(timeout)
        self._consumer.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._connect()
            except TransientError as error:
                log.warning("database not reachable, trying again", code=error.code, error=error.message)
                self._stopping.wait(1)
                continue
            delivery = self._consumer.take()
            if delivery is not None:
                with bound(), metrics.IN_HAND.labels("write").track_inprogress():
                    self._settle(delivery)
        self._disconnect()

    def _settle(self, delivery: Delivery) -> None:
        try:
            self._load(delivery)
        except TransientError as error:
            log.warning("batch goes back to the queue", code=error.code, error=error.message)
            delivery.requeue()
        except (PoisonError, PermanentError) as error:
            self._dead_letter(delivery, error)
        except Exception as error:
            log.exception("unexpected error while writing")
            self._disconnect()  # whatever it was, nothing of it shall be in the next transaction
            self._dead_letter(delivery, unforeseen(error))

    def _load(self, delivery: Delivery) -> None:
        load = _read(delivery.body)
        message = load.message
        bind(run_id=message.run_id, batch_no=message.batch_no)
        started = monotonic()
        # The ledger tells whether a commit of unknown outcome took effect: the next try then finds a duplicate.
        outcome = Patience(self._stopping).retrying()(self._write, load)
        fault_point("writer.before-ack")
        delivery.ack()
        if outcome is WriteOutcome.RUN_STOPPED:
            self._report_dropped(message.run_id)
            return
        if outcome is WriteOutcome.DUPLICATE:
            metrics.DUPLICATES.inc()
            log.info("batch was already in the ledger", redelivered=delivery.redelivered)
            return
        metrics.STAGE_SECONDS.labels("write").observe(monotonic() - started)
        metrics.BATCHES.labels("write").inc()
        metrics.RECORDS.labels("write").inc(message.records_valid)
        metrics.BYTES.labels("write").inc(message.end - message.offset)

    def _report_dropped(self, run_id: str) -> None:
        metrics.DROPPED.inc()
        if run_id != self._stopped_run:
            self._stopped_run = run_id
            log.info("batches of a stopped run are dropped")

    def _write(self, load: Load) -> WriteOutcome:
        """One try; after a broken connection the next begins with a new one."""
        try:
            return self._connect().write(load)
        except DatabaseUnavailable:
            self._disconnect()
            raise

    def _connect(self) -> BatchWriter:
        if self._writer is None:
            self._writer = BatchWriter(self._database, self._name)
        return self._writer

    def _disconnect(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _dead_letter(self, delivery: Delivery, error: LreclError) -> None:
        log.error("batch dead-lettered", code=error.code, error=error.message)
        metrics.DEAD_LETTERS.labels(PROCESSED).inc()
        try:
            message, _ = ProcessedBatch.unpack(delivery.body)
        except PoisonError:  # nobody can say which run it belongs to; its reason is in the log and the queue
            delivery.dead_letter(error)
            return
        fault = RunFault.of(message.run_id, error, f"writer {self._name}", message.batch_no)
        delivery.dead_letter(error, fault)


class Writer:
    """All writer threads of one process."""

    def __init__(self, settings: WriterSettings, broker: BrokerSettings) -> None:
        self._publisher = Publisher(broker, f"{settings.instance}-events")
        self._events = EventReporter(self._publisher, "writer", settings.instance)
        self._threads = [
            WriterThread(f"{settings.instance}-{number}", settings, broker)
            for number in range(1, settings.writer_threads + 1)
        ]

    def life_sign(self) -> None:
        """Announce memory; progress stands in the ledger."""
        send_life_sign(self._events)

    def start(self) -> None:
        """Start every thread."""
        for thread in self._threads:
            thread.start()

    def checks(self) -> dict[str, bool]:
        """Ready while every thread has its two connections."""
        return {f"thread-{number}": thread.ready() for number, thread in enumerate(self._threads, 1)}

    def drain(self, grace_seconds: float) -> None:
        """Let the batches in hand commit, give the others back."""
        for thread in self._threads:
            thread.stop()
        deadline = monotonic() + grace_seconds
        for thread in self._threads:
            thread.join(max(deadline - monotonic(), 0.1))
        self._publisher.close()


def _rows(table: TableRows, part: memoryview) -> RowBatch:
    return from_ipc(part, [TargetColumn.from_dict(column) for column in table.columns])


def _read(body: bytes) -> Load:
    message, parts = ProcessedBatch.unpack(body)
    try:
        tables = [_rows(table, parts[f"rows.{place}"]) for place, table in enumerate(message.tables)]
        rejects = decode_rejects(bytes(parts["rejects"]))
    except (KeyError, TypeError, ValueError) as error:  # no part of the name, no such column type, no JSON
        raise PoisonError("LRP041", f"batch {message.batch_no} cannot be read: {error!r}") from error
    valid = sum(map(len, tables))
    if (valid, len(rejects)) != (message.records_valid, message.records_rejected):
        raise PoisonError(
            "LRP041",
            f"batch {message.batch_no} promises {message.records_valid} rows and {message.records_rejected} rejects, "
            f"and holds {valid} and {len(rejects)}",
        )
    return Load(message, tables, rejects)
