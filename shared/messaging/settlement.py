"""What becomes of a message: one policy for every service, by the class of the error with which its work ends.

    the work ends with             scope RUN             scope BATCH          scope MESSAGE
    no error                       acknowledge           acknowledge          acknowledge
    Cancelled                      give back             give back            give back
    TransientError, OSError, …     give back later       give back later      give back later
    SuspectError                   give back             give back            give back
    PermanentError                 fault of the run      dead-letter          dead-letter
    PoisonError, any other         dead-letter           dead-letter          dead-letter
    one of ``stop_on``             stop the worker       stop the worker      stop the worker

The delivery limit bounds what is given back: on its last delivery a message that met a transient or suspect error is
dead-lettered, with that error as the reason. While the service stops, transient errors count as Cancelled.

A fault of the run is fatal: the orchestrator ends the run as failed. A dead letter comes with a fault, too, which is
not fatal: the run waits for a replay. There is none where nobody can read which run the message belongs to. Whatever
cannot be settled, because the broker is away or a queue is missing, is given back and waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import Any, Final, Generic, TypeVar

from shared.errors import LreclError, PermanentError, SuspectError, TransientError, unforeseen
from shared.messaging.connection import BROKER_ERRORS
from shared.messaging.consumer import Consumer, Delivery
from shared.messaging.dead_letters import headers_after_failure
from shared.messaging.messages import Message, RunFault
from shared.messaging.publisher import Cancelled, Publisher
from shared.messaging.topology import REPORTS, dead_queue
from shared.observability import metrics
from shared.observability.logs import bound, get_logger
from shared.runtime.workers import pause_after

_FIRST_PAUSE: Final = 0.5
_TRANSIENT_ERRORS: Final = (TransientError, *BROKER_ERRORS)

AnyMessage = TypeVar("AnyMessage", bound=Message)
Parts = dict[str, memoryview]

log = get_logger()


class Scope(Enum):
    """What a permanent error concerns."""

    RUN = auto()
    """The whole run: its file cannot be read."""
    BATCH = auto()
    """This batch, which waits in the dead-letter queue; the run goes on without it."""
    MESSAGE = auto()
    """Nothing but the message: no fault is reported."""


class Action(Enum):
    """What is done with a message."""

    GIVE_BACK = auto()
    GIVE_BACK_LATER = auto()
    DEAD_LETTER = auto()
    REPORT_FAULT = auto()
    STOP = auto()


@dataclass(frozen=True, slots=True)
class Policy:
    """How a service differs from others.

    ``stop_on`` are errors after which this worker may not go on: the message stays unsettled and goes back when the
    consumer is closed. Work that meets a transient error is tried again in hand for ``patience_seconds``; only then
    does the message go back, which counts as a failed delivery.
    """

    scope: Scope
    delivery_limit: int
    stop_on: tuple[type[Exception], ...] = ()
    patience_seconds: float = 0.0

    def action(self, error: Exception, attempts: int, *, stopping: bool = False) -> Action:
        """What to do with a message whose work ended with ``error`` after ``attempts`` failed deliveries."""
        last = attempts + 1 >= self.delivery_limit
        if isinstance(error, self.stop_on):
            return Action.STOP
        if isinstance(error, Cancelled) or (stopping and isinstance(error, _TRANSIENT_ERRORS)):
            return Action.GIVE_BACK
        if isinstance(error, SuspectError) and not last:
            return Action.GIVE_BACK
        if isinstance(error, _TRANSIENT_ERRORS) and not last:
            return Action.GIVE_BACK_LATER
        if isinstance(error, PermanentError) and self.scope is Scope.RUN:
            return Action.REPORT_FAULT
        return Action.DEAD_LETTER


@dataclass(frozen=True, slots=True)
class Work(Generic[AnyMessage]):
    """A message for its handler: the header, its binary parts, and the whole body."""

    message: AnyMessage
    parts: Parts
    body: bytes
    redelivered: bool


class Settlement(Generic[AnyMessage]):
    """Hands the messages of a consumer to handlers and settles them; thread-safe.

    ``unpack`` reads a body, as ``Message.unpack`` does. ``service`` names the service in faults. ``stopping`` ends
    every wait, and an error of the policy's ``stop_on`` sets it.
    """

    def __init__(
        self,
        consumer: Consumer,
        unpack: Callable[[bytes], tuple[AnyMessage, Parts]],
        policy: Policy,
        *,
        service: str,
        stopping: threading.Event,
    ) -> None:
        self._consumer = consumer
        self._unpack = unpack
        self._policy = policy
        self._service = service
        self._stopping = stopping
        # A connection apart: the broker's alarms stop connections that publish, and acknowledgements must go on.
        self._publisher = Publisher(consumer.settings, f"{consumer.name}-dead-letters")

    def work_on_next(self, handle: Callable[[Work[AnyMessage]], None]) -> None:
        """Take the next message, if one comes soon, hand it to ``handle`` and settle it by what that raises."""
        delivery = self._consumer.take()
        if delivery is None:
            return
        try:
            self._work_on(delivery, handle)
        except BaseException:
            delivery.requeue()
            raise

    def close(self) -> None:
        """Close the connection for dead letters and faults."""
        self._publisher.close()

    def _work_on(self, delivery: Delivery, handle: Callable[[Work[AnyMessage]], None]) -> None:
        try:
            message, parts = self._unpack(delivery.body)
        except Exception as error:
            self._settle(Action.DEAD_LETTER, delivery, error)  # nobody can say which run it belongs to
            return
        with bound(**message.place()):
            try:
                self._try(handle, Work(message, parts, delivery.body, delivery.redelivered))
            except Exception as error:
                action = self._policy.action(error, delivery.attempts, stopping=self._stopping.is_set())
                self._settle(action, delivery, error, message)
            else:
                delivery.ack()

    def _try(self, handle: Callable[[Work[AnyMessage]], None], work: Work[AnyMessage]) -> None:
        """Work on the message, again and again while the policy's patience lasts."""
        until = monotonic() + self._policy.patience_seconds
        failures = 0
        while True:
            try:
                handle(work)
            except TransientError as error:
                failures += 1
                pause = pause_after(failures, _FIRST_PAUSE)
                if monotonic() + pause > until:
                    raise
                _log_retry("work failed, it is tried again", error, pause=pause)
                if self._stopping.wait(pause):
                    raise
            else:
                return

    def _settle(self, action: Action, delivery: Delivery, error: Exception, message: AnyMessage | None = None) -> None:
        try:
            match action:
                case Action.GIVE_BACK:
                    self._give_back(delivery, error)
                case Action.GIVE_BACK_LATER:
                    self._give_back(delivery, error, pause_after(delivery.attempts + 1, _FIRST_PAUSE))
                case Action.DEAD_LETTER:
                    self._dead_letter(delivery, error, message)
                case Action.REPORT_FAULT:
                    self._report_fault(delivery, error, message)
                case Action.STOP:
                    log.warning("the worker stops, its messages go back", **_facts(error))
                    self._stopping.set()
        except Exception as failure:
            log.warning("the message cannot be settled, it goes back and waits", **_facts(failure))
            self._stopping.wait(pause_after(delivery.attempts + 1, _FIRST_PAUSE))
            delivery.requeue()

    def _give_back(self, delivery: Delivery, error: Exception, pause: float = 0.0) -> None:
        if not isinstance(error, Cancelled):
            _log_retry("the message goes back to its queue", error, attempts=delivery.attempts + 1, pause=pause)
        self._stopping.wait(pause)
        delivery.requeue()

    def _report_fault(self, delivery: Delivery, error: Exception, message: AnyMessage | None) -> None:
        """Tell the orchestrator that the run cannot go on. If it is resumed, everything is read again."""
        log.error("the run cannot go on", **_facts(error))
        self._publish_fault(_coded(error), message, fatal=True)
        delivery.ack()

    def _dead_letter(self, delivery: Delivery, error: Exception, message: AnyMessage | None) -> None:
        """Publish the fault, then the letter, then acknowledge the message.

        A crash in between makes a second letter of the same message. That does no harm: the ledger takes a batch once.
        """
        found = _coded(error)
        log.error("message dead-lettered", queue=self._consumer.queue, **_facts(error))
        if self._policy.scope is not Scope.MESSAGE:
            self._publish_fault(found, message, fatal=False)
        headers = headers_after_failure(delivery.headers, delivery.body, found, self._consumer.name)
        letters = dead_queue(self._consumer.queue)
        self._publisher.publish(letters, delivery.body, headers=headers, stopping=self._stopping.is_set)
        delivery.ack()
        metrics.DEAD_LETTERS.labels(self._consumer.queue).inc()

    def _publish_fault(self, error: LreclError, message: AnyMessage | None, *, fatal: bool) -> None:
        if message is not None:
            batch_no = None if fatal else getattr(message, "batch_no", None)
            fault = RunFault.of(message.run_id, error, self._service, fatal=fatal, batch_no=batch_no)
            self._publisher.publish(REPORTS, fault.pack(), stopping=self._stopping.is_set)


def _coded(error: Exception) -> LreclError:
    return error if isinstance(error, LreclError) else unforeseen(error)


def _log_retry(event: str, error: Exception, **facts: object) -> None:
    metrics.RETRIES.labels(_coded(error).code).inc()
    log.warning(event, **_facts(error), **facts)


def _facts(error: Exception) -> dict[str, Any]:
    """What a log line says about an error; with its traceback where nobody foresaw it."""
    found = _coded(error)
    facts: dict[str, Any] = {"code": found.code, "error": found.message}
    if found.context:
        facts["context"] = found.context
    if found is not error:
        facts["exc_info"] = error
    return facts
