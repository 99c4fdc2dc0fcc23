"""The texts of SQL statements: .sql files, one for each table, and one for each dialect where Db2 and Derby differ."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

from shared.database.settings import Dialect

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@lru_cache(maxsize=1_024)
def statement(table: str, name: str, dialect: Dialect, **names: str) -> str:
    """The statement ``name`` of ``table``.sql, from the dialect's folder or else from the common one.

    In a file each statement follows its ``-- name:`` line. ``names`` replace the placeholders (``{schema}``,
    ``{staging}``): identifiers that were checked when they were made (``identifier``, ``TableName``), or texts that the
    store makes of constants. Values are always parameter markers. Raises KeyError for a name that neither folder has.
    """
    own, common = statements(dialect, table), statements("common", table)
    return (own[name] if name in own else common[name]).format(**names)


@cache
def statements(folder: Dialect | Literal["common"], table: str) -> dict[str, str]:
    """The statements of one file by their names. Empty when there is no such file."""
    file = resources.files("shared.database") / "sql" / folder / f"{table}.sql"
    if not file.is_file():
        return {}
    _, *parts = _NAME.split(file.read_text())
    return {name: _body(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def split_script(text: str, **names: str) -> list[str]:
    """The statements of a migration script. Each ends with a semicolon at the end of a line."""
    parts = (part.strip() for part in (_body(text) + "\n").split(";\n"))
    return [part.format(**names) for part in parts if part]


def _body(text: str) -> str:
    return _COMMENT.sub("", text).strip().rstrip(";")
