"""Any process may end at any moment, by SIGKILL or SIGTERM: the run completes, with the result of a clean run."""

from __future__ import annotations

import os
import signal
import time

import httpx
import pytest

from tests.faults.conftest import Input, Site

pytestmark = [pytest.mark.broker, pytest.mark.database]

SHARE = 0.2
slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("service", "share"),
    [
        ("writer", SHARE),
        pytest.param("writer", 0.7, marks=slow),
        ("reader", SHARE),
        pytest.param("processor", SHARE, marks=slow),
        pytest.param("orchestrator", SHARE, marks=slow),
    ],
)
def test_a_killed_service_costs_no_row(site: Site, many: Input, service: str, share: float) -> None:
    run_id = site.start(f"kill-{service}-{share * 100:.0f}", many)
    site.wait_loaded(run_id, many, share)
    restarts = site.stack.process(service).restarts

    site.stack.kill(service)

    assert site.in_ledger(run_id) < many.batches
    site.assert_whole(run_id, many)
    assert site.stack.process(service).restarts == restarts + 1
    site.tally.add(**{f"killed_{service}": 1})


def test_a_killed_pool_child_is_replaced_and_costs_no_row(site: Site, many: Input) -> None:
    run_id = site.start("kill-child", many)
    site.wait_loaded(run_id, many, SHARE)
    replaced, processor = _children_replaced(site), site.stack.process("processor")
    before = (processor.pid, processor.restarts)

    os.kill(site.pool_children()[0], signal.SIGKILL)

    site.assert_whole(run_id, many)
    assert (processor.pid, processor.restarts) == before
    assert _children_replaced(site) == replaced + 1
    assert len(site.pool_children()) == 2
    site.tally.add(killed_pool_child=1)


@slow
def test_the_orchestrator_killed_amid_the_merge_merges_each_chunk_once(site: Site, large: Input) -> None:
    """Of three chunks, one at least is merged and one is missing at the kill."""
    run_id = site.start("kill-merge", large, merge_chunk_rows=10_000)
    site.operator.wait(run_id, lambda progress: progress["rows_merged"] > 0)

    site.stack.kill("orchestrator")

    chunks = "SELECT COUNT(*) AS N FROM {schema}.MERGE_CHUNK WHERE RUN_ID = ?"
    assert site.operator.query(chunks, run_id)[0]["n"] < 3
    site.assert_whole(run_id, large)
    assert site.operator.query(chunks, run_id)[0]["n"] == 3
    site.tally.add(killed_orchestrator=1)


@slow
def test_a_killed_broker_comes_back_and_costs_no_row(site: Site, large: Input) -> None:
    run_id = site.start("kill-broker", large)
    site.wait_loaded(run_id, large, SHARE)

    site.stack.broker.kill()

    assert site.in_ledger(run_id) < large.batches
    site.stack.broker.wait_ready()
    site.assert_whole(run_id, large)
    site.tally.add(killed_rabbitmq=1)


@slow
@pytest.mark.parametrize("service", ["reader", "processor", "writer", "orchestrator"])
def test_a_service_asked_to_stop_ends_in_order_and_the_run_goes_on(site: Site, large: Input, service: str) -> None:
    run_id = site.start(f"stop-{service}", large)
    site.wait_loaded(run_id, large, SHARE)
    process = site.stack.process(service)
    began = time.monotonic()

    site.stack.stop(service)

    assert process.exit_status == 0
    assert time.monotonic() - began < 20
    assert site.in_ledger(run_id) < large.batches
    site.stack.start_process(service)
    site.assert_whole(run_id, large)


def _children_replaced(site: Site) -> float:
    text = httpx.get(f"{site.stack.url('processor')}/metrics").text
    (line,) = [line for line in text.splitlines() if line.startswith("lrecl_pool_child_restarts_total ")]
    return float(line.split()[1])
