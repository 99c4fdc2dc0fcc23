"""A consumer whose connection lives in its own thread, so that long work never starves heartbeats.

Deliveries wait in a local queue of at most ``prefetch``; worker threads take them and settle them when the effect is
done. Only ``add_callback_threadsafe`` crosses from a worker into the connection's thread.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

from shared.errors import LreclError, TransientError
from shared.messaging.connection import BROKER_ERRORS, connect, open_channel
from shared.messaging.dead_letters import headers_after_failure
from shared.messaging.messages import RunFault
from shared.messaging.publisher import Publisher
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import REPORTS, dead_queue
from shared.observability.logs import get_logger

_POLL_SECONDS = 0.2

log = get_logger()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message in hand; settle it exactly once. After a reconnect the broker has given it to somebody already."""

    body: bytes
    redelivered: bool
    attempts: int
    headers: Mapping[str, Any]
    _consumer: Consumer
    _channel: BlockingChannel
    _connection: BlockingConnection
    _tag: int

    def ack(self) -> None:
        """The effect is done: forget the message."""
        self._settle(lambda: self._channel.basic_ack(self._tag))

    def requeue(self) -> None:
        """Give it back for another try; counts towards the delivery limit."""
        self._settle(lambda: self._channel.basic_reject(self._tag, requeue=True))

    def dead_letter(self, error: LreclError, fault: RunFault | None = None) -> None:
        """Nobody can work on it: ``fault`` to the orchestrator, the message to the dead-letter queue with its reason.

        It is acknowledged when the broker has confirmed the letter. A crash between the two makes a second letter of
        the same message, which does no harm: the ledger takes a batch once. Without a broker it is given back.
        """
        try:
            self._consumer.put_aside(self, error, fault)
        except TransientError as failure:
            log.warning("no dead letter could be made, the message comes again", error=str(failure))
            self.requeue()
        else:
            self.ack()

    def _settle(self, action: Callable[[], None]) -> None:
        def guarded() -> None:
            if self._channel.is_open:
                action()

        try:
            self._connection.add_callback_threadsafe(guarded)
        except BROKER_ERRORS as error:
            log.warning("settled too late, the broker delivers it again", error=repr(error))


class Consumer:
    """Consumes one queue with a prefetch limit; ``take`` hands deliveries to workers."""

    def __init__(self, settings: BrokerSettings, queue_name: str, *, prefetch: int, name: str) -> None:
        self._settings = settings
        self._queue_name = queue_name
        self._prefetch = prefetch
        self._name = name
        # A connection apart: the broker's alarms stop connections that publish, and acknowledgements must go on.
        self._dead_letters = Publisher(settings, f"{name}-dead-letters")
        self._inbox: queue.Queue[Delivery] = queue.Queue()
        self._stopping = threading.Event()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name}-connection", daemon=True)

    def start(self) -> None:
        """Begin to consume."""
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether the broker delivers to this consumer now."""
        return self._connected.is_set()

    def take(self, timeout: float = _POLL_SECONDS) -> Delivery | None:
        """The next delivery, or None when none came within ``timeout`` seconds."""
        if self._stopping.is_set():
            return None
        try:
            return self._inbox.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self, timeout: float = 10.0) -> None:
        """Stop consuming; unsettled deliveries go back to the queue. Settle what is in hand before."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        self._dead_letters.close()

    def put_aside(self, delivery: Delivery, error: LreclError, fault: RunFault | None) -> None:
        """Report the fault and put a copy of the message into the dead-letter queue; LRM002 when the broker is away."""
        if fault is not None:
            self._dead_letters.publish(REPORTS, fault.pack())
        headers = headers_after_failure(delivery.headers, delivery.body, error, self._name)
        self._dead_letters.publish(dead_queue(self._queue_name), delivery.body, headers=headers)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._consume()
            except TransientError as error:
                log.warning("consumer waits for the broker", connection=self._name, error=str(error))
            except BROKER_ERRORS as error:
                log.warning("consumer lost its connection", connection=self._name, error=repr(error))
            self._connected.clear()
            self._forget_inbox()
            self._stopping.wait(_POLL_SECONDS)  # a broker that refuses at once is not asked a hundred times a second

    def _consume(self) -> None:
        connection = connect(self._settings, self._name)
        try:
            channel = open_channel(connection, self._settings)
            channel.basic_qos(prefetch_count=self._prefetch)
            channel.basic_consume(self._queue_name, self._receiver(connection))
            self._connected.set()
            # The broker takes the consumer away when somebody deletes the queue: then begin anew, and declare it.
            while channel.consumer_tags and not self._stopping.is_set():
                connection.process_data_events(time_limit=_POLL_SECONDS)
            if not channel.consumer_tags:
                log.warning("consumer lost its queue", connection=self._name, queue=self._queue_name)
            connection.process_data_events(time_limit=0)  # acknowledgements given just before the stop
        finally:
            if connection.is_open:
                connection.close()

    def _receiver(self, connection: BlockingConnection) -> Callable[[BlockingChannel, Any, Any, bytes], None]:
        def receive(channel: BlockingChannel, method: Any, properties: Any, body: bytes) -> None:
            headers = properties.headers or {}
            attempts = int(headers.get("x-delivery-count", 0))
            settling = (self, channel, connection, method.delivery_tag)
            self._inbox.put(Delivery(body, method.redelivered, attempts, headers, *settling))

        return receive

    def _forget_inbox(self) -> None:
        """Drop what a dead connection delivered: the broker delivers it again."""
        while not self._inbox.empty():
            self._inbox.get_nowait()
