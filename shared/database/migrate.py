"""Migrations: numbered .sql files that are applied in order, each once and in a transaction of its own."""

from __future__ import annotations

from importlib import resources

from shared.database.errors import DatabaseError, DuplicateKey
from shared.database.session import Session
from shared.database.statements import split_script

_EXISTS = {"42710", "X0Y32", "X0Y68"}  # Db2: object exists; Derby: table exists, schema exists


def migrate(session: Session, schema: str) -> list[str]:
    """Bring the control tables up to date. Returns the names of the migrations that were applied by this call.

    When two orchestrators start at once, the second one fails on the migration's key in SCHEMA_VERSION and its
    transaction is rolled back as a whole, because DDL is transactional in Db2 and Derby.
    """
    create_if_absent(session, f"CREATE SCHEMA {schema}")
    create_if_absent(
        session,
        f"CREATE TABLE {schema}.SCHEMA_VERSION (NAME VARCHAR(128) NOT NULL PRIMARY KEY, APPLIED_AT TIMESTAMP NOT NULL)",
    )
    done = {row["name"] for row in session.query(f"SELECT NAME FROM {schema}.SCHEMA_VERSION")}  # noqa: S608
    session.commit()
    return [name for name, text in _scripts() if name not in done and _apply(session, schema, name, text)]


def _scripts() -> list[tuple[str, str]]:
    folder = resources.files("shared.database") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(file.name, file.read_text()) for file in files]


def _apply(session: Session, schema: str, name: str, text: str) -> bool:
    try:
        with session.transaction():
            # The version is inserted first: a second orchestrator waits here, and then fails on the key.
            session.execute(
                f"INSERT INTO {schema}.SCHEMA_VERSION (NAME, APPLIED_AT) VALUES (?, CURRENT TIMESTAMP)",  # noqa: S608
                (name,),
            )
            for sql in split_script(text, schema=schema):
                session.execute(sql)
    except DuplicateKey:
        return False
    return True


def create_if_absent(session: Session, sql: str) -> None:
    """Execute a CREATE statement in a transaction of its own, unless its object exists already."""
    try:
        with session.transaction():
            session.execute(sql)
    except DatabaseError as error:
        if error.sqlstate not in _EXISTS:
            raise
