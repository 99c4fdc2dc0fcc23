"""One stack for all acceptance tests, with a jobs folder to which tests may add, and an operator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.derby.server import is_installed
from deploy.local import rabbit
from deploy.local.stack import LocalStack
from tests.support.job_folders import example_jobs
from tests.support.operator import Operator
from tests.support.requirements import need


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """lrecl in its default sizes; it reads the ledger often, so that short runs end soon."""
    need(rabbit.installed(), "RabbitMQ")
    need(is_installed(), "Apache Derby or Java")
    home = tmp_path_factory.mktemp("acceptance")
    jobs = example_jobs(home / "jobs")
    with LocalStack(home / "stack", jobs_root=jobs, environment={"LRECL_POLL_SECONDS": "0.1"}) as running:
        yield running


@pytest.fixture(scope="session")
def operator(stack: LocalStack) -> Iterator[Operator]:
    operator = Operator(stack)
    yield operator
    operator.close()
