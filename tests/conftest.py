"""Fixtures of all tests (a private broker, database and stack, each started once, on first use) and pytest's hooks."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from deploy.derby.server import is_installed
from deploy.local import rabbit
from deploy.local.rabbit import RabbitNode
from deploy.local.stack import LocalStack
from tests.support.derby import DerbyEndpoint, derby_database
from tests.support.parallel import GroupScheduling, longest_first
from tests.support.requirements import need

TESTS = Path(__file__).parent

# A shared machine may stop for a moment, which is not the fault of the code under test.
settings.register_profile("lrecl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lrecl")


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """A RabbitMQ node for the session. Tests that kill it start it again, and each test declares its own queues."""
    need(rabbit.installed(), "RabbitMQ")
    with RabbitNode(tmp_path_factory.mktemp("rabbitmq"), restart=True) as node:
        yield node


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DerbyEndpoint]:
    """An empty Derby with its gateway for the session; each test uses its own schema or table names."""
    with derby_database(tmp_path_factory.mktemp("derby")) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack for the session, as `python -m deploy.local up` starts it."""
    need(rabbit.installed(), "RabbitMQ")
    need(is_installed(), "Apache Derby or Java")
    with LocalStack(tmp_path_factory.mktemp("stack")) as running:
        yield running


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect slow fault tests when LRECL_FAULTS=short; sort the tests for a worker of pytest-xdist."""
    if os.environ.get("LRECL_FAULTS") == "short":
        slow = [item for item in items if item.get_closest_marker("slow") and TESTS / "faults" in item.path.parents]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
    if hasattr(config, "workerinput"):
        longest_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """Give whole groups of tests to the workers, see `tests.support.parallel`."""
    return GroupScheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as properties: text as it is, counts as sums over all tests."""
    counts: dict[str, Counter[str]] = {}
    for name, value in _recorded(terminalreporter):
        if isinstance(value, str):
            terminalreporter.write_line(f"{name}: {value}")
        else:
            counts.setdefault(name, Counter()).update(value)
    for name, sums in counts.items():
        line = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in sorted(sums.items()))
        terminalreporter.write_line(f"{name}: {line}")


def _recorded(terminalreporter: pytest.TerminalReporter) -> Iterator[tuple[str, Any]]:
    """The properties of all tests, from the reports of their teardown, which contain all of them."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "teardown":
                yield from report.user_properties
