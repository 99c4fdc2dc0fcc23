"""The processor at work: raw batches to the pool, processed batches to the broker, acknowledged after the confirm."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any, Final

from services.processor.pool import ChildDied, Slot
from services.processor.settings import ProcessorSettings
from shared.errors import LreclError, PermanentError, PoisonError, TransientError, unforeseen
from shared.messaging.consumer import Consumer, Delivery
from shared.messaging.events import EventReporter, FlowReporter
from shared.messaging.messages import RawBatch, RunFault
from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import PROCESSED, RAW, REPORTS
from shared.observability import metrics
from shared.observability.logs import bind, bound, get_logger
from shared.runtime.fault_points import fault_point
from shared.runtime.service import send_life_sign

log = get_logger()

_CLASSES: Final[dict[str, type[LreclError]]] = {
    "transient": TransientError,
    "permanent": PermanentError,
    "poison": PoisonError,
}
_LONGEST_PAUSE: Final = 30.0


class Processor:
    """One thread per pool child; all share a consumer and a publisher."""

    def __init__(self, settings: ProcessorSettings, broker: BrokerSettings) -> None:
        self._settings = settings
        self._delivery_limit = broker.delivery_limit
        prefetch = settings.pool_size + settings.prefetch_ahead
        self._consumer = Consumer(broker, RAW, prefetch=prefetch, name=f"{settings.instance}-raw")
        self._publisher = Publisher(broker, f"{settings.instance}-processed")
        self._events = EventReporter(self._publisher, "processor", settings.instance)
        self._flow = FlowReporter(self._events, "batch-processed")
        self._stopping = threading.Event()
        self._slots = [
            Slot(f"{settings.instance}-{number}", settings.data_root) for number in range(1, settings.pool_size + 1)
        ]
        self._threads = [
            threading.Thread(target=self._work, args=(slot,), name=f"slot-{number}", daemon=True)
            for number, slot in enumerate(self._slots, 1)
        ]

    def start(self) -> None:
        """Begin to take batches."""
        self._consumer.start()
        for thread in self._threads:
            thread.start()

    def checks(self) -> dict[str, bool]:
        """Ready while the broker delivers and takes, and every child runs."""
        broker = self._consumer.connected and not self._publisher.blocked
        return {"broker": broker, "pool": all(slot.alive() for slot in self._slots)}

    def drain(self, grace_seconds: float) -> None:
        """Finish the batches in hand, give the others back, end the children."""
        self._stopping.set()
        deadline = monotonic() + grace_seconds
        for thread in self._threads:
            thread.join(max(deadline - monotonic(), 0.1))
        self._consumer.close()
        for slot in self._slots:
            slot.close()
        self._publisher.close()

    def life_sign(self) -> None:
        """Announce memory and progress."""
        self._flow.flush()
        send_life_sign(self._events)

    def _work(self, slot: Slot) -> None:
        while not self._stopping.is_set():
            delivery = self._consumer.take()
            if delivery is not None:
                with bound(), metrics.IN_HAND.labels("process").track_inprogress():
                    self._settle(delivery, slot)

    def _settle(self, delivery: Delivery, slot: Slot) -> None:
        try:
            message, _ = RawBatch.unpack(delivery.body)
        except PoisonError as error:  # nobody can say which run it belongs to; its reason is in the log
            log.error("raw batch dead-lettered", code=error.code, error=error.message)
            metrics.DEAD_LETTERS.labels(RAW).inc()
            delivery.dead_letter(error)
            return
        bind(run_id=message.run_id, batch_no=message.batch_no)
        try:
            self._process(message, delivery, slot)
        except Cancelled:
            delivery.requeue()
        except ChildDied as error:
            self._try_again(message, delivery, error)
        except PoisonError as error:
            self._dead_letter(message, delivery, error)
        except PermanentError as error:
            self._stop_run(message, delivery, error)
        except TransientError as error:
            log.warning("batch goes back to the queue", code=error.code, error=error.message)
            self._stopping.wait(min(2.0**delivery.attempts, _LONGEST_PAUSE))
            delivery.requeue()
        except Exception as error:
            log.exception("unexpected error while processing")
            self._dead_letter(message, delivery, unforeseen(error))

    def _process(self, message: RawBatch, delivery: Delivery, slot: Slot) -> None:
        started = monotonic()
        summary, body = slot.work(delivery.body)
        if "traceback" in summary:
            log.error("unexpected error in a pool child", traceback=summary["traceback"])
        if "error" in summary:
            raise _CLASSES[summary["class"]](summary["error"], summary["message"], remedy=summary["remedy"])
        metrics.STAGE_SECONDS.labels("process").observe(monotonic() - started)
        fault_point("processor.before-publish")
        waited = self._publisher.publish(PROCESSED, body, stopping=self._stopping.is_set)
        fault_point("processor.before-ack")
        delivery.ack()
        metrics.QUEUE_WAIT.labels(PROCESSED).inc(waited)
        _count(message, summary)
        rejects = sum(summary["rejects"].values())
        self._flow.add(message.run_id, message.records, message.end - message.offset, rejects)

    def _try_again(self, message: RawBatch, delivery: Delivery, error: ChildDied) -> None:
        """Another try, unless this batch has killed as many children as the delivery limit allows."""
        if delivery.attempts + 1 >= self._delivery_limit:
            self._dead_letter(message, delivery, error)
        else:
            delivery.requeue()

    def _stop_run(self, message: RawBatch, delivery: Delivery, error: LreclError) -> None:
        """The run cannot go on; its batches are read again if it is resumed."""
        log.error("the run's file cannot be read", code=error.code, error=error.message)
        fault = RunFault.of(message.run_id, error, f"processor {self._settings.instance}")
        self._publisher.publish(REPORTS, fault.pack(), stopping=self._stopping.is_set)
        delivery.ack()

    def _dead_letter(self, message: RawBatch, delivery: Delivery, error: LreclError) -> None:
        log.error("raw batch dead-lettered", code=error.code, error=error.message)
        metrics.DEAD_LETTERS.labels(RAW).inc()
        fault = RunFault.of(message.run_id, error, f"processor {self._settings.instance}", message.batch_no)
        delivery.dead_letter(error, fault)


def _count(message: RawBatch, summary: dict[str, Any]) -> None:
    metrics.BATCHES.labels("process").inc()
    metrics.RECORDS.labels("process").inc(message.records)
    metrics.BYTES.labels("process").inc(message.end - message.offset)
    for code, count in summary["rejects"].items():
        metrics.REJECTS.labels(code).inc(count)
