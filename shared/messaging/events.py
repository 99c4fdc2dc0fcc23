"""Events: progress and life signs on the topic exchange. The ledger is the truth; events only show it sooner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from pydantic import ValidationError

from shared.errors import TransientError
from shared.messaging.connection import BROKER_ERRORS, close_within, connect, open_channel
from shared.messaging.messages import Event
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import EVENTS
from shared.observability.logs import get_logger
from shared.observability.memory import own_processes
from shared.runtime.workers import WorkerLoop

_POLL_SECONDS = 0.2
_QUEUE_BOUND = 10_000
_FLOW_SECONDS = 0.5

log = get_logger()


class EventReporter:
    """Sends one service instance's events."""

    def __init__(self, publisher: Publisher, service: str, instance: str) -> None:
        self._publisher = publisher
        self._service = service
        self._instance = instance

    def send(self, kind: str, run_id: str = "", **figures: object) -> None:
        """Announce an event of ``kind``; its loss does no harm."""
        event = Event.model_validate(
            {
                "kind": kind,
                "service": self._service,
                "instance": self._instance,
                "run_id": run_id,
                "figures": figures,
            }
        )
        self._publisher.announce(EVENTS, f"{self._service}.{kind}", event.model_dump_json().encode())

    def send_life_sign(self) -> None:
        """Announce this service's processes and their memory."""
        usages = own_processes()
        self.send("heartbeat", processes={usage.name: [usage.pid, usage.rss_kb, usage.peak_kb] for usage in usages})


class FlowReporter:
    """Adds up what passed a stage and announces it at intervals, so that small batches do not cause many events."""

    def __init__(self, events: EventReporter, kind: str) -> None:
        self._events = events
        self._kind = kind
        self._lock = threading.Lock()
        self._gathered: dict[str, list[int]] = {}
        self._next = 0.0

    def add(self, run_id: str, records: int, size: int, rejects: int = 0) -> None:
        """Count a batch of ``records`` records and ``size`` bytes; announces at most twice a second."""
        with self._lock:
            counts = self._gathered.setdefault(run_id, [0, 0, 0])
            for place, figure in enumerate((records, size, rejects)):
                counts[place] += figure
            due = monotonic() >= self._next
        if due:
            self.flush()

    def flush(self) -> None:
        """Announce what was added up since the last time."""
        with self._lock:
            gathered, self._gathered = self._gathered, {}
            self._next = monotonic() + _FLOW_SECONDS
        for run_id, (records, size, rejects) in gathered.items():
            self._events.send(self._kind, run_id, records=records, bytes=size, rejects=rejects)


class EventListener:
    """Receives every event that ``routing_key`` lets through, in a thread of its own, and hands it to ``receive``."""

    def __init__(
        self, settings: BrokerSettings, name: str, receive: Callable[[Event], None], routing_key: str = "#"
    ) -> None:
        self._settings = settings
        self._name = name
        self._receive = receive
        self._routing_key = routing_key
        self._loop = WorkerLoop(name, self._listen)
        self._stopping = self._loop.stopping

    @property
    def healthy(self) -> bool:
        """Whether its thread works; also while the broker is away."""
        return self._loop.healthy

    def start(self) -> None:
        """Begin to listen."""
        self._loop.start()

    def close(self) -> None:
        """Stop listening."""
        self._loop.join(5)

    def _listen(self) -> None:
        """Receive until the connection breaks or the listener is closed."""
        try:
            self._receive_events()
        except (TransientError, *BROKER_ERRORS) as error:
            log.warning("event listener lost its connection", connection=self._name, error=repr(error))
            self._stopping.wait(_POLL_SECONDS)

    def _receive_events(self) -> None:
        connection = connect(self._settings, self._name, give_up=self._stopping.is_set)
        try:
            channel = open_channel(connection, self._settings)
            arguments = {"x-max-length": _QUEUE_BOUND, "x-overflow": "drop-head"}
            queue = channel.queue_declare("", exclusive=True, auto_delete=True, arguments=arguments).method.queue
            channel.queue_bind(queue, EVENTS, routing_key=self._routing_key)
            channel.basic_consume(queue, lambda *delivery: self._handle(delivery[3]), auto_ack=True)
            while not self._stopping.is_set():
                connection.process_data_events(time_limit=_POLL_SECONDS)
        finally:
            close_within(connection)

    def _handle(self, body: bytes) -> None:
        try:
            event = Event.model_validate_json(body)
        except ValidationError as error:
            log.warning("an event that cannot be read was dropped", error=str(error))
            return
        try:
            self._receive(event)
        except Exception:  # its sender may be of another version, or anybody; the next event is not worse for it
            log.exception("an event that cannot be used was dropped")
