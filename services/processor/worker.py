"""The processor's work: raw batches to the pool, processed batches to the broker, acknowledged after the confirm."""

from __future__ import annotations

import threading
from functools import partial
from time import monotonic
from typing import Any, Final

from services.processor.pool import ChildDied, Slot
from services.processor.settings import ProcessorSettings
from shared import codec, shaping
from shared.errors import UNFORESEEN, LreclError, PermanentError, PoisonError, TransientError
from shared.messaging.connection import RETRIED_CODES
from shared.messaging.consumer import Consumer
from shared.messaging.events import EventReporter, FlowReporter
from shared.messaging.messages import RawBatch
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.settlement import Policy, Scope, Settlement, Work
from shared.messaging.topology import PROCESSED, RAW, REPORTS
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.observability.run_log import RunLog
from shared.runtime.fault_points import fault_point
from shared.runtime.workers import WorkerLoop
from shared.transform import rejects as transform_rejects

log = get_logger()

_CLASSES: Final[dict[str, type[LreclError]]] = {
    "transient": TransientError,
    "permanent": PermanentError,
    "poison": PoisonError,
}


_REJECT_CODES: Final = tuple(
    code
    for codes in (codec.REMEDIES, shaping.REMEDIES, transform_rejects.CODES)
    for code in codes
    if not code.startswith("LRD9")
)
"""LRD9nn are errors of a definition, not of a record."""

_RESTORED_SECONDS: Final = 1.0
"""A child that ends as soon as it starts must not be started many times a second."""


class Processor:
    """One thread per pool child; all share a consumer and a publisher."""

    def __init__(self, settings: ProcessorSettings, broker: BrokerSettings) -> None:
        metrics.begin_at_zero(
            stage="process",
            publishes=(PROCESSED, REPORTS),
            dead_letters=(RAW,),
            retries=(*RETRIED_CODES, "LRF012", "LRP031", UNFORESEEN),
            rejects=_REJECT_CODES,
        )
        self._stopping = threading.Event()
        prefetch = settings.pool_size + settings.prefetch_ahead
        self._consumer = Consumer(broker, RAW, prefetch=prefetch, name=f"{settings.instance}-raw")
        self._settlement = Settlement(
            self._consumer,
            RawBatch.unpack,
            Policy(Scope.RUN, broker.delivery_limit),
            service=f"processor {settings.instance}",
            stopping=self._stopping,
        )
        self._publisher = Publisher(broker, f"{settings.instance}-processed")
        self._events = EventReporter(self._publisher, "processor", settings.instance)
        self._flow = FlowReporter(self._events, "batch-processed")
        self._runs = RunLog()
        names = [settings.worker_name(number) for number in range(1, settings.pool_size + 1)]
        self._slots = [Slot(name, settings.data_root) for name in names]
        self._workers = [
            WorkerLoop(f"slot-{number}", partial(self._work, slot), stopping=self._stopping)
            for number, slot in enumerate(self._slots, 1)
        ]

    def start(self) -> None:
        """Begin to take batches."""
        self._consumer.start()
        for worker in self._workers:
            worker.start()

    def checks(self) -> dict[str, bool]:
        """Ready while the broker delivers and takes, every child runs, and no thread is down."""
        broker = self._consumer.connected and not self._publisher.blocked
        pool = all(slot.alive() for slot in self._slots) and all(worker.healthy for worker in self._workers)
        return {"broker": broker, "pool": pool}

    def drain(self, grace_seconds: float) -> None:
        """Finish the batches in hand, give the others back, end the children."""
        self._stopping.set()
        deadline = monotonic() + grace_seconds
        for worker in self._workers:
            worker.join(max(deadline - monotonic(), 0.1))
        self._consumer.close()
        for slot in self._slots:
            slot.close()
        self._runs.close()
        self._settlement.close()
        self._publisher.close()

    def life_sign(self) -> None:
        """Announce memory and progress."""
        self._flow.flush()
        self._runs.flush()
        self._events.send_life_sign()

    def _work(self, slot: Slot) -> None:
        exit_code = slot.restore()
        if exit_code is not None:
            metrics.CHILD_RESTARTS.inc()
            log.warning("a pool child ended without work and was replaced", exit_code=exit_code)
            self._stopping.wait(_RESTORED_SECONDS)
        self._settlement.work_on_next(partial(self._process, slot))

    def _process(self, slot: Slot, work: Work[RawBatch]) -> None:
        message = work.message
        with metrics.IN_HAND.labels("process").track_inprogress(), self._runs.batch(message.run_id) as count:
            started = monotonic()
            summary, body = _decoded(slot, work.body)
            metrics.STAGE_SECONDS.labels("process").observe(monotonic() - started)
            fault_point("processor.before-publish")
            self._publisher.publish(PROCESSED, body, stopping=self._stopping.is_set)
            fault_point("processor.before-ack")
            count(message.records)
            self._count(message, summary)
            log.debug("batch processed", records=message.records, seconds=round(monotonic() - started, 3))

    def _count(self, message: RawBatch, summary: dict[str, Any]) -> None:
        size = message.end - message.offset
        metrics.BATCHES.labels("process").inc()
        metrics.RECORDS.labels("process").inc(message.records)
        metrics.BYTES.labels("process").inc(size)
        for code, rejects in summary["rejects"].items():
            metrics.REJECTS.labels(code).inc(rejects)
        self._flow.add(message.run_id, message.records, size, sum(summary["rejects"].values()))


def _decoded(slot: Slot, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The child's summary and processed body; raises the error that the child met, or ChildDied."""
    try:
        summary, processed = slot.work(body)
    except ChildDied:
        metrics.CHILD_RESTARTS.inc()
        raise
    if "traceback" in summary:
        log.error("unexpected error in a pool child", traceback=summary["traceback"])
    if "error" in summary:
        raise _CLASSES[summary["class"]](summary["error"], summary["message"], remedy=summary["remedy"])
    return summary, processed
