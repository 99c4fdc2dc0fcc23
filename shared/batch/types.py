"""SQL types, tables and columns; names are checked before they become part of SQL. The columns of staged rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.batch.reserved_words import RESERVED_WORDS
from shared.errors import JobError

_IDENTIFIER = re.compile(r"[A-Z][A-Z0-9_]{0,127}")


class SqlType(StrEnum):
    """The Db2 column types that lrecl loads."""

    SMALLINT = "SMALLINT"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    DECIMAL = "DECIMAL"
    DOUBLE = "DOUBLE"
    CHAR = "CHAR"
    VARCHAR = "VARCHAR"
    DATE = "DATE"


INTEGER_TYPES = (SqlType.SMALLINT, SqlType.INTEGER, SqlType.BIGINT)

MACHINE_TYPES = (*INTEGER_TYPES, SqlType.DOUBLE)
"""Types whose values are numbers of the machine in a batch; the values of all others are text."""


def identifier(name: str) -> str:
    """``name`` in upper case. Raises JobError LRJ020 when it is not an ordinary SQL identifier.

    Only identifiers that are checked here become part of SQL text; values are always bound.
    """
    upper = name.upper()
    if not _IDENTIFIER.fullmatch(upper):
        raise JobError(
            "LRJ020",
            f"{name!r} is not an ordinary SQL identifier",
            remedy="Use a letter followed by letters, digits and underscores, at most 128 characters.",
            name=name,
        )
    return upper


def sql_name(name: str) -> str:
    """The checked name as it stands in SQL: delimited where it is a reserved word, such as ORDER."""
    checked = identifier(name)
    return f'"{checked}"' if checked in RESERVED_WORDS else checked


@dataclass(frozen=True, slots=True)
class TableName:
    """A table with its schema."""

    schema: str
    name: str

    def __post_init__(self) -> None:
        identifier(self.schema)
        identifier(self.name)

    @classmethod
    def parse(cls, text: str, default_schema: str) -> TableName:
        """``NAME`` or ``SCHEMA.NAME``."""
        schema, _, name = text.rpartition(".")
        return cls(identifier(schema or default_schema), identifier(name))

    @property
    def sql(self) -> str:
        """The name as it stands in SQL."""
        return f"{sql_name(self.schema)}.{sql_name(self.name)}"

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """One column of a staging or final table.

    ``length`` is in characters for text and the precision in digits for DECIMAL; ``scale`` is DECIMAL's.
    """

    name: str
    sql_type: SqlType
    length: int = 0
    scale: int = 0
    nullable: bool = True

    def __post_init__(self) -> None:
        identifier(self.name)

    def to_dict(self) -> dict[str, Any]:
        """A dictionary for JSON."""
        return {
            "name": self.name,
            "sql_type": self.sql_type.value,
            "length": self.length,
            "scale": self.scale,
            "nullable": self.nullable,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TargetColumn:
        """The inverse of ``to_dict``."""
        return cls(**{**data, "sql_type": SqlType(data["sql_type"])})


RUN_ID: Final = TargetColumn("RUN_ID", SqlType.VARCHAR, 32, nullable=False)
BATCH_NO: Final = TargetColumn("BATCH_NO", SqlType.BIGINT, nullable=False)
RECORD_OFFSET: Final = TargetColumn("RECORD_OFFSET", SqlType.BIGINT, nullable=False)
WORKER_ID: Final = TargetColumn("WORKER_ID", SqlType.VARCHAR, 64, nullable=False)

STAGING_COLUMNS: Final = (RUN_ID, BATCH_NO, RECORD_OFFSET, WORKER_ID)
"""The first columns of every staging table, whose key is (RUN_ID, RECORD_OFFSET)."""
