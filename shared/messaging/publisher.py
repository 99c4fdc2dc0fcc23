"""A publisher that returns when the broker has taken the message, and waits while its queue is full."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import NackError, UnroutableError

from shared.errors import PermanentError, TransientError
from shared.messaging.connection import BROKER_ERRORS, connect, open_channel
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import queues
from shared.observability.logs import get_logger

_KEEPALIVE_SECONDS = 2.0
_FULL_QUEUE_PAUSE = 0.02
_RECONNECTS = 5

log = get_logger()


class Cancelled(Exception):
    """The service is stopping: the wait for room in a queue was given up and nothing was published."""


class Publisher:
    """Publishes with confirms and ``mandatory``, from any thread, over one connection of its own.

    pika's connection is not thread-safe: one lock guards it, and a keep-alive thread serves its heartbeats while
    nobody publishes.
    """

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._bounds = {queue.name: queue.bound for queue in queues(settings)}
        self._lock = threading.Lock()
        self._connection: BlockingConnection | None = None
        self._channel: BlockingChannel | None = None
        self._closed = threading.Event()
        self._keepalive = threading.Thread(target=self._serve_heartbeats, name=f"{name}-keepalive", daemon=True)
        self._keepalive.start()

    def publish(self, queue: str, body: bytes, *, stopping: Callable[[], bool] = lambda: False) -> float:
        """Put ``body`` into ``queue``; returns the seconds spent waiting because the queue was full.

        Raises Cancelled when ``stopping()`` becomes true while waiting, TransientError (LRM002) when the broker stays
        away, PermanentError (LRM003) when no such queue exists.
        """
        waited = 0.0
        while True:
            try:
                self._send("", queue, body, mandatory=True)
                return waited
            except NackError:
                waited += self._await_room(queue, stopping)
            except UnroutableError as error:
                raise PermanentError("LRM003", f"the broker has no queue {queue}") from error

    def announce(self, exchange: str, routing_key: str, body: bytes) -> None:
        """Publish an event nobody has to receive; a broken connection loses it, which the log tells."""
        try:
            self._send(exchange, routing_key, body, mandatory=False)
        except (NackError, TransientError) as error:
            log.warning("event lost", routing_key=routing_key, error=str(error))

    def close(self) -> None:
        """Close the connection; what was confirmed stays confirmed."""
        self._closed.set()
        with self._lock:
            self._drop()

    def _await_room(self, queue: str, stopping: Callable[[], bool]) -> float:
        """Wait until the queue is no longer full; the seconds it took.

        The queue is asked for its length meanwhile: a megabyte sent and refused costs the broker as much as one taken.
        """
        started = time.monotonic()
        full = True
        while full:
            if stopping():
                raise Cancelled from None
            time.sleep(_FULL_QUEUE_PAUSE)
            full = self._length(queue) >= self._bounds.get(queue, 1)
        return time.monotonic() - started

    def _length(self, queue: str) -> int:
        """Messages ready in the queue; 0 when it cannot be asked, which the next publish will find out."""
        with self._lock:
            try:
                return int(self._open().queue_declare(queue, passive=True).method.message_count)
            except BROKER_ERRORS as error:
                log.warning("queue could not be asked", queue=queue, error=repr(error))
                self._drop()
                return 0

    def _send(self, exchange: str, routing_key: str, body: bytes, *, mandatory: bool) -> None:
        properties = pika.BasicProperties(delivery_mode=2 if mandatory else 1, content_type="application/x-lrecl")
        last: Exception | None = None
        with self._lock:
            for attempt in range(1, _RECONNECTS + 1):
                try:
                    self._open().basic_publish(exchange, routing_key, body, properties, mandatory=mandatory)
                    return
                except (NackError, UnroutableError):
                    raise
                except BROKER_ERRORS as error:
                    # Whether the broker took it is unknown: it is sent again, and the ledger makes twice once.
                    log.warning("publish interrupted", queue=routing_key, attempt=attempt, error=repr(error))
                    self._drop()
                    last = error
        message = f"the broker broke the connection {_RECONNECTS} times while publishing: {last!r}"
        raise TransientError("LRM002", message) from last

    def _open(self) -> BlockingChannel:
        if self._channel is None or not self._channel.is_open:
            self._drop()
            self._connection = connect(self._settings, self._name)
            self._channel = open_channel(self._connection, self._settings)
            self._channel.confirm_delivery()
        return self._channel

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(*BROKER_ERRORS):  # it may be broken already, which is why it is dropped
                self._connection.close()
        self._connection = self._channel = None

    def _serve_heartbeats(self) -> None:
        while not self._closed.wait(_KEEPALIVE_SECONDS):
            with self._lock:
                if self._connection is None:
                    continue
                try:
                    self._connection.process_data_events(time_limit=0)
                except BROKER_ERRORS as error:
                    log.warning("publisher lost its connection", connection=self._name, error=repr(error))
                    self._drop()
