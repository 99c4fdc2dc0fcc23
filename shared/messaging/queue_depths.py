"""How full the queues are: messages that wait in them, and a warning when a bounded queue is nearly full."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

from shared.errors import TransientError
from shared.messaging.connection import BROKER_ERRORS, close_within, connect, open_channel
from shared.messaging.settings import BrokerSettings
from shared.messaging.topology import queues
from shared.observability import metrics
from shared.observability.logs import get_logger
from shared.runtime.workers import WorkerLoop

NEARLY_FULL = 0.8
"""Share of its bound from which a queue counts as nearly full."""

_RELAXED = 0.5
"""Share below which it has to fall to be warned of again. A queue that is full stays full for hours where its consumers
set the pace, between its bound and about 80 % of it."""

_WARNING_SECONDS = 10.0
_MEASURE_SECONDS = 1.0
_CLOSE_SECONDS = 5.0

log = get_logger()


class DepthMeter:
    """Counts the messages that wait in queues, over a connection that it keeps; for one thread.

    ``give_up`` ends its waiting for a broker that is away.
    """

    def __init__(self, settings: BrokerSettings, name: str, give_up: Callable[[], bool] = lambda: False) -> None:
        self._settings = settings
        self._name = name
        self._give_up = give_up
        self._connection: BlockingConnection | None = None
        self._channel: BlockingChannel | None = None

    def depths(self, names: Iterable[str]) -> dict[str, int]:
        """Messages of each queue that no consumer has in hand; LRM001 or LRM004 when the broker is away."""
        try:
            channel = self._open()
            return {name: int(channel.queue_declare(name, passive=True).method.message_count) for name in names}
        except BROKER_ERRORS as error:
            self.close()
            raise TransientError("LRM004", f"the messages in the queues could not be counted: {error!r}") from error

    def close(self) -> None:
        """Close the connection; ``depths`` would open another."""
        if self._connection is not None:
            close_within(self._connection)
        self._connection = self._channel = None

    def _open(self) -> BlockingChannel:
        if self._connection is None or self._channel is None or not self._channel.is_open:
            self.close()
            self._connection = connect(self._settings, self._name, give_up=self._give_up)
            self._channel = open_channel(self._connection, self._settings)
        return self._channel


class FullnessWarning:
    """Warns when a queue reaches 80 % of its bound: once for each time, and at most once in 10 seconds for a queue."""

    def __init__(self) -> None:
        self._warned: set[str] = set()
        self._warned_at: dict[str, float] = {}

    def look(self, queue: str, depth: int, bound: int) -> None:
        """Log the warning if it is due."""
        if depth < _RELAXED * bound:
            self._warned.discard(queue)
        if depth < NEARLY_FULL * bound or queue in self._warned:
            return
        if monotonic() - self._warned_at.get(queue, -_WARNING_SECONDS) >= _WARNING_SECONDS:
            self._warned.add(queue)
            self._warned_at[queue] = monotonic()
            log.warning("queue nearly full, its publishers will wait", queue=queue, depth=depth, bound=bound)


class QueueDepths:
    """Messages and bound of each work queue, measured every second in a thread of its own."""

    def __init__(self, settings: BrokerSettings, name: str, seconds: float = _MEASURE_SECONDS) -> None:
        self._bounds = {queue.name: queue.bound for queue in queues(settings)}
        self._warning = FullnessWarning()
        self._depths: dict[str, int] = {}
        self._worker = WorkerLoop("queue-depths", self._measure, every=seconds, finish=lambda: self._meter.close())
        self._meter = DepthMeter(settings, name, self._worker.stopping.is_set)

    @property
    def healthy(self) -> bool:
        """Whether the thread works; also while the broker is away."""
        return self._worker.healthy

    def start(self) -> None:
        """Begin to measure."""
        self._worker.start()

    def close(self) -> None:
        """Stop measuring."""
        self._worker.join(_CLOSE_SECONDS)

    def depths(self) -> dict[str, tuple[int, int]]:
        """Messages that wait, and the bound, by work queue, as last measured; empty while that is not known."""
        return {queue: (depth, self._bounds[queue]) for queue, depth in self._depths.items()}

    def _measure(self) -> None:
        try:
            self._depths = self._meter.depths(self._bounds)
        except TransientError as error:
            self._depths = {}
            metrics.count_retry(error)
            log.warning("queues could not be measured", code=error.code, error=error.message)
        for queue, depth in self._depths.items():
            self._warning.look(queue, depth, self._bounds[queue])
