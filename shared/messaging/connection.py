"""Connections to the broker: opened with patience, tuned in one place."""

from __future__ import annotations

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection
from pika.adapters.utils import io_services_utils
from pika.exceptions import AMQPError
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from shared.errors import TransientError
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import declare
from shared.observability.logs import get_logger

BROKER_ERRORS = (AMQPError, OSError)
"""What a broken or restarting broker raises; a vanished host name shows as OSError."""

_CONNECT_SECONDS = 60
_RECEIVE_BYTES = 128 * 1024

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
    """A connection that shows ``name`` in the broker's lists; LRM001 after a minute of trying."""
    enlarge_receive_buffer()
    parameters = pika.URLParameters(settings.url_with_password())
    parameters.heartbeat = settings.heartbeat_seconds
    parameters.blocked_connection_timeout = None
    parameters.client_properties = {"connection_name": name}
    try:
        return BlockingConnection(parameters)
    except BROKER_ERRORS as error:
        log.warning("broker not reachable, trying again", connection=name, error=str(error) or repr(error))
        raise TransientError("LRM001", f"the broker cannot be reached: {error!r}") from error


def open_channel(connection: BlockingConnection, settings: BrokerSettings) -> BlockingChannel:
    """A channel on which everything that lrecl uses is declared."""
    channel = connection.channel()
    declare(channel, settings)
    return channel
