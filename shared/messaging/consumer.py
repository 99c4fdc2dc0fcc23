"""A consumer whose connection lives in its own thread, so that long work never starves heartbeats.

Deliveries wait in a local queue of at most ``prefetch``; worker threads take them and settle them when the effect is
done. Only ``add_callback_threadsafe`` crosses from a worker into the connection's thread.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

from shared.errors import TransientError
from shared.messaging.connection import BROKER_ERRORS, close_within, connect, open_channel
from shared.messaging.dead_letters import failed_deliveries
from shared.messaging.settings import BrokerSettings
from shared.observability.logs import get_logger
from shared.runtime.workers import WorkerLoop

_POLL_SECONDS = 0.2

log = get_logger()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message in hand; settle it exactly once. After a reconnect the broker has delivered it again already.

    ``attempts`` counts earlier deliveries that failed.
    """

    body: bytes
    redelivered: bool
    attempts: int
    headers: Mapping[str, Any]
    _channel: BlockingChannel
    _connection: BlockingConnection
    _tag: int

    def ack(self) -> None:
        """The effect is done: forget the message."""
        self._in_connection_thread(lambda: self._channel.basic_ack(self._tag))

    def requeue(self) -> None:
        """Give the message back for another try, which counts towards the delivery limit."""
        self._in_connection_thread(lambda: self._channel.basic_reject(self._tag, requeue=True))

    def _in_connection_thread(self, action: Callable[[], None]) -> None:
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
        self.settings = settings
        self.queue = queue_name
        self.name = name
        self._prefetch = prefetch
        self._inbox: queue.Queue[Delivery] = queue.Queue()
        self._connected = False
        self._loop = WorkerLoop(f"{name}-connection", self._consume)
        self._stopping = self._loop.stopping

    def start(self) -> None:
        """Begin to consume."""
        self._loop.start()

    @property
    def connected(self) -> bool:
        """Whether the broker delivers to this consumer now."""
        return self._connected

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
        self._loop.join(timeout)

    def _consume(self) -> None:
        """Receive until the connection breaks or the consumer is closed."""
        try:
            self._receive_messages()
        except TransientError as error:
            log.warning("consumer waits for the broker", connection=self.name, error=str(error))
        except BROKER_ERRORS as error:
            log.warning("consumer lost its connection", connection=self.name, error=repr(error))
        finally:
            self._connected = False
            self._forget_inbox()
        self._stopping.wait(_POLL_SECONDS)  # a broker that refuses at once is not asked a hundred times a second

    def _receive_messages(self) -> None:
        connection = connect(self.settings, self.name, give_up=self._stopping.is_set)
        try:
            channel = open_channel(connection, self.settings)
            channel.basic_qos(prefetch_count=self._prefetch)
            channel.basic_consume(self.queue, self._receiver(connection))
            self._connected = True
            # The broker cancels the consumer when somebody deletes the queue. Then begin anew, which declares it.
            while channel.consumer_tags and not self._stopping.is_set():
                connection.process_data_events(time_limit=_POLL_SECONDS)
            if not channel.consumer_tags:
                log.warning("consumer lost its queue", connection=self.name, queue=self.queue)
            connection.process_data_events(time_limit=0)  # acknowledgements given just before the stop
        finally:
            close_within(connection)

    def _receiver(self, connection: BlockingConnection) -> Callable[[BlockingChannel, Any, Any, bytes], None]:
        def receive(channel: BlockingChannel, method: Any, properties: Any, body: bytes) -> None:
            headers = properties.headers or {}
            settling = (channel, connection, method.delivery_tag)
            self._inbox.put(Delivery(body, method.redelivered, failed_deliveries(headers), headers, *settling))

        return receive

    def _forget_inbox(self) -> None:
        """Drop what a dead connection delivered: the broker delivers it again."""
        while not self._inbox.empty():
            self._inbox.get_nowait()
