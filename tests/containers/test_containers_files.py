"""The files that an engine takes, and the images that it makes of them."""

import json
import os

import pytest
import yaml
from compose_stack import ALL, OURS, ROOT, docker

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1200)]

OVERRIDES = sorted(path.name for path in (ROOT / "deploy/compose").glob("*.yml"))
MB = 1_000_000
# Docker Hub's python:3.11-slim-bookworm on amd64. A base that was made locally and is larger counts as much as this.
OFFICIAL_BASE = 130 * MB
TARGETS = {"orchestrator": 330 * MB, "reader": 200 * MB, "processor": 200 * MB, "writer": 330 * MB}


def size_of(image):
    return int(docker("image", "inspect", "--format", "{{.Size}}", image))


def base_image():
    lines = (ROOT / ".env.example").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("STACK_PYTHON_IMAGE="))


@pytest.mark.parametrize("override", ["", *OVERRIDES])
def test_compose_understands_the_file(client, override):
    files = ["--file", "docker-compose.yml", *(["--file", f"deploy/compose/{override}"] if override else [])]
    options = ["--env-file", ".env.example", *files]
    docker("compose", *options, "config", "--quiet", environment={**os.environ, "STACK_DB2_LICENSE": "accept"})


def test_swarm_understands_its_stack(client):
    described = docker("stack", "config", "--compose-file", "deploy/swarm/stack.yml")
    assert set(yaml.safe_load(described)["services"]) == set(OURS)


@pytest.fixture
def say(capsys):
    """Prints past pytest: figures that whoever runs the tests wants to see."""

    def printed(text):
        with capsys.disabled():
            print(f"\n{text}")

    return printed


def test_everything_is_healthy_within_two_minutes(containers, say):
    say(f"healthy {containers.seconds_to_healthy:.0f} s after `up`")
    assert containers.seconds_to_healthy < 120


@pytest.mark.parametrize("service", OURS)
def test_an_image_is_no_larger_than_it_should_be(containers, service, say):
    (found,) = containers.inspect(service)
    whole, base = size_of(found["Image"]), size_of(base_image())
    counted = whole - max(0, base - OFFICIAL_BASE)
    said = (
        f"{service}: {whole / MB:.0f} MB, of which base {base / MB:.0f} MB; {counted / MB:.0f} MB on the official base"
    )
    say(said)
    assert counted <= TARGETS[service], said


def test_no_secret_is_in_an_image_or_in_any_description(containers):
    found = [container for service in ALL for container in containers.inspect(service)]
    images = sorted({container["Image"] for container in found})
    texts = [docker("history", "--no-trunc", image) + docker("image", "inspect", image) for image in images]
    texts += [json.dumps(found)]
    assert len(containers.secrets) >= 8
    assert all(len(secret) == 48 for secret in containers.secrets)
    assert not [secret for secret in containers.secrets for text in texts if secret in text]
