"""What the parts of the store share: a session, the SQL of the dialect, and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.database.session import Row, Session
from shared.database.settings import DatabaseSettings
from shared.database.statements import statement


def now() -> datetime:
    """The time as the tables keep it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


class Store:
    """Queries and changes by statement name, over one session."""

    def __init__(self, session: Session, settings: DatabaseSettings) -> None:
        self.session = session
        self.dialect = settings.dialect
        self.schema = settings.control_schema

    def sql(self, name: str, **names: str) -> str:
        """The statement's text."""
        return statement(name, self.dialect, schema=self.schema, **names)

    def rows(self, name: str, parameters: Sequence[Any] = (), **names: str) -> list[Row]:
        """Rows of a query."""
        return self.session.query(self.sql(name, **names), parameters)

    def one(self, name: str, parameters: Sequence[Any] = (), **names: str) -> Row:
        """The only row of a query."""
        (row,) = self.rows(name, parameters, **names)
        return row

    def change(self, name: str, parameters: Sequence[Any] = (), **names: str) -> int:
        """Carry out a change; the number of rows it touched."""
        return self.session.execute(self.sql(name, **names), parameters)
