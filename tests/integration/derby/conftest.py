"""The session's Derby with its gateway for the tests of both; each test has its own table name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.support.derby import DerbyEndpoint

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def derby(database: DerbyEndpoint) -> DerbyEndpoint:
    return database


@pytest.fixture
def table() -> str:
    return f"GATEWAYTEST{next(_NUMBERS)}"


@pytest.fixture
def connection(derby: DerbyEndpoint) -> Iterator[Any]:
    """An ibm_db_dbi connection without autocommit."""
    import ibm_db_dbi

    opened = ibm_db_dbi.connect(derby.connection_string, "", "")
    opened.set_autocommit(False)
    yield opened
    opened.close()
