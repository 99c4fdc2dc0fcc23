"""Migrations on a real database: once each, also when two orchestrators start at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.database import migrate as migrate_module
from shared.database.errors import DatabaseBusy, StatementFailed
from shared.database.migrate import migrate
from shared.database.session import Session
from shared.database.settings import DatabaseSettings
from tests.support.sessions import fresh_name

pytestmark = pytest.mark.database

TABLES = {
    "RUN", "RUN_DOCUMENT", "RUN_STAGE", "SPLIT", "BATCH", "RUN_FAULT", "REJECT", "MERGE_CHUNK", "EVENT",
    "SCHEMA_VERSION", "RUN_FILE", "LEASE", "MERGE_TURN",
}  # fmt: skip


def tables_of(session: Session, schema: str) -> set[str]:
    rows = session.query(
        "SELECT T.TABLENAME AS NAME FROM SYS.SYSTABLES T JOIN SYS.SYSSCHEMAS S ON S.SCHEMAID = T.SCHEMAID "
        "WHERE S.SCHEMANAME = ?",
        (schema,),
    )
    session.commit()
    return {row["name"] for row in rows}


def test_the_first_time_makes_the_tables_the_second_nothing(session: Session) -> None:
    schema = fresh_name("MIG")
    applied = migrate(session, schema)
    assert applied[0] == "0001_control_tables.sql"
    assert tables_of(session, schema) == TABLES
    assert migrate(session, schema) == []


def test_two_at_once_make_them_once(
    settings: DatabaseSettings, open_session: Callable[[DatabaseSettings], Session]
) -> None:
    """As the orchestrator calls it: a loser that is told to try again finds everything done."""
    schema = fresh_name("MIG")
    together = threading.Barrier(2)

    def start() -> list[str]:
        session = open_session(settings)
        together.wait()
        while True:
            try:
                return migrate(session, schema)
            except DatabaseBusy:
                session.rollback()

    with ThreadPoolExecutor(2) as pool:
        applied = [future.result() for future in [pool.submit(start) for _ in range(2)]]
    names = [name for name, _ in migrate_module._scripts()]
    assert sorted(applied[0] + applied[1]) == names
    assert tables_of(open_session(settings), schema) == TABLES


def test_a_migration_that_fails_leaves_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = fresh_name("MIG")
    broken = ("0001_broken.sql", "CREATE TABLE {schema}.A (I INTEGER);\nCREATE TABLE {schema}.B (nonsense);\n")
    monkeypatch.setattr(migrate_module, "_scripts", lambda: [broken])
    with pytest.raises(StatementFailed):
        migrate(session, schema)
    assert tables_of(session, schema) == {"SCHEMA_VERSION"}
    monkeypatch.setattr(migrate_module, "_scripts", lambda: [(broken[0], "CREATE TABLE {schema}.A (I INTEGER);\n")])
    assert migrate(session, schema) == [broken[0]]
    assert tables_of(session, schema) == {"SCHEMA_VERSION", "A"}
