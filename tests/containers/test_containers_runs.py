"""Runs through the stack in containers: scaled up and down, killed piece by piece, by reference; nothing is lost."""

import os

import pytest
from compose_stack import OURS

from tests.support.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1200)]

RECORDS = 200_000
BATCHES_BY_REPLICA = 'max by (instance) (max_over_time(lrecl_batches_total{stage="process"}[10m]))'
GARBAGE = (
    "from shared.messaging.publisher import Publisher; from shared.messaging.settings import BrokerSettings; "
    "from shared.messaging.topology import RAW; Publisher(BrokerSettings(), 'test').publish(RAW, b'garbage')"
)


def conserved(run, made):
    """Assert that every record of the sample is in the final table, or a reject."""
    assert (run["state"], run["exit_code"], run["error"], run["dead_letters"]) == ("completed", 1, None, [])
    assert (run["written"]["records"], run["records_rejected"]) == (made.records, made.bad)
    assert run["rows_merged"] == made.records - made.bad


def processors(stack, count):
    """Run so many processors; return when Prometheus sees them, and no others."""
    stack.compose("up", "--detach", "--no-build", "--wait", "--no-deps", "--scale", f"processor={count}", "processor")
    wait_until(lambda: stack.scraped().count(("processor", "up")) == count, 60)


def test_a_run_through_the_api_is_loaded_and_reconciled(containers, sample):
    made = sample("customers", 20_000)
    conserved(containers.load("customers", made.path.name), made)


def test_replicas_come_and_go_during_a_run_and_all_of_them_work(containers, sample):
    """The writer is away until the new processors are there, so that there is work left for them."""
    made = sample("customers", RECORDS)
    containers.compose("stop", "writer")
    run_id = containers.start("customers", made.path.name)
    try:
        containers.wait(run_id, lambda run: run["processed"]["records"] > 0)
        processors(containers, 3)
        containers.compose("up", "--detach", "--no-build", "--wait", "--no-deps", "writer")
        conserved(containers.wait(run_id), made)
        wait_until(lambda: sum(count > 0 for _, count in containers.query(BATCHES_BY_REPLICA)) >= 3, 60)
    finally:
        containers.up("--scale", "processor=1")


def test_processors_that_are_scaled_away_take_nothing_with_them(containers, sample):
    """The processed queue is full and each of three has batches in hand, when two of them are told to go."""
    made = sample("customers", RECORDS)
    processors(containers, 3)
    containers.compose("stop", "writer")
    run_id = containers.start("customers", made.path.name)
    try:
        containers.wait(run_id, lambda run: run["processed"]["records"] > 0)
        processors(containers, 1)
    finally:
        containers.up()
    conserved(containers.wait(run_id), made)


@pytest.mark.parametrize("service", [*OURS, "rabbitmq", "derby"])
def test_a_service_that_is_killed_in_a_run_and_brought_back_costs_no_record(containers, sample, service):
    made = sample("customers", RECORDS // 2)
    run_id = containers.start("customers", made.path.name)
    before = containers.wait(run_id, lambda run: run["read"]["records"] > 0)
    assert before["finished_at"] is None, "the run was too short to be disturbed"
    containers.kill(service)
    conserved(containers.wait(run_id, seconds=300), made)
    wait_until(containers.healthy, 120)


def test_records_that_stay_in_the_file_are_loaded_as_well(containers, sample):
    made = sample("transactions", 20_000)
    with containers.override("deploy/compose/reference.yml"):
        conserved(containers.load("transactions", made.path.name), made)


def test_db2_itself_is_loaded(containers, sample):
    if os.environ.get("STACK_DB2_LICENSE") != "accept":
        pytest.skip(
            "Db2 was not run: its image needs a privileged container, and its licence accepted with "
            "STACK_DB2_LICENSE=accept. All runs here went into the evaluation database."
        )
    made = sample("customers", 20_000)
    with containers.override("deploy/compose/db2.yml"):
        conserved(containers.load("customers", made.path.name), made)


def test_a_dead_letter_is_listed_replayed_and_discarded(containers):
    containers.run_in("orchestrator", "python", "-c", GARBAGE)

    def letters():
        return containers.api("/dead-letters?queue=raw")["letters"]

    wait_until(lambda: len(letters()) == 1, 30)
    (letter,) = letters()
    assert letter["code"] == "LRP001"
    chosen = {"ids": [letter["id"]]}
    replayed = containers.api("/dead-letters/replay", chosen)
    assert (replayed["count"], replayed["interrupted"]) == (1, False)
    wait_until(lambda: [one["id"] for one in letters()] == [letter["id"]], 30)
    discarded = containers.api("/dead-letters/discard", {**chosen, "confirm": True, "note": "not one of ours"})
    assert discarded["count"] == 1
    assert letters() == []
