"""Connections to the broker: how they are opened, tuned and closed."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import pika
from pika import data as pika_data
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.adapters.utils import io_services_utils
from pika.exceptions import AMQPError, IncompatibleProtocolError, StreamLostError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from shared.errors import TransientError
from shared.messaging.settings import BrokerSettings
from shared.messaging.tls import handshake_error
from shared.messaging.topology import declare
from shared.observability import metrics
from shared.observability.logs import get_logger

BROKER_ERRORS = (AMQPError, OSError)
"""What a broken or restarting broker raises; a vanished host name shows as OSError."""

RETRIED_CODES: Final = ("LRM001", "LRM002", "LRM004", "LRM010", "LRM011")
"""Codes of errors of the broker after which the work is tried again."""

CONNECT_SECONDS = 60.0
"""How long a connection is tried, unless the caller says otherwise."""

_RECEIVE_BYTES = 128 * 1024
_CLOSE_SECONDS = 2.0
_POLL_SECONDS = 0.05
_CONNECT_PAUSE = wait_random_exponential(multiplier=0.2, max=5)

log = get_logger()


def enlarge_receive_buffer() -> bool:
    """Let pika read 128 KiB at a time instead of 4 KiB; False where its internals changed and nothing was done.

    Messages are a megabyte: with the small reads a consumer spends most of its time in system calls.
    """
    transport = getattr(io_services_utils, "_AsyncTransportBase", None)
    if transport is None or not isinstance(getattr(transport, "_MAX_RECV_BYTES", None), int):
        return False
    transport._MAX_RECV_BYTES = _RECEIVE_BYTES
    return True


def tolerate_odd_headers() -> bool:
    """Let a message whose headers pika cannot decode arrive without headers; False where pika's internals changed.

    A header may hold a time after the year 9999, or tables nested a thousand deep. By itself pika raises, which breaks
    the connection: the message would come again, and each time count a failed delivery for all others in hand.
    """
    decode = getattr(pika_data, "decode_table", None)
    if decode is None:
        return False
    if getattr(decode, "tolerant", False):
        return True

    def tolerant(encoded: bytes, offset: int) -> tuple[dict[Any, Any], int]:
        (size,) = struct.unpack_from(">I", encoded, offset)
        end = offset + struct.calcsize(">I") + size
        try:
            table, found_end = decode(encoded, offset)
        except Exception as error:
            log.warning("headers that cannot be decoded were dropped", error=repr(error))
            return {}, end
        return (table, end) if found_end == end else ({}, end)

    tolerant.tolerant = True  # type: ignore[attr-defined]  # so that it is not wrapped again
    pika_data.decode_table = tolerant
    return True


def count_retry(state: RetryCallState) -> None:
    """For tenacity's ``before_sleep``: count the failure after which it tries again."""
    metrics.count_retry(state.outcome.exception() if state.outcome else None)


def connect(
    settings: BrokerSettings,
    name: str,
    *,
    patience: float = CONNECT_SECONDS,
    give_up: Callable[[], bool] = lambda: False,
) -> BlockingConnection:
    """A connection that shows ``name`` in the broker's lists.

    Tries for ``patience`` seconds, at least once, and no longer than until ``give_up()`` is true. Then LRM001 when the
    broker cannot be reached, LRM011 when it is not the one that the certificates are for, LRM010 when those cannot be
    read.
    """
    enlarge_receive_buffer()
    tolerate_odd_headers()
    retrying = Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=_CONNECT_PAUSE,
        stop=stop_after_delay(patience),
        before_sleep=count_retry,
        sleep=lambda seconds: _pause(seconds, give_up),
        reraise=True,
    )
    connection: BlockingConnection = retrying(_connect_once, settings, name)
    return connection


def _connect_once(settings: BrokerSettings, name: str) -> BlockingConnection:
    parameters = _parameters(settings, name)
    try:
        return BlockingConnection(parameters)
    except BROKER_ERRORS as error:
        log.warning("broker not reachable, trying again", connection=name, error=str(error) or repr(error))
        raise handshake_error(error) or _unreachable(error) from error


def _pause(seconds: float, give_up: Callable[[], bool]) -> None:
    """Wait, unless ``give_up()`` becomes true, which ends the trying."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if give_up():
            raise TransientError("LRM001", "the broker cannot be reached, and the service is stopping")
        time.sleep(min(left, _POLL_SECONDS))


def _parameters(settings: BrokerSettings, name: str) -> pika.URLParameters:
    parameters = pika.URLParameters(settings.url_with_password())
    parameters.heartbeat = settings.heartbeat_seconds
    parameters.blocked_connection_timeout = None
    parameters.client_properties = {"connection_name": name}
    context = settings.tls()
    parameters.ssl_options = context and pika.SSLOptions(context, parameters.host)
    return parameters


def _unreachable(error: BaseException) -> TransientError:
    silent = isinstance(error, (IncompatibleProtocolError, StreamLostError))
    remedy = "If this is the broker's TLS port (usually 5671), the URL must begin with amqps://." if silent else ""
    return TransientError("LRM001", f"the broker cannot be reached: {error!r}", remedy=remedy)


def open_channel(connection: BlockingConnection, settings: BrokerSettings) -> BlockingChannel:
    """A channel on which everything that lrecl uses is declared."""
    channel = connection.channel()
    declare(channel, settings)
    return channel


def close_within(connection: BlockingConnection, seconds: float = _CLOSE_SECONDS) -> None:
    """Close the connection, if it is open, and wait at most ``seconds`` for the broker's answer.

    Where the network swallows everything, the answer never comes. A thread of its own then waits on until heartbeats
    are missed. Do not use the connection afterwards.
    """
    if not connection.is_open:
        return
    thread = threading.Thread(target=_close, args=(connection,), name="closing", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        log.warning("the broker does not answer the closing of a connection")


def _close(connection: BlockingConnection) -> None:
    try:
        connection.close()
    except Exception as error:  # nothing can be done about a connection that does not close
        log.debug("the connection did not close in order", error=repr(error))


def on_alarm(connection: BlockingConnection, blocked: Callable[[str], None], unblocked: Callable[[], None]) -> None:
    """Call ``blocked`` with the reason when a memory or disk alarm of the broker stops this connection's publishing.

    The listeners are set on the connection that pika's blocking one wraps. The blocking one would call them only
    between two operations, and the operation that an alarm stops ends no earlier than the alarm.
    """
    inner = connection._impl
    inner.add_on_connection_blocked_callback(lambda _, frame: blocked(str(frame.method.reason)))
    inner.add_on_connection_unblocked_callback(lambda *_: unblocked())
