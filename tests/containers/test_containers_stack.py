"""The images and docker-compose.yml on a real engine: a run end to end, replicas, limits, rights, an orderly end."""

import json
import subprocess

import pytest
from compose_stack import ROOT

from shared.jobs.compile import compile_job
from shared.jobs.load import load_job
from shared.sample import generate
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1200)]

OURS = ("orchestrator", "reader", "processor", "writer")
ALL = (*OURS, "rabbitmq", "derby", "prometheus")
SCRAPED = (*OURS, "rabbitmq", "prometheus")


def sample(stack, job, records):
    source = load_job(ROOT / "jobs", job)
    return generate(source, compile_job(source, "LRECL"), records, 0.01, 7, stack.data / f"{job}.dat")


def fails(stack, service, *command):
    with pytest.raises(AssertionError) as caught:
        stack.run_in(service, *command)
    return str(caught.value)


def test_a_run_through_the_api_is_loaded_and_reconciled(containers):
    made = sample(containers, "customers", 20_000)
    run = containers.load("customers", "customers.dat")
    assert (run["state"], run["exit_code"], run["error"]) == ("completed", 1, None)
    assert (run["records_expected"], run["records_rejected"], run["rows_merged"]) == (
        20_000,
        made.bad,
        20_000 - made.bad,
    )
    assert run["dead_letters"] == []


def test_replicas_share_a_run_and_prometheus_finds_them(containers):
    containers.up("--scale", "processor=2", "--scale", "reader=2")
    try:
        expected = sorted((name, "up") for name in (*SCRAPED, "processor", "reader"))
        wait_until(lambda: containers.scraped() == expected, 60)
        sample(containers, "transactions", 20_000)
        assert containers.load("transactions", "transactions.dat")["state"] == "completed"
    finally:
        containers.up("--scale", "processor=1", "--scale", "reader=1")


@pytest.mark.parametrize(
    ("service", "module"),
    [("reader", "ibm_db"), ("reader", "numpy"), ("processor", "ibm_db"), ("writer", "fastapi"), ("writer", "uvicorn")],
)
def test_an_image_does_not_hold(containers, service, module):
    assert "ModuleNotFoundError" in fails(containers, service, "python", "-c", f"import {module}")


@pytest.mark.parametrize("service", OURS)
def test_an_image_holds_only_its_own_service_and_no_compiler(containers, service):
    listing = containers.run_in(service, "python", "-c", "import os, services; print(os.listdir(services.__path__[0]))")
    assert {role for role in OURS if f"'{role}'" in listing} == {service}
    script = "import shutil; print([shutil.which(name) for name in ('gcc', 'cc', 'make', 'ld')])"
    assert containers.run_in(service, "python", "-c", script).strip() == str([None] * 4)


@pytest.mark.parametrize("service", [*OURS, "derby"])
def test_a_service_is_not_root_and_cannot_write_into_its_image(containers, service):
    assert containers.run_in(service, "id", "-u").strip() == "10001"
    assert "Read-only file system" in fails(containers, service, "touch", "/opt/lrecl/new")


@pytest.mark.parametrize("service", ["orchestrator", "reader"])
def test_input_cannot_be_changed_from_inside(containers, service):
    assert "Read-only file system" in fails(containers, service, "touch", "/data/new")


def test_secrets_are_not_to_be_seen_in_any_containers_description(containers):
    names = ("api-token", "broker-password", "db-password")
    secrets = [containers.run_in("orchestrator", "cat", f"/run/secrets/{name}").strip() for name in names]
    descriptions = json.dumps([containers.inspect(service) for service in ALL])
    assert all(len(secret) == 48 and secret not in descriptions for secret in secrets)


@pytest.mark.parametrize("service", ALL)
def test_the_engine_enforces_limits_and_runs_the_probe(containers, service):
    (found,) = containers.inspect(service)
    assert found["HostConfig"]["Memory"] > 0
    assert found["HostConfig"]["PidsLimit"] > 0
    assert found["State"]["Health"]["Status"] == "healthy"


def test_ports_are_open_on_this_machine_only(containers):
    bindings = [containers.inspect(service)[0]["HostConfig"]["PortBindings"] or {} for service in ALL]
    addresses = [binding["HostIp"] for ports in bindings for published in ports.values() for binding in published]
    assert addresses == ["127.0.0.1"] * 3


def test_everything_ends_in_order_and_knows_its_runs_afterwards(containers):
    before = len(containers.api("/runs"))
    containers.compose("stop")
    exits = {service: containers.inspect(service)[0]["State"]["ExitCode"] for service in ALL}
    assert exits == dict.fromkeys(ALL, 0)
    containers.compose("down")
    containers.up()
    assert len(containers.api("/runs")) == before


def test_images_carry_no_package_cache(containers):
    for service in OURS:
        image = containers.inspect(service)[0]["Image"]
        command = ["docker", "run", "--rm", "--user", "0", image, "sh", "-c", "ls -A /root /var/lib/apt/lists"]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert ".cache" not in listing
        assert "Packages" not in listing
