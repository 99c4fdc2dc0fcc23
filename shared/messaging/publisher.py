"""A publisher that returns when the broker has taken the message, and waits while its queue is full."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import NackError, UnroutableError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from shared.errors import PermanentError, TransientError
from shared.messaging.connection import BROKER_ERRORS, close_within, connect, on_alarm, open_channel
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import WORK, queues
from shared.observability import metrics
from shared.observability.logs import get_logger

_KEEPALIVE_SECONDS = 2.0
_FULL_QUEUE_PAUSE = 0.02
_TAKES_AGAIN = 0.8
"""Share of its bound down to which a quorum queue must shrink before it takes a message after it has refused one
(RabbitMQ, rabbit_fifo: LOW_LIMIT)."""
_RECONNECTS = 5
_CLOSE_SECONDS = 2.0
_EVENT_SECONDS = 1.0
_CONTENT = "application/x-lrecl"
_PASSING = pika.BasicProperties(delivery_mode=1, content_type=_CONTENT)

log = get_logger()


class Cancelled(Exception):
    """The service is stopping: the wait for room in a queue was given up and nothing was published."""


class _Interrupted(TransientError):
    """The connection broke while publishing: whether the broker took the message is unknown, so it is sent again."""


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
        self._events: BlockingChannel | None = None
        self._closed = threading.Event()
        self._keepalive: threading.Thread | None = None
        self._alarm = ""

    @property
    def blocked(self) -> str:
        """Why the broker takes nothing now (its memory or disk alarm); empty while it does."""
        return self._alarm

    def publish(
        self,
        queue: str,
        body: bytes,
        *,
        headers: Mapping[str, Any] | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> float:
        """Put ``body`` into ``queue``; returns the seconds spent waiting because the queue was full.

        Raises Cancelled when ``stopping()`` becomes true while waiting, TransientError (LRM002) when the broker stays
        away, PermanentError (LRM003) when no such queue exists.
        """
        properties = pika.BasicProperties(
            delivery_mode=2, content_type=_CONTENT, headers=None if headers is None else dict(headers)
        )
        waited = 0.0
        while True:
            try:
                self._send(queue, body, properties)
                return waited
            except NackError:
                waited += self._await_room(queue, stopping)
            except UnroutableError as error:
                raise PermanentError("LRM003", f"the broker has no queue {queue}") from error

    def announce(self, exchange: str, routing_key: str, body: bytes) -> None:
        """Publish an event nobody has to receive; what prevents that loses it, which the log tells.

        It never waits for the end of an alarm: life signs are sent by the thread that must hear a service's stop.
        """
        if self._alarm or not self._lock.acquire(timeout=_EVENT_SECONDS):
            log.debug("event lost, the publisher is held up", routing_key=routing_key, alarm=self._alarm)
            return
        try:
            self._open_for_events().basic_publish(exchange, routing_key, body, _PASSING)
        except (TransientError, *BROKER_ERRORS) as error:
            log.warning("event lost", routing_key=routing_key, error=str(error))
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection; what was confirmed stays confirmed.

        A publish that waits for the end of an alarm is not waited for: its connection ends with the process.
        """
        self._closed.set()
        if not self._lock.acquire(timeout=_CLOSE_SECONDS):
            log.warning("publisher left in the middle of a publish", connection=self._name, alarm=self._alarm)
            return
        try:
            self._drop()
        finally:
            self._lock.release()

    def _await_room(self, queue: str, stopping: Callable[[], bool]) -> float:
        """Wait until the queue takes messages again; the seconds it took.

        The queue is asked for its length meanwhile: a megabyte sent and refused costs the broker as much as one taken.
        """
        bound = self._bounds.get(queue)
        room = inf if bound is None else int(bound * _TAKES_AGAIN)
        started = time.monotonic()
        full = True
        while full:
            if stopping():
                raise Cancelled from None
            time.sleep(_FULL_QUEUE_PAUSE)
            full = self._length(queue) > room
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

    @retry(
        retry=retry_if_exception_type(_Interrupted),
        wait=wait_random_exponential(multiplier=0.05, max=1),
        stop=stop_after_attempt(_RECONNECTS),
        reraise=True,
    )
    def _send(self, queue: str, body: bytes, properties: pika.BasicProperties) -> None:
        with self._lock:
            try:
                self._open().basic_publish(WORK, queue, body, properties, mandatory=True)
            except (NackError, UnroutableError):
                raise
            except BROKER_ERRORS as error:
                log.warning("publish interrupted", queue=queue, error=repr(error))
                self._drop()
                message = f"the broker broke the connection again and again while publishing: {error!r}"
                raise _Interrupted("LRM002", message) from error

    def _open(self) -> BlockingChannel:
        if self._channel is None or not self._channel.is_open:
            self._drop()
            self._connection = connect(self._settings, self._name)
            on_alarm(self._connection, self._note_alarm, lambda: self._note_alarm(""))
            self._keep_alive()
            self._channel = open_channel(self._connection, self._settings)
            self._channel.confirm_delivery()
        return self._channel

    def _open_for_events(self) -> BlockingChannel:
        """A channel without confirms: nobody waits for the broker's answer to an event."""
        self._open()
        if self._connection is not None and (self._events is None or not self._events.is_open):
            self._events = self._connection.channel()
        return self._events

    def _drop(self) -> None:
        if self._connection is not None:
            close_within(self._connection)
            if self._alarm:
                self._note_alarm("")
        self._connection = self._channel = self._events = None

    def _note_alarm(self, reason: str) -> None:
        """Called by pika on the thread that waits in an operation."""
        self._alarm = reason
        metrics.BROKER_ALARM.labels(self._name).set(1 if reason else 0)
        if reason:
            log.warning("the broker takes no messages: an alarm", connection=self._name, reason=reason)
        else:
            log.info("the broker takes messages again", connection=self._name)

    def _keep_alive(self) -> None:
        if self._keepalive is None:
            name = f"{self._name}-keepalive"
            self._keepalive = threading.Thread(target=self._serve_heartbeats, name=name, daemon=True)
            self._keepalive.start()

    def _serve_heartbeats(self) -> None:
        while not self._closed.wait(_KEEPALIVE_SECONDS):
            with self._lock:
                if self._connection is None:
                    continue
                if not self._connection.is_open:  # an event found out; pika would trip over what it has put away
                    self._drop()
                    continue
                try:
                    self._connection.process_data_events(time_limit=0)
                except BROKER_ERRORS as error:
                    log.warning("publisher lost its connection", connection=self._name, error=repr(error))
                    self._drop()
