"""The durable reports of the services: split progress and faults, acknowledged when the tables hold them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from services.orchestrator.store.leases import LeaseLost
from services.orchestrator.store.stores import Stores
from shared.errors import PoisonError, TransientError
from shared.messaging.consumer import Consumer, Delivery
from shared.messaging.messages import RunFault, SplitReport
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import REPORTS
from shared.messaging.wire import unpack
from shared.observability.logs import get_logger
from shared.runtime.fault_points import fault_point

_PAUSE_SECONDS = 0.5

log = get_logger()


class ReportsInbox:
    """Writes reports into the tables, in a thread of its own."""

    def __init__(
        self, broker: BrokerSettings, stores: Callable[[], AbstractContextManager[Stores]], instance: str
    ) -> None:
        self._stores = stores
        self._consumer = Consumer(broker, REPORTS, prefetch=50, name=f"{instance}-reports")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="reports", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker delivers."""
        return self._consumer.connected

    def start(self) -> None:
        """Begin to take reports."""
        self._consumer.start()
        self._thread.start()

    def close(self) -> None:
        """Finish the report in hand."""
        self._stopping.set()
        self._thread.join(10)
        self._consumer.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            delivery = self._consumer.take()
            if delivery is not None:
                self._settle(delivery)

    def _settle(self, delivery: Delivery) -> None:
        try:
            self._record(delivery.body)
            fault_point("orchestrator.before-ack")
            delivery.ack()
        except PoisonError as error:
            log.error("report dead-lettered", code=error.code, error=error.message)
            delivery.dead_letter(error)
        except LeaseLost as error:  # it goes back with the others that this consumer holds, when the term is closed
            log.warning("report left to another orchestrator", code=error.code, error=error.message)
            self._stopping.set()
        except TransientError as error:
            log.warning("report goes back to the queue", code=error.code, error=error.message)
            self._stopping.wait(_PAUSE_SECONDS)
            delivery.requeue()

    def _record(self, body: bytes) -> None:
        header, _ = unpack(body)
        if header.get("kind") == RunFault.kind:
            fault, _ = RunFault.unpack(body)
            with self._stores() as at:
                at.faults.record(fault)
            log.warning("fault reported", run_id=fault.run_id, code=fault.code, service=fault.service)
            return
        report, _ = SplitReport.unpack(body)
        with self._stores() as at:
            at.splits.record(report)
