"""Gauges about all runs and queues, which only the acting orchestrator exports.

Every orchestrator could read them from the same tables and the same broker; exported by two, a sum over instances would
be twice the truth. A standby exports ``lrecl_leader`` 0 and none of the others: Prometheus forgets a series that is no
longer exported at the next scrape, so nothing doubles after a change of leader either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What the tables say about all runs.

    ``by_state``: number of runs; ``last_success`` and ``last_failure``: by job, seconds since the epoch;
    ``ledger_grew_at``: by job, of its unfinished runs that load, the moment (of ``time.monotonic``) since which the
    ledger has not grown, the earliest of the job's runs.
    """

    by_state: Mapping[str, int]
    last_success: Mapping[str, float]
    last_failure: Mapping[str, float]
    ledger_grew_at: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LeaderFigures:
    """What the acting orchestrator knows; ``runs`` is None until the tables were read.

    ``queues``: messages and bound of each work queue; ``dead_letters``: messages in its dead-letter queue.
    """

    runs: RunFigures | None
    queues: Mapping[str, tuple[int, int]]
    dead_letters: Mapping[str, int]


class LeaderMetrics(Collector):
    """Exports what ``figures`` returns when Prometheus asks; None says that this orchestrator does not act."""

    def __init__(self, figures: Callable[[], LeaderFigures | None]) -> None:
        self._figures = figures

    def register(self) -> None:
        """Begin to export."""
        REGISTRY.register(self)

    def unregister(self) -> None:
        """End exporting."""
        REGISTRY.unregister(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing: the registry need not ask a collector whose metrics come and go for their names."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The gauges as of now."""
        found = self._figures()
        what = "1 where the orchestrator acts, 0 where it is the standby."
        yield GaugeMetricFamily("lrecl_leader", what, value=float(found is not None))
        if found is None:
            return
        yield from _queue_gauges(found)
        if found.runs is not None:
            yield from _run_gauges(found.runs)


def _queue_gauges(found: LeaderFigures) -> Iterable[Metric]:
    depths = {queue: depth for queue, (depth, _) in found.queues.items()}
    bounds = {queue: bound for queue, (_, bound) in found.queues.items()}
    letters = "Messages in the dead-letter queue of this queue."
    yield _gauge("lrecl_queue_depth", "Messages that wait in this work queue.", "queue", depths)
    yield _gauge("lrecl_queue_bound", "Messages at which this work queue refuses more.", "queue", bounds)
    yield _gauge("lrecl_dead_letters_waiting", letters, "queue", found.dead_letters)


def _run_gauges(runs: RunFigures) -> Iterable[Metric]:
    now = monotonic()
    yield _gauge("lrecl_runs", "Runs by state, as the tables say.", "state", runs.by_state)
    yield _gauge(
        "lrecl_last_success_timestamp_seconds",
        "When a run of this job last completed, in seconds since the epoch; from the tables.",
        "job_name",
        runs.last_success,
    )
    yield _gauge(
        "lrecl_last_failure_timestamp_seconds",
        "When a run of this job last failed, in seconds since the epoch, unless it was resumed; from the tables.",
        "job_name",
        runs.last_failure,
    )
    yield _gauge(
        "lrecl_ledger_idle_seconds",
        "Seconds since the ledger last gained a batch of an unfinished run that loads, or since its step began if that "
        "was later: the longest of the job's runs. Absent while none loads.",
        "job_name",
        {job: now - moment for job, moment in runs.ledger_grew_at.items()},
    )


def _gauge(name: str, documentation: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for found, value in values.items():
        family.add_metric([found], value)
    return family
