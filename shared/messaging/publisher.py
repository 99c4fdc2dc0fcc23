"""A publisher that returns when the broker has confirmed the message, and waits while the queue is full."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from math import inf
from typing import Any
from uuid import uuid4

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.exceptions import NackError, UnroutableError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from shared.errors import PermanentError, TransientError
from shared.messaging.connection import (
    BROKER_ERRORS,
    CONNECT_SECONDS,
    close_within,
    connect,
    count_retry,
    on_alarm,
    open_channel,
)
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import WORK, declare, queues
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.runtime.workers import WorkerLoop

_KEEPALIVE_SECONDS = 2.0
_FULL_QUEUE_PAUSE = 0.02
_TAKES_AGAIN = 0.8
"""Share of its bound down to which a quorum queue must shrink before it takes a message after it has refused one
(RabbitMQ, rabbit_fifo: LOW_LIMIT)."""
_RECONNECTS = 5
_RECONNECT_PAUSE = wait_random_exponential(multiplier=0.05, max=1)
_CLOSE_SECONDS = 2.0
_EVENT_SECONDS = 1.0
_EVENT_RECONNECT_SECONDS = 5.0
"""Events are sent by the thread that must hear a service's stop: it tries no more often to reach a broker."""
_CONTENT = "application/x-lrecl"
_PASSING = pika.BasicProperties(delivery_mode=1, content_type=_CONTENT)

Headers = Mapping[str, Any] | None
GiveUp = Callable[[], bool]
"""Whether a wait must end because the service stops, or because nobody wants its outcome any more."""

log = get_logger()


class Cancelled(Exception):
    """The caller gave up its wait for a full queue or a broker that is away.

    Nothing was published, unless the connection broke over an earlier try of which the outcome is unknown.
    """


class _Interrupted(TransientError):
    """The connection broke while publishing: whether the broker has the message is unknown, so it is sent again."""


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
        self._keepalive: WorkerLoop | None = None
        self._alarm = ""
        self._events_from = 0.0

    @property
    def blocked(self) -> str:
        """Why the broker accepts no messages now (its memory or disk alarm); empty while it accepts them."""
        return self._alarm

    def publish(
        self,
        queue: str,
        body: bytes,
        *,
        headers: Headers = None,
        stopping: GiveUp = lambda: False,
    ) -> None:
        """Put ``body`` into ``queue``; while the queue is full, wait, and count that in the metric of such waits.

        Raises Cancelled when ``stopping()`` becomes true while waiting, TransientError (LRM001, LRM002) when the broker
        stays away, PermanentError (LRM003) when no such queue exists.
        """

        def give_up() -> bool:
            return stopping() or self._closed.is_set()

        try:
            self._publish(queue, body, headers, give_up)
        except UnroutableError as error:
            self._declare_again()
            raise PermanentError("LRM003", f"the broker has no queue {queue}") from error
        except TransientError as error:
            if give_up():
                raise Cancelled from error
            raise

    def announce(self, exchange: str, routing_key: str, body: bytes) -> None:
        """Publish an event that nobody has to receive: whatever prevents that loses it and is logged.

        It waits neither for the end of an alarm nor for a broker that is away: life signs are sent by the thread that
        must hear a service's stop.
        """
        if self._alarm or time.monotonic() < self._events_from or not self._lock.acquire(timeout=_EVENT_SECONDS):
            log.debug("event lost, the publisher is held up", routing_key=routing_key, alarm=self._alarm)
            return
        try:
            self._open_for_events().basic_publish(exchange, routing_key, body, _PASSING)
        except (TransientError, *BROKER_ERRORS) as error:
            log.warning("event lost", routing_key=routing_key, error=str(error))
            self._events_from = time.monotonic() + _EVENT_RECONNECT_SECONDS
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection; what was confirmed stays confirmed.

        Calls of ``publish`` that wait give up, but for one that an alarm of the broker stops: its connection ends with
        the process.
        """
        self._closed.set()
        if self._keepalive is not None:
            self._keepalive.stop()
        if not self._lock.acquire(timeout=_CLOSE_SECONDS):
            log.warning("publisher left in the middle of a publish", connection=self._name, alarm=self._alarm)
            return
        try:
            self._drop()
        finally:
            self._lock.release()
        if self._keepalive is not None:
            self._keepalive.join(_CLOSE_SECONDS)

    def _publish(self, queue: str, body: bytes, headers: Headers, give_up: GiveUp) -> None:
        while True:
            try:
                self._send(queue, body, headers, give_up)
            except NackError:
                with metrics.QUEUE_WAIT.waiting(queue):
                    self._await_room(queue, give_up)
            else:
                return

    def _await_room(self, queue: str, give_up: GiveUp) -> None:
        """Wait until the queue accepts messages again.

        Meanwhile only the queue's length is asked for: a megabyte that is refused costs the broker as much as one that
        is accepted.
        """
        bound = self._bounds.get(queue)
        room = inf if bound is None else int(bound * _TAKES_AGAIN)
        full = True
        while full:
            if give_up():
                raise Cancelled from None
            time.sleep(_FULL_QUEUE_PAUSE)
            full = self._length(queue, give_up) > room

    def _length(self, queue: str, give_up: GiveUp) -> int:
        """Messages ready in the queue; 0 when that cannot be asked: the next publish finds out why."""
        with self._lock:
            try:
                return int(self._open(give_up).queue_declare(queue, passive=True).method.message_count)
            except BROKER_ERRORS as error:
                log.warning("queue could not be asked", queue=queue, error=repr(error))
                self._drop()
                return 0

    def _send(self, queue: str, body: bytes, headers: Headers, give_up: GiveUp) -> None:
        """Publish, over a new connection if the old one breaks; NackError when the queue is full."""
        retrying = Retrying(
            retry=retry_if_exception_type(_Interrupted),
            wait=_RECONNECT_PAUSE,
            stop=stop_after_attempt(_RECONNECTS),
            before_sleep=count_retry,
            reraise=True,
        )
        retrying(self._send_once, queue, body, headers, give_up)

    def _send_once(self, queue: str, body: bytes, headers: Headers, give_up: GiveUp) -> None:
        properties = pika.BasicProperties(
            delivery_mode=2,
            content_type=_CONTENT,
            headers=None if headers is None else dict(headers),
            message_id=uuid4().hex,  # its own for each try: after a broken connection both may be in the queue
        )
        with self._lock:
            try:
                self._open(give_up).basic_publish(WORK, queue, body, properties, mandatory=True)
            except (NackError, UnroutableError):
                raise
            except BROKER_ERRORS as error:
                log.warning("publish interrupted", queue=queue, error=repr(error))
                self._drop()
                message = f"the broker broke the connection again and again while publishing: {error!r}"
                raise _Interrupted("LRM002", message) from error

    def _declare_again(self) -> None:
        """Make what somebody has deleted, where this service makes queues: the next try may then succeed."""
        with self._lock:
            try:
                if self._channel is not None:
                    declare(self._channel, self._settings)
            except BROKER_ERRORS as error:
                log.warning("queues could not be declared again", connection=self._name, error=repr(error))
                self._drop()

    def _open(self, give_up: GiveUp, patience: float = CONNECT_SECONDS) -> BlockingChannel:
        if self._channel is None or not self._channel.is_open:
            self._drop()
            self._connection = connect(self._settings, self._name, patience=patience, give_up=give_up)
            on_alarm(self._connection, self._note_alarm, lambda: self._note_alarm(""))
            self._keep_alive()
            self._channel = open_channel(self._connection, self._settings)
            self._channel.confirm_delivery()
        return self._channel

    def _open_for_events(self) -> BlockingChannel:
        """A channel without confirms: nobody waits for the broker's answer to an event."""
        self._open(self._closed.is_set, patience=0.0)
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
        """Called by pika, on the thread that waits for an operation's end."""
        self._alarm = reason
        metrics.BROKER_ALARM.labels(self._name).set(1 if reason else 0)
        if reason:
            log.warning("the broker accepts no messages because of an alarm", connection=self._name, reason=reason)
        else:
            log.info("the broker accepts messages again", connection=self._name)

    def _keep_alive(self) -> None:
        if self._keepalive is None:
            name = f"{self._name}-keepalive"
            self._keepalive = WorkerLoop(name, self._serve_heartbeats, every=_KEEPALIVE_SECONDS, stopping=self._closed)
            self._keepalive.start()

    def _serve_heartbeats(self) -> None:
        with self._lock:
            if self._connection is None:
                return
            if not self._connection.is_open:  # found out by an event; pika would fail over what it has closed
                self._drop()
                return
            try:
                self._connection.process_data_events(time_limit=0)
            except BROKER_ERRORS as error:
                log.warning("publisher lost its connection", connection=self._name, error=repr(error))
                self._drop()
