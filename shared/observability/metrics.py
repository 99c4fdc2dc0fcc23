"""The metrics that every service serves, in one namespace, so that one dashboard reads them all.

A counter with a label has no series before it counts for the first time, and Prometheus does not take a series' first
value for an increase: what was counted until then is missing from every rate. Each service therefore names the label
values that it can count when it starts (``begin_at_zero``, ``begin_job``).

No label is called ``job`` or ``instance``: Prometheus sets these two itself and renames a metric's own.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from time import monotonic, perf_counter

from prometheus_client import Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from shared.errors import LreclError
from shared.observability.memory import own_processes

_BATCH_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_RUN_BUCKETS = (1, 5, 15, 60, 300, 900, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 24 * 3600)


class WaitSeconds(Collector):
    """A counter of seconds waited, by queue, in which a wait counts while it lasts.

    A counter that grew at the end of each wait would stand still during a wait of ten minutes and then jump.
    """

    def __init__(self, name: str, documentation: str) -> None:
        self._name = name
        self._documentation = documentation
        self._lock = threading.Lock()
        self._ended: dict[str, float] = {}
        self._under_way: dict[object, tuple[str, float]] = {}

    def begin(self, queue: str) -> None:
        """Give the queue its series, with 0 if nobody has waited."""
        with self._lock:
            self._ended.setdefault(queue, 0.0)

    @contextmanager
    def waiting(self, queue: str) -> Iterator[None]:
        """Count the seconds of the block, while it runs; blocks of several threads add up."""
        wait = object()
        with self._lock:
            self._under_way[wait] = queue, monotonic()
        try:
            yield
        finally:
            with self._lock:
                _, started = self._under_way.pop(wait)
                self._ended[queue] = self._ended.get(queue, 0.0) + monotonic() - started

    def seconds(self) -> dict[str, float]:
        """Seconds waited until now, by queue."""
        with self._lock:
            sums = self._ended.copy()
            for queue, started in self._under_way.values():
                sums[queue] = sums.get(queue, 0.0) + monotonic() - started
        return sums

    def collect(self) -> Iterable[Metric]:
        """One series for each queue."""
        family = CounterMetricFamily(self._name, self._documentation, labels=["queue"])
        for queue, seconds in self.seconds().items():
            family.add_metric([queue], seconds)
        return [family]


class _Memory(Collector):
    """Resident memory of this service and its children, read when asked."""

    def collect(self) -> Iterable[Metric]:
        rss = GaugeMetricFamily("lrecl_resident_bytes", "Resident memory now.", labels=["process"])
        peak = GaugeMetricFamily("lrecl_resident_peak_bytes", "Peak resident memory.", labels=["process"])
        for usage in own_processes():
            rss.add_metric([usage.name], usage.rss_kb * 1024)
            peak.add_metric([usage.name], usage.peak_kb * 1024)
        return [rss, peak]


RECORDS = Counter("lrecl_records_total", "Records that passed this stage; of writing, those that are valid.", ["stage"])
BATCHES = Counter("lrecl_batches_total", "Batches that passed this stage.", ["stage"])
BYTES = Counter("lrecl_bytes_total", "Input bytes that passed this stage.", ["stage"])
REJECTS = Counter("lrecl_rejects_total", "Records rejected, by error code.", ["code"])
DUPLICATES = Counter("lrecl_duplicate_batches_total", "Batches delivered again that the ledger already held.")
DROPPED = Counter("lrecl_dropped_batches_total", "Batches of stopped runs that the writer did not load.")
RETRIES = Counter("lrecl_retries_total", "Failures after which the work was tried again, by error code.", ["code"])
DEAD_LETTERS = Counter("lrecl_dead_letters_total", "Messages sent to the dead-letter queue of this queue.", ["queue"])
BROKER_ALARM = Gauge(
    "lrecl_broker_alarm", "1 while the broker's memory or disk alarm stops what is published.", ["connection"]
)
WORKER_DOWN = Gauge(
    "lrecl_worker_down", "1 while a worker thread has failed and waits to begin anew, or has ended.", ["worker"]
)
CHILD_RESTARTS = Counter("lrecl_pool_child_restarts_total", "Pool children that died and were replaced.")
QUEUE_WAIT = WaitSeconds(
    "lrecl_queue_wait_seconds_total", "Seconds that publishers have waited for room in this queue, counted meanwhile."
)
STAGE_SECONDS = Histogram(
    "lrecl_stage_seconds", "Seconds one batch spent in a stage.", ["stage"], buckets=_BATCH_BUCKETS
)
IN_HAND = Gauge("lrecl_batches_in_hand", "Batches being worked on now.", ["stage"])
RUN_SECONDS = Histogram(
    "lrecl_run_seconds",
    "Seconds that the steps of a run took, by its job and the state it ended in; a resumed run counts at each end.",
    ["job_name", "outcome"],
    buckets=_RUN_BUCKETS,
)
STEP_SECONDS = Histogram(
    "lrecl_step_seconds",
    "Seconds that a completed step of a run took, over all its attempts.",
    ["job_name", "step"],
    buckets=_RUN_BUCKETS,
)
BUILD_INFO = Gauge(
    "lrecl_build_info", "1; the labels say which version of what runs here.", ["version", "service", "python"]
)

REGISTRY.register(QUEUE_WAIT)
REGISTRY.register(_Memory())


def begin_service(service: str) -> None:
    """Export what runs here: lrecl's version, the service and Python's version."""
    try:
        found = version("lrecl")
    except PackageNotFoundError:  # run from a folder of sources that was never installed
        found = "unknown"
    BUILD_INFO.labels(found, service, platform.python_version()).set(1)


def begin_at_zero(
    *,
    stage: str | None = None,
    publishes: Iterable[str] = (),
    dead_letters: Iterable[str] = (),
    retries: Iterable[str] = (),
    rejects: Iterable[str] = (),
) -> None:
    """Give the counters of a service their series.

    ``stage``: what the service does with a batch; ``publishes``: the queues it may have to wait for; ``dead_letters``:
    the queues whose messages it may set aside; ``retries`` and ``rejects``: error codes.
    """
    for counter in (RECORDS, BATCHES, BYTES, STAGE_SECONDS) if stage else ():
        counter.labels(stage)
    for queue in publishes:
        QUEUE_WAIT.begin(queue)
    for queue in dead_letters:
        DEAD_LETTERS.labels(queue)
    for code in retries:
        RETRIES.labels(code)
    for code in rejects:
        REJECTS.labels(code)


def begin_job(job: str, outcomes: Iterable[str], steps: Iterable[str]) -> None:
    """Give the durations of a job's runs and steps their series."""
    for outcome in outcomes:
        RUN_SECONDS.labels(job, outcome)
    for step in steps:
        STEP_SECONDS.labels(job, step)


def count_retry(error: BaseException | None) -> None:
    """Count a failure after which the work is tried again, by its code; a library's error by the name of its class."""
    RETRIES.labels(error.code if isinstance(error, LreclError) else type(error).__name__).inc()


def exposition() -> bytes:
    """Every metric of this process in Prometheus's text form."""
    return generate_latest(REGISTRY)


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Observe the seconds of a block as ``stage``."""
    started = perf_counter()
    try:
        yield
    finally:
        STAGE_SECONDS.labels(stage).observe(perf_counter() - started)
