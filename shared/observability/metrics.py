"""The metrics every service serves, in one namespace, so that one dashboard reads them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from shared.observability.memory import own_processes

RECORDS = Counter("lrecl_records_total", "Records that passed this stage.", ["stage"])
BATCHES = Counter("lrecl_batches_total", "Batches that passed this stage.", ["stage"])
BYTES = Counter("lrecl_bytes_total", "Input bytes that passed this stage.", ["stage"])
REJECTS = Counter("lrecl_rejects_total", "Records rejected, by error code.", ["code"])
DUPLICATES = Counter("lrecl_duplicate_batches_total", "Batches delivered again that the ledger already held.")
DROPPED = Counter("lrecl_dropped_batches_total", "Batches of stopped runs that the writer did not load.")
RETRIES = Counter("lrecl_retries_total", "Work tried again, by error code.", ["code"])
DEAD_LETTERS = Counter("lrecl_dead_letters_total", "Messages sent to a dead-letter queue.", ["queue"])
DEAD_LETTERS_WAITING = Gauge("lrecl_dead_letters_waiting", "Messages in a dead-letter queue.", ["queue"])
BROKER_ALARM = Gauge(
    "lrecl_broker_alarm", "1 while the broker's memory or disk alarm stops what is published.", ["connection"]
)
WORKER_DOWN = Gauge(
    "lrecl_worker_down", "1 while a worker thread has failed and waits to begin anew, or has ended.", ["worker"]
)
CHILD_RESTARTS = Counter("lrecl_pool_child_restarts_total", "Pool children that died and were replaced.")
QUEUE_WAIT = Counter(
    "lrecl_queue_wait_seconds_total", "Seconds a publisher waited because a queue was full.", ["queue"]
)
STAGE_SECONDS = Histogram(
    "lrecl_stage_seconds",
    "Seconds one batch spent in a stage.",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_HAND = Gauge("lrecl_batches_in_hand", "Batches being worked on now.", ["stage"])
LEASE_HELD = Gauge("lrecl_lease_held", "1 while this orchestrator acts, 0 while it stands by.")
RUNS = Gauge("lrecl_runs", "Runs by state, as the orchestrator knows them.", ["state"])


class _Memory(Collector):
    """Resident memory of this service and its children, read when asked."""

    def collect(self) -> Iterable[Metric]:
        rss = GaugeMetricFamily("lrecl_resident_bytes", "Resident memory now.", labels=["process"])
        peak = GaugeMetricFamily("lrecl_resident_peak_bytes", "Peak resident memory.", labels=["process"])
        for usage in own_processes():
            rss.add_metric([usage.name], usage.rss_kb * 1024)
            peak.add_metric([usage.name], usage.peak_kb * 1024)
        return [rss, peak]


REGISTRY.register(_Memory())


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
