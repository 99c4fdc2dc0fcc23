"""The orchestrator: migrations, runs, reports from the services, events."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from services.orchestrator.deadletters.desk import DeadLetterDesk
from services.orchestrator.deadletters.watch import DeadLetterWatch
from services.orchestrator.runs.context import Stores, stores
from services.orchestrator.runs.engine import Engine
from services.orchestrator.runs.register import Registrar, RunRequest
from services.orchestrator.runs.reports_inbox import ReportsInbox
from services.orchestrator.runs.states import State
from services.orchestrator.runs.telemetry import Telemetry
from services.orchestrator.settings import OrchestratorSettings
from shared.database.errors import DatabaseError
from shared.database.migrate import migrate
from shared.database.pool import SessionPool
from shared.database.settings import DatabaseSettings
from shared.errors import TransientError
from shared.messaging.events import EventListener, EventReporter
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.runtime.service import send_life_sign

log = get_logger()


class Orchestrator:
    """Everything behind the API."""

    def __init__(self, settings: OrchestratorSettings, database: DatabaseSettings, broker: BrokerSettings) -> None:
        self.token = settings.token()
        self._pool = SessionPool(database)
        self._publisher = Publisher(broker, f"{settings.instance}-commands")
        self.telemetry = Telemetry()
        self._events = EventReporter(self._publisher, "orchestrator", settings.instance)
        self._listener = EventListener(broker, f"{settings.instance}-events", self.telemetry.receive)
        self._inbox = ReportsInbox(broker, self._pool, settings.instance)
        self._engine = Engine(self._pool, self._publisher, self.telemetry, settings.poll_seconds, settings.data_root)
        self.dead_letters = DeadLetterDesk(broker, self._pool, settings.instance)
        seconds = settings.dead_letter_seconds
        self._watch = DeadLetterWatch(self.dead_letters, broker, self._pool, settings.instance, seconds)
        self._registrar = Registrar(self._pool, settings.jobs_root, settings.data_root)
        self._stopping = threading.Event()
        self._migrated = threading.Event()
        self._starter = threading.Thread(target=self._begin, name="begin", daemon=True)

    def start(self) -> None:
        """Migrate the database, then listen and go on with unfinished runs."""
        self._listener.start()
        self._inbox.start()
        self._starter.start()

    def checks(self) -> dict[str, bool]:
        """Ready when the tables are in place, the broker delivers and takes, and the database answers."""
        return {
            "migrated": self._migrated.is_set(),
            "broker": self._inbox.connected and not self._publisher.blocked,
            "database": self._database_answers(),
        }

    def start_run(self, request: RunRequest) -> str:
        """Register a run and set it going; its id."""
        run_id = self._registrar.register(request)
        self._engine.start(run_id)
        return run_id

    def life_sign(self) -> None:
        """Announce memory, and count the runs for the metrics."""
        send_life_sign(self._events)
        self._count_runs()

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """The stores, for one transaction."""
        with stores(self._pool) as opened:
            yield opened

    def drain(self, grace_seconds: float) -> None:
        """Stop at the next safe point; everything goes on at the next start."""
        self._stopping.set()
        self.dead_letters.close()
        self._watch.close()
        self._engine.close(grace_seconds)
        self._inbox.close()
        self._listener.close()
        self._publisher.close()
        self._pool.close()

    def _begin(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._pool.session() as session:
                    applied = migrate(session, self._pool.settings.control_schema)
                log.info("database is up to date", applied=applied)
                self._migrated.set()
                self._engine.resume_all()
                self._watch.start()
            except TransientError as error:
                log.warning("database not reachable, trying again", code=error.code, error=error.message)
                self._stopping.wait(1)
            else:
                return

    def _count_runs(self) -> None:
        if not self._migrated.is_set():
            return
        try:
            with self.stores() as at:
                counts = at.runs.count_by_state()
        except DatabaseError as error:
            log.warning("runs could not be counted", code=error.code, error=error.message)
            return
        for state in State:
            metrics.RUNS.labels(state.value).set(counts.get(state.value, 0))

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
