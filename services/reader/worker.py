"""The reader's work: read commands in, raw batches and reports out."""

from __future__ import annotations

import threading
from functools import partial

from services.reader.settings import ReaderSettings
from services.reader.split import Progress, read_split, rest_of
from shared.errors import UNFORESEEN
from shared.framing.parts import Parts
from shared.messaging.connection import RETRIED_CODES
from shared.messaging.consumer import Consumer
from shared.messaging.events import EventListener, EventReporter, FlowReporter
from shared.messaging.messages import Event, RawBatch, ReadCommand, SplitReport
from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.settlement import Policy, Scope, Settlement, Work
from shared.messaging.topology import RAW, READ, REPORTS
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.runtime.fault_points import fault_point
from shared.runtime.workers import WorkerLoop

log = get_logger()


class StoppedRuns:
    """Runs of which nothing more need be read, as the orchestrator announces them every second.

    Each announcement replaces the one before as a whole, which makes this safe between threads. Attempts are compared,
    so that an old announcement never holds up a run that was resumed.
    """

    def __init__(self) -> None:
        self._attempts: dict[str, int] = {}

    def receive(self, event: Event) -> None:
        """Note the orchestrator's list."""
        self._attempts = {str(run_id): int(attempt) for run_id, attempt in event.figures.get("runs", {}).items()}

    def covers(self, command: ReadCommand) -> bool:
        """Whether the command belongs to an attempt that was stopped."""
        return command.attempt <= self._attempts.get(command.run_id, 0)


class Reader:
    """One thread that carries out read commands; the consumer's connection lives in another."""

    def __init__(self, settings: ReaderSettings, broker: BrokerSettings) -> None:
        metrics.begin_at_zero(
            stage="read", publishes=(RAW, READ, REPORTS), dead_letters=(READ,), retries=(*RETRIED_CODES, UNFORESEEN)
        )
        self._settings = settings
        self._stopping = threading.Event()
        self._consumer = Consumer(broker, READ, prefetch=1, name=f"{settings.instance}-commands")
        self._settlement = Settlement(
            self._consumer,
            ReadCommand.unpack,
            Policy(Scope.RUN, broker.delivery_limit),
            service=f"reader {settings.instance}",
            stopping=self._stopping,
        )
        self._publisher = Publisher(broker, f"{settings.instance}-batches")
        self._events = EventReporter(self._publisher, "reader", settings.instance)
        self._flow = FlowReporter(self._events, "batch-read")
        self._stopped = StoppedRuns()
        self._listener = EventListener(
            broker, f"{settings.instance}-stopped", self._stopped.receive, "orchestrator.runs-stopped"
        )
        self._worker = WorkerLoop("reader", self._work, stopping=self._stopping)

    def start(self) -> None:
        """Begin to take commands."""
        self._listener.start()
        self._consumer.start()
        self._worker.start()

    def checks(self) -> dict[str, bool]:
        """Ready while the broker delivers and takes, and no thread is down."""
        broker = self._consumer.connected and not self._publisher.blocked
        return {"broker": broker, "worker": self._worker.healthy and self._listener.healthy}

    def drain(self, grace_seconds: float) -> None:
        """Give up the read in hand after its current batch; its command goes back to the queue."""
        self._worker.join(grace_seconds)
        self._consumer.close()
        self._listener.close()
        self._settlement.close()
        self._publisher.close()

    def life_sign(self) -> None:
        """Announce memory and progress."""
        self._flow.flush()
        self._events.send_life_sign()

    def _work(self) -> None:
        self._settlement.work_on_next(self._carry_out)

    def _carry_out(self, work: Work[ReadCommand]) -> None:
        command = work.message
        if self._stopped.covers(command):
            log.info("command of a stopped run dropped", attempt=command.attempt)
            return
        log.info(
            "reading", path=command.file.path, offset=command.offset, end=command.end, format=command.framing["format"]
        )
        send = partial(self._send, command)
        settings = self._settings
        done = read_split(command, settings.data_root, send, seconds=settings.hand_on_seconds, payload=settings.payload)
        self._publisher.publish(REPORTS, self._report(command, done).pack(), stopping=self._stopping.is_set)
        if done.offset < command.end:
            self._publisher.publish(READ, rest_of(command, done).pack(), stopping=self._stopping.is_set)
        log.info("read", batches=done.batches, records=done.records, offset=done.offset)

    def _send(self, command: ReadCommand, message: RawBatch, parts: Parts) -> None:
        def give_up() -> bool:
            return self._stopping.is_set() or self._stopped.covers(command)

        if give_up():
            raise Cancelled
        fault_point("reader.before-publish")
        with metrics.timed("read"):
            self._publisher.publish(RAW, message.pack(parts), stopping=give_up)
        fault_point("reader.after-publish")
        covered = message.end - message.offset
        metrics.BATCHES.labels("read").inc()
        metrics.RECORDS.labels("read").inc(message.records)
        metrics.BYTES.labels("read").inc(covered)
        self._flow.add(message.run_id, message.records, covered)

    def _report(self, command: ReadCommand, done: Progress) -> SplitReport:
        return SplitReport(
            run_id=command.run_id,
            split_no=command.split_no,
            read_to=done.offset,
            batches=command.batches_before + done.batches,
            records=command.records_read + done.records + done.skipped,
            last=done.offset >= command.end,
            reader_id=self._settings.instance,
        )
