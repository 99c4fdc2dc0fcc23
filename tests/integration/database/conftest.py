"""Sessions on the tests' Derby; they are closed when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from tests.support.derby import DerbyEndpoint
from tests.support.sessions import fresh_name, settings_for


@pytest.fixture
def settings(database: DerbyEndpoint) -> DatabaseSettings:
    return settings_for(database, schema="DBTEST")


@pytest.fixture
def open_session() -> Iterator[Callable[[DatabaseSettings], Session]]:
    opened: list[Session] = []

    def make(settings: DatabaseSettings) -> Session:
        opened.append(Session(settings))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


@pytest.fixture
def session(settings: DatabaseSettings, open_session: Callable[[DatabaseSettings], Session]) -> Session:
    return open_session(settings)


@pytest.fixture
def table() -> str:
    return fresh_name("LRECL.DBT")
