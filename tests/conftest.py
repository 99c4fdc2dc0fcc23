"""What all tests share: a private broker, a private database, a whole stack. Each is started once, on first use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.derby.server import is_installed
from deploy.local import rabbit
from deploy.local.rabbit import RabbitNode
from deploy.local.stack import LocalStack
from tests.support.derby import DerbyEndpoint, derby_database
from tests.support.requirements import need

TESTS = Path(__file__).parent

# A shared machine may stand still for a moment: that is no finding about the code under test.
settings.register_profile("lrecl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lrecl")


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """A RabbitMQ node for the session. Tests that kill it bring it back; queues are each test's own."""
    need(rabbit.installed(), "RabbitMQ")
    with RabbitNode(tmp_path_factory.mktemp("rabbitmq"), restart=True) as node:
        yield node


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DerbyEndpoint]:
    """An empty Derby behind the gateway for the session; tests keep apart by schemas or table names of their own."""
    with derby_database(tmp_path_factory.mktemp("derby")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The whole of lrecl for the session, as `python -m deploy.local up` starts it."""
    need(rabbit.installed(), "RabbitMQ")
    need(is_installed(), "Apache Derby or Java")
    with LocalStack(tmp_path_factory.mktemp("stack")) as running:
        yield running


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """LRECL_FAULTS=short leaves the slow fault tests out (scripts/test faults --long runs them all)."""
    if os.environ.get("LRECL_FAULTS") != "short":
        return
    slow = [item for item in items if item.get_closest_marker("slow") and TESTS / "faults" in item.path.parents]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]
