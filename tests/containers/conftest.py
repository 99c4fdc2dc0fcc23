"""One stack in containers for all container tests."""

from zlib import crc32

import pytest
from compose_stack import ROOT, ComposeStack, client_is_there, engine_is_there

from shared.jobs.compile import compile_job
from shared.jobs.load import load_job
from shared.sample import generate
from tests.support.requirements import need


@pytest.fixture(scope="session")
def client():
    """A Docker client with Compose, with or without an engine."""
    need(client_is_there(), "A Docker client with Compose", "install both")


@pytest.fixture(scope="session")
def containers(tmp_path_factory):
    """The stack, built and healthy."""
    need(engine_is_there(), "A running Docker engine with Compose", "start one, and see that docker compose works")
    with ComposeStack(tmp_path_factory.mktemp("containers")) as stack:
        yield stack


@pytest.fixture
def sample(containers, request):
    """Makes an input file of a job with one bad record in a hundred; the content differs between tests."""

    def make(job, records):
        source = load_job(ROOT / "jobs", job)
        seed = crc32(request.node.nodeid.encode())
        path = containers.data / f"{job}-{seed}.dat"
        return generate(source, compile_job(source, "LRECL"), records, 0.01, seed, path)

    return make
