"""What the stores share: a session, the SQL of the dialect, typed rows, and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from shared.database.session import Row, Session
from shared.database.settings import DatabaseSettings
from shared.database.statements import statement
from shared.texts import cut_text

TEXT_LENGTH = 3_900
"""Longer texts are cut: a VARCHAR(4000) of the control tables holds so many bytes with room to spare."""

Char = Annotated[str, AfterValidator(str.rstrip)]
"""A CHAR column: the database pads it with blanks."""


def now() -> datetime:
    """The time as the tables keep it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def cut(text: str | None) -> str | None:
    """``text`` as long as a column holds it, which Db2 counts in bytes of UTF-8."""
    return None if text is None else cut_text(text, TEXT_LENGTH)


class Record(BaseModel):
    """One row of a table or a query, typed; the driver gives some numbers as text."""

    model_config = ConfigDict(frozen=True, extra="ignore")


AnyRecord = TypeVar("AnyRecord", bound=Record)


class Store:
    """The statements of one table (``sql/…/TABLE.sql``), each called by one method, over one session."""

    table: ClassVar[str]

    def __init__(self, session: Session, settings: DatabaseSettings) -> None:
        self.session = session
        self.settings = settings
        self.dialect = settings.dialect
        self.schema = settings.control_schema

    def _sql(self, name: str, **names: str) -> str:
        return statement(self.table, name, self.dialect, schema=self.schema, **names)

    def _rows(self, name: str, parameters: Sequence[Any] = (), **names: str) -> list[Row]:
        return self.session.query(self._sql(name, **names), parameters)

    def _row(self, name: str, parameters: Sequence[Any] = (), **names: str) -> Row:
        """The only row of a query."""
        (row,) = self._rows(name, parameters, **names)
        return row

    def _records(
        self, model: type[AnyRecord], name: str, parameters: Sequence[Any] = (), **names: str
    ) -> list[AnyRecord]:
        return [model.model_validate(row) for row in self._rows(name, parameters, **names)]

    def _change(self, name: str, parameters: Sequence[Any] = (), **names: str) -> int:
        """Carry out a change; the number of rows it touched."""
        return self.session.execute(self._sql(name, **names), parameters)
