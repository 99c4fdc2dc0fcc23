"""The metrics themselves: series that exist before they count, waits that count while they last, what runs here."""

from __future__ import annotations

import platform
import threading
from importlib.metadata import version

import pytest
from prometheus_client.registry import REGISTRY

from shared.errors import TransientError
from shared.observability import metrics
from shared.observability.metrics import WaitSeconds
from tests.support.waiting import wait_until


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_a_counter_that_has_not_counted_yet_is_0_and_not_absent() -> None:
    assert value("lrecl_records_total", stage="test-stage") is None
    metrics.begin_at_zero(
        stage="test-stage",
        publishes=["test-queue"],
        dead_letters=["test-queue"],
        retries=["LRT001"],
        rejects=["LRT002"],
    )
    for name in ("records_total", "batches_total", "bytes_total", "stage_seconds_count"):
        assert value(f"lrecl_{name}", stage="test-stage") == 0
    assert value("lrecl_queue_wait_seconds_total", queue="test-queue") == 0
    assert value("lrecl_dead_letters_total", queue="test-queue") == 0
    assert value("lrecl_retries_total", code="LRT001") == 0
    assert value("lrecl_rejects_total", code="LRT002") == 0


def test_beginning_again_resets_nothing() -> None:
    metrics.begin_at_zero(retries=["LRT003"])
    metrics.RETRIES.labels("LRT003").inc(3)
    metrics.begin_at_zero(retries=["LRT003"])
    assert value("lrecl_retries_total", code="LRT003") == 3


def test_the_durations_of_a_job_begin_at_0() -> None:
    metrics.begin_job("test-job", ["completed", "failed"], ["merging"])
    assert value("lrecl_run_seconds_count", job_name="test-job", outcome="failed") == 0
    assert value("lrecl_step_seconds_count", job_name="test-job", step="merging") == 0


def test_runs_of_hours_have_buckets_of_their_own() -> None:
    metrics.RUN_SECONDS.labels("long-job", "completed").observe(3 * 3600)
    labels = {"job_name": "long-job", "outcome": "completed"}
    assert [value("lrecl_run_seconds_bucket", le=le, **labels) for le in ("7200.0", "14400.0")] == [0, 1]


def test_a_retry_is_counted_by_its_code_and_a_librarys_error_by_its_name() -> None:
    metrics.count_retry(TransientError("LRT004", "away"))
    metrics.count_retry(FileNotFoundError("gone"))
    assert value("lrecl_retries_total", code="LRT004") == 1
    assert value("lrecl_retries_total", code="FileNotFoundError") == 1


def test_the_build_is_told() -> None:
    metrics.begin_service("test-service")
    labels = {"version": version("lrecl"), "service": "test-service", "python": platform.python_version()}
    assert value("lrecl_build_info", **labels) == 1


def test_no_label_takes_a_name_that_prometheus_sets_itself() -> None:
    metrics.begin_service("test-service")
    metrics.begin_job("test-job", ["completed"], ["merging"])
    families = [family for family in REGISTRY.collect() if family.name.startswith("lrecl_")]
    labels = {label for family in families for sample in family.samples for label in sample.labels}
    assert labels
    assert not labels & {"job", "instance"}


class TestWaitSeconds:
    @pytest.fixture
    def waits(self) -> WaitSeconds:
        return WaitSeconds("test_wait_seconds_total", "Waits of this test.")

    def test_a_wait_counts_while_it_lasts_and_stays_counted(self, waits: WaitSeconds) -> None:
        seen = []
        with waits.waiting("q"):
            for _ in range(3):
                wait_until(lambda: not seen or waits.seconds()["q"] > seen[-1] + 0.05)
                seen.append(waits.seconds()["q"])
        assert seen == sorted(seen)
        ended = waits.seconds()["q"]
        assert ended >= seen[-1]
        assert waits.seconds()["q"] == ended

    def test_a_wait_that_ends_with_an_error_stays_counted(self, waits: WaitSeconds) -> None:
        def give_up() -> None:
            with waits.waiting("q"):
                wait_until(lambda: waits.seconds()["q"] > 0.05)
                raise InterruptedError

        with pytest.raises(InterruptedError):
            give_up()
        assert waits.seconds()["q"] > 0.05

    def test_the_counter_never_falls_while_threads_come_and_go(self, waits: WaitSeconds) -> None:
        stopping = threading.Event()

        def wait_often() -> None:
            while not stopping.is_set():
                with waits.waiting("q"):
                    stopping.wait(0.001)

        waits.begin("q")
        threads = [threading.Thread(target=wait_often) for _ in range(4)]
        for thread in threads:
            thread.start()
        seen = [waits.seconds()["q"] for _ in range(2_000)]
        stopping.set()
        for thread in threads:
            thread.join()
        assert seen == sorted(seen)

    def test_queues_are_counted_one_by_one(self, waits: WaitSeconds) -> None:
        waits.begin("idle")
        with waits.waiting("busy"):
            wait_until(lambda: waits.seconds()["busy"] > 0)
        (family,) = waits.collect()
        found = {sample.labels["queue"]: sample.value for sample in family.samples}
        assert found["idle"] == 0
        assert found["busy"] > 0
