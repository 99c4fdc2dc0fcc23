"""The orchestrator: migrations, the election, runs, dead letters, telemetry; everything behind the API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from services.orchestrator.deadletters.operations import DeadLetters
from services.orchestrator.engine.environment import Environment
from services.orchestrator.leadership.election import Election
from services.orchestrator.leadership.lease import Lease
from services.orchestrator.leadership.term import Term
from services.orchestrator.operations.operations import RunOperations
from services.orchestrator.registration.register import Registrar, RunRequest
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.store.leases import Fence, LeaseLost
from services.orchestrator.store.stores import Stores, stores
from services.orchestrator.views.telemetry import Telemetry
from shared.database import errors as database_errors
from shared.database.errors import DatabaseError
from shared.database.migrate import migrate
from shared.database.pool import SessionPool
from shared.database.settings import DatabaseSettings
from shared.errors import UNFORESEEN
from shared.messaging import connection
from shared.messaging.events import EventListener, EventReporter
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import REPORTS, WORK_QUEUES
from shared.observability import metrics
from shared.observability.leader_metrics import LeaderFigures, LeaderMetrics
from shared.observability.logs import get_logger
from shared.runtime.workers import WorkerLoop

_DATABASE_PAUSE = 1.0

log = get_logger()


class Orchestrator:
    """Everything behind the API."""

    def __init__(self, settings: OrchestratorSettings, database: DatabaseSettings, broker: BrokerSettings) -> None:
        metrics.begin_at_zero(
            publishes=WORK_QUEUES,
            dead_letters=(REPORTS,),
            retries=(*connection.RETRIED_CODES, *database_errors.RETRIED_CODES, UNFORESEEN),
        )
        self.token = settings.token()
        self._pool = SessionPool(database)
        self._publisher = Publisher(broker, f"{settings.instance}-commands")
        self.telemetry = Telemetry()
        self._events = EventReporter(self._publisher, "orchestrator", settings.instance)
        self._listener = EventListener(broker, f"{settings.instance}-events", self.telemetry.receive)
        self.dead_letters = DeadLetters(broker, self._pool, settings.instance)
        self._settings = settings
        self._broker = broker
        lease = Lease(self._pool, settings.instance, settings.lease_seconds)
        self.election = Election(lease, self._make_term, settings.lease_seconds)
        self._registrar = Registrar(self._pool, settings.jobs_root, settings.data_root)
        self._metrics = LeaderMetrics(self._leader_figures)
        self._migrated = threading.Event()
        self._starter = WorkerLoop("begin", self._begin)

    def start(self) -> None:
        """Migrate the database, then seek the lease; the holder goes on with unfinished runs."""
        self._metrics.register()
        self._listener.start()
        self._starter.start()

    def checks(self) -> dict[str, bool]:
        """Ready when the tables are in place, the database answers, the broker delivers and takes, no thread is down.

        The standby is ready, too, and needs no broker: it answers questions until its turn comes.
        """
        term = self.election.term
        return {
            "migrated": self._migrated.is_set(),
            "broker": (term is None or term.connected) and not self._publisher.blocked,
            "database": self._database_answers(),
            "lease": self.election.settled,
            "workers": self._listener.healthy and self._leads_or_begins() and (term is None or term.healthy),
        }

    def start_run(self, request: RunRequest) -> str:
        """Register a run and start it; its id. LRQ045 where another orchestrator acts."""
        term = self.election.acting()
        run_id = self._registrar.register(request, term.fence)
        term.engine.wake()
        return run_id

    def operations(self) -> RunOperations:
        """Cancel, resume, retry and purge; LRQ045 where another orchestrator acts."""
        return self.election.acting().operations

    def wake(self) -> None:
        """Let the engine and the readers act on a changed run at once."""
        term = self.election.term
        if term is not None:
            term.engine.wake()
        self._announce_stopped()

    def life_sign(self) -> None:
        """Announce memory, and count the runs for the metrics."""
        self._events.send_life_sign()
        self._refresh_metrics()
        self._announce_stopped()

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The stores, for one transaction."""
        with stores(self._pool) as opened:
            yield opened

    def queue_depths(self) -> dict[str, tuple[int, int]]:
        """Depth and bound by work queue, as last measured; empty while this orchestrator is the standby."""
        term = self.election.term
        return {} if term is None else term.queue_depths.depths()

    def drain(self, grace_seconds: float) -> None:
        """Stop at the next safe point; everything goes on at the next start."""
        self._starter.stop()
        self._metrics.unregister()
        self.dead_letters.close()
        self.election.close(grace_seconds)
        self._listener.close()
        self._publisher.close()
        self._pool.close()

    def _begin(self) -> None:
        """Migrate and start the election, once: then the loop stops itself."""
        try:
            with self._pool.session() as session:
                applied = migrate(session, self._pool.settings.control_schema)
        except DatabaseError as error:
            metrics.count_retry(error)
            log.warning("database not ready, trying again", code=error.code, error=error.message)
            self._starter.stopping.wait(_DATABASE_PAUSE)
            return
        log.info("database is up to date", applied=applied)
        self.election.start()
        self._migrated.set()
        self._starter.stop()

    def _leads_or_begins(self) -> bool:
        """Whether the thread works that seeks the lease, or before that the one that migrates."""
        return self.election.healthy if self._migrated.is_set() else self._starter.healthy

    def _make_term(self, fence: Fence) -> Term:
        settings = self._settings
        environment = Environment(
            self._pool, self._publisher, self.telemetry, settings.poll_seconds, settings.data_root, fence
        )
        return Term(
            environment,
            self._broker,
            self.dead_letters,
            settings.jobs_root,
            settings.instance,
            settings.dead_letter_seconds,
        )

    def _announce_stopped(self) -> None:
        """Announced again and again, because readers that have just started have to hear it, too."""
        term = self.election.term
        if term is None:
            return
        try:
            self._events.send("runs-stopped", runs=term.stopped_runs())
        except (DatabaseError, LeaseLost) as error:
            log.warning("stopped runs could not be announced", code=error.code, error=error.message)

    def _refresh_metrics(self) -> None:
        term = self.election.term
        if term is None:
            return
        try:
            term.run_metrics.refresh()
        except DatabaseError as error:
            metrics.count_retry(error)
            log.warning("runs could not be counted", code=error.code, error=error.message)

    def _leader_figures(self) -> LeaderFigures | None:
        """None on the standby, and where the lease could not be renewed: another orchestrator may act by now."""
        term = self.election.term
        return term.figures() if term is not None and self.election.settled else None

    def _database_answers(self) -> bool:
        if not self._migrated.is_set():
            return False
        try:
            with self.stores() as at:
                at.runs.unfinished()
        except DatabaseError as error:
            log.warning("the database does not answer", code=error.code, error=error.message)
            return False
        return True
