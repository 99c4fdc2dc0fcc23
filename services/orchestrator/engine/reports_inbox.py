"""The durable reports of the services: split progress and faults, acknowledged when the tables hold them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from services.orchestrator.store.leases import LeaseLost
from services.orchestrator.store.stores import Stores
from shared.messaging.consumer import Consumer
from shared.messaging.messages import RunFault, SplitReport
from shared.messaging.settings import BrokerSettings
from shared.messaging.settlement import Parts, Policy, Scope, Settlement, Work
from shared.messaging.topology import REPORTS
from shared.messaging.wire import unpack
from shared.observability.logs import get_logger
from shared.runtime.fault_points import fault_point
from shared.runtime.workers import WorkerLoop

_PATIENCE_SECONDS: Final = 20 * 60.0
"""How long a report waits in hand for a database that is away. Each time that it goes back counts as a failed delivery,
and after 30 minutes the broker takes it back."""

log = get_logger()


class ReportsInbox:
    """Writes reports into the tables, in a thread of its own."""

    def __init__(
        self, broker: BrokerSettings, stores: Callable[[], AbstractContextManager[Stores]], instance: str
    ) -> None:
        self._stores = stores
        self._worker = WorkerLoop("reports", self._work)
        self._consumer = Consumer(broker, REPORTS, prefetch=50, name=f"{instance}-reports")
        self._settlement = Settlement(
            self._consumer,
            _unpack_report,
            Policy(Scope.MESSAGE, broker.delivery_limit, stop_on=(LeaseLost,), patience_seconds=_PATIENCE_SECONDS),
            service=f"orchestrator {instance}",
            stopping=self._worker.stopping,
        )

    @property
    def connected(self) -> bool:
        """Whether the broker delivers."""
        return self._consumer.connected

    @property
    def healthy(self) -> bool:
        """Whether the thread works."""
        return self._worker.healthy

    def start(self) -> None:
        """Begin to take reports."""
        self._consumer.start()
        self._worker.start()

    def close(self) -> None:
        """Finish the report in hand; what else the consumer holds goes back."""
        self._worker.join(10)
        self._consumer.close()
        self._settlement.close()

    def _work(self) -> None:
        self._settlement.work_on_next(self._record)

    def _record(self, work: Work[RunFault | SplitReport]) -> None:
        report = work.message
        with self._stores() as at:
            if isinstance(report, RunFault):
                at.faults.record(report)
            else:
                at.splits.record(report)
        if isinstance(report, RunFault):
            log.warning("fault reported", code=report.code, service=report.service)
        fault_point("orchestrator.before-ack")


def _unpack_report(body: bytes) -> tuple[RunFault | SplitReport, Parts]:
    header, _ = unpack(body)
    return RunFault.unpack(body) if header.get("kind") == RunFault.kind else SplitReport.unpack(body)
