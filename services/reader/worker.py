"""The reader at work: takes read commands, publishes raw batches, reports what it did."""

from __future__ import annotations

import threading
from functools import partial

from services.reader.settings import ReaderSettings
from services.reader.split import Progress, read_split, rest_of
from services.reader.stopped import StoppedRuns
from shared.errors import LreclError, PermanentError, PoisonError, unforeseen
from shared.framing.parts import Parts
from shared.messaging.consumer import Consumer, Delivery
from shared.messaging.events import EventListener, EventReporter, FlowReporter
from shared.messaging.messages import RawBatch, ReadCommand, RunFault, SplitReport
from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import RAW, READ, REPORTS
from shared.observability import metrics
from shared.observability.logs import bind, bound, get_logger
from shared.runtime.fault_points import fault_point
from shared.runtime.service import send_life_sign

log = get_logger()


class Reader:
    """One thread that carries out read commands; the consumer's connection lives in another."""

    def __init__(self, settings: ReaderSettings, broker: BrokerSettings) -> None:
        self._settings = settings
        self._consumer = Consumer(broker, READ, prefetch=1, name=f"{settings.instance}-commands")
        self._publisher = Publisher(broker, f"{settings.instance}-batches")
        self._events = EventReporter(self._publisher, "reader", settings.instance)
        self._flow = FlowReporter(self._events, "batch-read")
        self._stopped = StoppedRuns()
        self._listener = EventListener(
            broker, f"{settings.instance}-stopped", self._stopped.receive, "orchestrator.runs-stopped"
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="reader", daemon=True)

    def start(self) -> None:
        """Begin to take commands."""
        self._listener.start()
        self._consumer.start()
        self._thread.start()

    def checks(self) -> dict[str, bool]:
        """Ready while the broker delivers and takes, and the worker thread lives."""
        broker = self._consumer.connected and not self._publisher.blocked
        return {"broker": broker, "worker": self._thread.is_alive()}

    def drain(self, grace_seconds: float) -> None:
        """Give up the read in hand after its current batch; its command goes back to the queue."""
        self._stopping.set()
        self._thread.join(grace_seconds)
        self._consumer.close()
        self._listener.close()
        self._publisher.close()

    def life_sign(self) -> None:
        """Announce memory and progress."""
        self._flow.flush()
        send_life_sign(self._events)

    def _work(self) -> None:
        while not self._stopping.is_set():
            delivery = self._consumer.take()
            if delivery is not None:
                with bound():
                    self._settle(delivery)

    def _settle(self, delivery: Delivery) -> None:
        try:
            self._carry_out(delivery.body)
            delivery.ack()
        except Cancelled:
            delivery.requeue()
        except PoisonError as error:
            log.error("read command dead-lettered", code=error.code, error=error.message)
            metrics.DEAD_LETTERS.labels(READ).inc()
            delivery.dead_letter(error)
        except PermanentError as error:
            self._publisher.publish(REPORTS, self._fault(delivery.body, error).pack())
            delivery.ack()
        except (LreclError, OSError) as error:
            log.exception("read interrupted, the command is tried again", error=str(error))
            self._stopping.wait(1)
            delivery.requeue()
        except Exception as error:
            log.exception("unexpected error, the read command is dead-lettered")
            metrics.DEAD_LETTERS.labels(READ).inc()
            found = unforeseen(error)
            delivery.dead_letter(found, self._fault(delivery.body, found))

    def _carry_out(self, body: bytes) -> None:
        command, _ = ReadCommand.unpack(body)
        bind(run_id=command.run_id, split_no=command.split_no)
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
            waited = self._publisher.publish(RAW, message.pack(parts), stopping=give_up)
        fault_point("reader.after-publish")
        covered = message.end - message.offset
        metrics.QUEUE_WAIT.labels(RAW).inc(waited)
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

    def _fault(self, body: bytes, error: LreclError) -> RunFault:
        command, _ = ReadCommand.unpack(body)
        log.error("the run cannot be read", code=error.code, error=error.message, **error.context)
        return RunFault.of(command.run_id, error, f"reader {self._settings.instance}")
