"""Connections to the broker: opened with patience, tuned in one place."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.adapters.utils import io_services_utils
from pika.exceptions import AMQPError, IncompatibleProtocolError, StreamLostError
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from shared.errors import TransientError
from shared.messaging.settings import BrokerSettings
from shared.messaging.tls import handshake_error
from shared.messaging.topology import declare
from shared.observability.logs import get_logger

BROKER_ERRORS = (AMQPError, OSError)
"""What a broken or restarting broker raises; a vanished host name shows as OSError."""

_CONNECT_SECONDS = 60
_RECEIVE_BYTES = 128 * 1024
_CLOSE_SECONDS = 2.0

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


@retry(
    retry=retry_if_exception_type(TransientError),
    wait=wait_random_exponential(multiplier=0.2, max=5),
    stop=stop_after_delay(_CONNECT_SECONDS),
    reraise=True,
)
def connect(settings: BrokerSettings, name: str) -> BlockingConnection:
    """A connection that shows ``name`` in the broker's lists.

    After a minute of trying LRM001 when the broker cannot be reached, LRM011 when it is not the one that the
    certificates are for, LRM010 when those cannot be read.
    """
    enlarge_receive_buffer()
    parameters = _parameters(settings, name)
    try:
        return BlockingConnection(parameters)
    except BROKER_ERRORS as error:
        log.warning("broker not reachable, trying again", connection=name, error=str(error) or repr(error))
        raise handshake_error(error) or _unreachable(error) from error


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
    """Close, and wait at most ``seconds`` for the broker's answer; use the connection no more.

    Where the network swallows everything the answer never comes: then a thread of its own waits on, until the missing
    heartbeats tell it.
    """
    thread = threading.Thread(target=_close, args=(connection,), name="closing", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        log.warning("the broker does not answer the closing of a connection")


def _close(connection: BlockingConnection) -> None:
    try:
        connection.close()
    except BROKER_ERRORS as error:
        log.debug("the connection was closed already", error=repr(error))


def on_alarm(connection: BlockingConnection, blocked: Callable[[str], None], unblocked: Callable[[], None]) -> None:
    """Call ``blocked`` with the reason when a memory or disk alarm of the broker stops this connection's publishing.

    The listeners are set on the connection inside pika's blocking one, which itself would call them only between two
    operations: too late, because the operation that the broker has stopped does not end before the alarm does.
    """
    inner = connection._impl
    inner.add_on_connection_blocked_callback(lambda _, frame: blocked(str(frame.method.reason)))
    inner.add_on_connection_unblocked_callback(lambda *_: unblocked())
