"""Control and staging tables in a schema that only these tests use, and batches of sample data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.writer.transaction import Load
from shared.database.ddl import staging_ddl
from shared.database.migrate import migrate
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from shared.jobs.compile import CompiledJob
from shared.jobs.load import JobSource
from tests.support.batches import load_of, raw_batch
from tests.support.definitions import JOBS, compiled
from tests.support.derby import DerbyEndpoint
from tests.support.own_tables import with_own_tables
from tests.support.sessions import fresh_name, settings_for

SCHEMA = "WRITERTEST"


@pytest.fixture(scope="session")
def tables(database: DerbyEndpoint) -> DatabaseSettings:
    """Settings of a schema with control tables."""
    made = settings_for(database, schema=SCHEMA)
    session = Session(made)
    migrate(session, SCHEMA)
    session.close()
    return made


@pytest.fixture
def session(tables: DatabaseSettings) -> Iterator[Session]:
    opened = Session(tables)
    yield opened
    opened.close()


@pytest.fixture
def job(session: Session) -> tuple[JobSource, CompiledJob]:
    """The job ``transactions``, with an empty staging table that no other test uses."""
    source, made = compiled(JOBS, "transactions")
    changed = with_own_tables(made, SCHEMA)
    (table,) = changed.tables
    session.execute(staging_ddl(table.staging, table.targets, "derby"))
    session.commit()
    return source, changed


@pytest.fixture
def make_raw(job: tuple[JobSource, CompiledJob], tmp_path: Path) -> Callable[..., bytes]:
    """Bodies of raw batches of a run that only this test uses."""
    run_id = fresh_name("run-")

    def make(records: int = 40, ratio: float = 0.1, **changes: Any) -> bytes:
        return raw_batch(job, tmp_path, records, ratio, **{"run_id": run_id, **changes})

    return make


@pytest.fixture
def load(make_raw: Callable[..., bytes]) -> Load:
    """A batch of 36 rows and 4 rejects."""
    return load_of(make_raw())
