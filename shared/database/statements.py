"""SQL lives in .sql files: common ones, and one file per dialect where Db2 and Derby differ."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from shared.database.settings import Dialect

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


@cache
def statement(name: str, dialect: Dialect, **names: str) -> str:
    """The statement ``name``.sql, from the dialect's folder or else the common one.

    ``names`` fill its placeholders (``{schema}``, ``{staging}``): identifiers that were checked when they were made
    (``identifier``, ``TableName``). Values are parameter marks, always.
    """
    folder = resources.files("shared.database") / "sql"
    file = folder / dialect / f"{name}.sql"
    if not file.is_file():
        file = folder / "common" / f"{name}.sql"
    return _body(file.read_text()).format(**names)


def split_script(text: str, **names: str) -> list[str]:
    """The statements of a migration script, which end in a semicolon at a line's end."""
    parts = (part.strip() for part in (_body(text) + "\n").split(";\n"))
    return [part.format(**names) for part in parts if part]


def _body(text: str) -> str:
    return _COMMENT.sub("", text).strip().rstrip(";")
