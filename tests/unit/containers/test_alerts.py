"""Which alerts fire when: the rules evaluated over samples as the services export them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
import yaml
from stack_files import ROOT, SERVICES

from tests.support.promql import STEP, Labels, Samples, seconds

(GROUP,) = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
RULES: dict[str, dict[str, Any]] = {rule["alert"]: rule for rule in GROUP["rules"]}
HOUR = int(3600 / STEP)
NOW = 3600.0


def steady(value: float) -> list[float | None]:
    """Samples of two hours."""
    return [value] * (2 * HOUR)


def since(value: float, minutes: float, before: float | None = 0.0) -> list[float | None]:
    """``before``, and for so many minutes before NOW ``value``."""
    changed = int((NOW - minutes * 60) / STEP)
    return [before] * changed + [value] * (2 * HOUR - changed)


def firing(alert: str, samples: Samples) -> set[Labels]:
    rule = RULES[alert]
    return samples.fires(rule["expr"], NOW, seconds(rule.get("for", "0s")))


def labels(*found: Labels, name: str) -> set[str]:
    return {dict(one)[name] for one in found}


@pytest.fixture
def samples() -> Samples:
    """A stack at work: two orchestrators, of which the first acts, one reader, three processors, one writer."""
    made = Samples()
    for job, count in (("orchestrator", 2), ("reader", 1), ("processor", 3), ("writer", 1), ("rabbitmq", 1)):
        for number in range(1, count + 1):
            made.add("up", steady(1), job=job, instance=f"{job}-{number}")
            made.add("lrecl_resident_bytes", steady(80e6), job=job, instance=f"{job}-{number}", process="main")
    made.add("lrecl_leader", steady(1), **acting(1))
    made.add("lrecl_leader", steady(0), **acting(2))
    for state in ("loading", "stalled", "partial", "failed"):
        made.add("lrecl_runs", steady(float(state == "loading")), state=state, **acting(1))
    made.add("lrecl_queue_depth", steady(3), queue="lrecl.raw", **acting(1))
    made.add("lrecl_queue_bound", steady(20), queue="lrecl.raw", **acting(1))
    made.add("lrecl_dead_letters_waiting", steady(0), queue="lrecl.raw", **acting(1))
    made.add("lrecl_worker_down", steady(0), worker="reader", job="reader", instance="reader-1")
    made.add("lrecl_broker_alarm", steady(0), connection="reader-1-batches", job="reader", instance="reader-1")
    made.add("lrecl_rejects_total", steady(0), code="LRD001", job="processor", instance="processor-1")
    counted = [float(1000 * step) for step in range(2 * HOUR)]
    made.add("lrecl_records_total", counted, stage="process", job="processor", instance="processor-1")
    return made


def acting(number: int) -> dict[str, str]:
    return {"job": "orchestrator", "instance": f"orchestrator-{number}"}


@pytest.mark.parametrize("alert", RULES)
def test_normal_operation_fires_nothing(samples: Samples, alert: str) -> None:
    assert firing(alert, samples) == set()


def test_a_service_without_any_replica_is_missed_by_its_name(samples: Samples) -> None:
    samples.add("up", since(0, 5, before=1), job="reader", instance="reader-1")
    for number in (1, 2, 3):
        samples.add("up", since(None, 5, before=1), job="processor", instance=f"processor-{number}")  # type: ignore[arg-type]
    assert labels(*firing("LreclNoReplica", samples), name="job") == {"reader", "processor"}


def test_one_replica_of_three_that_is_down_is_no_outage(samples: Samples) -> None:
    samples.add("up", since(0, 5, before=1), job="processor", instance="processor-2")
    assert firing("LreclNoReplica", samples) == set()
    assert labels(*firing("LreclServiceDown", samples), name="instance") == {"processor-2"}


def test_a_worker_that_is_down_is_told(samples: Samples) -> None:
    where = {"worker": "slot-1", "job": "processor", "instance": "processor-1"}
    samples.add("lrecl_worker_down", since(1, 5), **where)
    assert labels(*firing("LreclWorkerDown", samples), name="worker") == {"slot-1"}


@pytest.mark.parametrize("standby", [steady(0), [None] * 2 * HOUR])
def test_without_a_leader_nobody_merges(samples: Samples, standby: list[float | None]) -> None:
    samples.add("lrecl_leader", since(0, 5, before=1), **acting(1))
    samples.add("lrecl_leader", standby, **acting(2))
    assert firing("LreclNoLeader", samples)


def test_a_change_of_leader_is_no_alert(samples: Samples) -> None:
    samples.add("lrecl_leader", since(0, 0.25, before=1), **acting(1))
    assert firing("LreclNoLeader", samples) == set()
    samples.add("lrecl_leader", since(1, 0, before=0), **acting(2))
    assert firing("LreclNoLeader", samples) == set()


@pytest.mark.parametrize(("alert", "state"), [("LreclRunStalled", "stalled"), ("LreclRunPartial", "partial")])
def test_a_run_that_waits_is_told(samples: Samples, alert: str, state: str) -> None:
    samples.add("lrecl_runs", since(1, 10), state=state, **acting(1))
    assert firing(alert, samples)


def test_runs_of_both_orchestrators_are_not_added_up(samples: Samples) -> None:
    """As while Prometheus still knows a leader that was replaced a moment ago."""
    for number in (1, 2):
        samples.add("lrecl_runs", since(1, 10), state="stalled", **acting(number))
    assert samples.query(RULES["LreclRunStalled"]["expr"], NOW) == {frozenset(): 1.0}


def test_dead_letters_are_told_by_their_queue(samples: Samples) -> None:
    samples.add("lrecl_dead_letters_waiting", since(2, 5), queue="lrecl.raw", **acting(1))
    assert labels(*firing("LreclDeadLetters", samples), name="queue") == {"lrecl.raw"}


def failed(samples: Samples, minutes: float, job_name: str = "customers") -> set[str]:
    samples.add("lrecl_last_failure_timestamp_seconds", steady(NOW - minutes * 60), job_name=job_name, **acting(1))
    return labels(*firing("LreclRunFailed", samples), name="job_name")


def test_the_first_run_of_a_job_that_fails_is_told_and_so_is_one_before_a_restart(samples: Samples) -> None:
    assert failed(samples, minutes=0.25) == {"customers"}
    samples.add("up", since(1, 0.25, before=0), **acting(1))
    assert failed(samples, minutes=9) == {"customers"}
    assert failed(samples, minutes=11) == set()


def test_a_failed_run_that_is_resumed_is_no_failure(samples: Samples) -> None:
    """The number of failed runs falls by one then, which ``increase`` takes for a restart of a counter."""
    samples.add("lrecl_runs", since(4, 5, before=5), state="failed", **acting(1))
    assert firing("LreclRunFailed", samples) == set()


def test_a_job_without_success_is_told_after_its_hours(samples: Samples) -> None:
    expression = RULES["LreclNoSuccess"]["expr"]
    samples.add(
        "lrecl_last_success_timestamp_seconds", steady(NOW - 25 * 3600), job_name="customers-daily", **acting(1)
    )
    assert samples.query(expression, NOW) == {}
    samples.add(
        "lrecl_last_success_timestamp_seconds", steady(NOW - 27 * 3600), job_name="customers-daily", **acting(1)
    )
    assert labels(*samples.query(expression, NOW), name="job_name") == {"customers-daily"}


def full(samples: Samples, depths: Iterable[float]) -> set[str]:
    samples.add("lrecl_queue_depth", depths, queue="lrecl.raw", **acting(1))
    return labels(*firing("LreclQueueNearlyFull", samples), name="queue")


def test_a_queue_that_is_full_for_minutes_is_told(samples: Samples) -> None:
    assert full(samples, since(16, 12)) == {"lrecl.raw"}
    assert full(samples, [15, 20, 17, 19] * HOUR) == {"lrecl.raw"}, "it takes messages again at 80 % of its bound"
    assert full(samples, since(20, 2)) == set()
    assert full(samples, [20, 0, 10, 5] * HOUR) == set()


def test_a_broker_alarm_is_told(samples: Samples) -> None:
    samples.add("lrecl_broker_alarm", since(1, 5), connection="reader-1-batches", job="reader", instance="reader-1")
    assert firing("LreclBrokerAlarm", samples)


def test_many_rejects_are_told(samples: Samples) -> None:
    for share, expected in ((0.04, False), (0.06, True)):
        counted = [1000 * share * step for step in range(2 * HOUR)]
        samples.add("lrecl_rejects_total", counted, code="LRD001", job="processor", instance="processor-1")
        assert bool(firing("LreclManyRejects", samples)) is expected


def test_memory_counts_for_each_replica_by_itself(samples: Samples) -> None:
    """Three processors of 220 MB are no cause for alarm, one of 420 MB is."""
    for number in (1, 2, 3):
        for child in range(2):
            where = {"job": "processor", "instance": f"processor-{number}", "process": f"child-{child}"}
            samples.add("lrecl_resident_bytes", steady(70e6), **where)
    assert firing("LreclMemory", samples) == set()
    samples.add("lrecl_resident_bytes", steady(200e6), **(where | {"process": "child-2"}))
    assert labels(*firing("LreclMemory", samples), name="instance") == {"processor-3"}


def test_memory_is_told_before_the_container_is_killed() -> None:
    found = re.findall(r'job=~?"([a-z|]+)"}\) > (\d+)e6', RULES["LreclMemory"]["expr"])
    thresholds = {job: float(millions) * 1e6 for jobs, millions in found for job in jobs.split("|")}
    assert set(thresholds) == {"orchestrator", "reader", "processor", "writer"}
    for job, threshold in thresholds.items():
        limit = SERVICES[job]["deploy"]["resources"]["limits"]["memory"]
        mebibytes = int(re.search(r"(\d+)m", limit).group(1))  # type: ignore[union-attr]
        assert 0.6 < threshold / (mebibytes * 2**20) < 0.85, job
