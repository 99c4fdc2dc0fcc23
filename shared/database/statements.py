"""SQL lives in .sql files, one per table: common ones, and one per dialect where Db2 and Derby differ."""

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
    """The statement ``name`` of ``table``.sql, from the dialect's folder or else the common one; KeyError for neither.

    In a file each statement stands below its ``-- name:`` line. ``names`` fill the placeholders (``{schema}``,
    ``{staging}``): identifiers that were checked when they were made (``identifier``, ``TableName``), or texts that the
    store makes of constants. Values are parameter marks, always.
    """
    own, common = statements(dialect, table), statements("common", table)
    return (own[name] if name in own else common[name]).format(**names)


@cache
def statements(folder: Dialect | Literal["common"], table: str) -> dict[str, str]:
    """The statements of one file by their names; none where there is no such file."""
    file = resources.files("shared.database") / "sql" / folder / f"{table}.sql"
    if not file.is_file():
        return {}
    _, *parts = _NAME.split(file.read_text())
    return {name: _body(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def split_script(text: str, **names: str) -> list[str]:
    """The statements of a migration script, which end in a semicolon at a line's end."""
    parts = (part.strip() for part in (_body(text) + "\n").split(";\n"))
    return [part.format(**names) for part in parts if part]


def _body(text: str) -> str:
    return _COMMENT.sub("", text).strip().rstrip(";")
