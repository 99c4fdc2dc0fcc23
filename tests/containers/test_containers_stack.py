"""The images and docker-compose.yml on a real engine: limits, rights, contents, an orderly end."""

import subprocess

import pytest
from compose_stack import ALL, OURS

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1200)]


def fails(stack, service, *command):
    with pytest.raises(AssertionError) as caught:
        stack.run_in(service, *command)
    return str(caught.value)


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
