"""SQL lives in .sql files: common ones, and one file per dialect where Db2 and Derby differ."""

from __future__ import annotations

from functools import cache
from importlib import resources

from shared.database.settings import Dialect


@cache
def statement(name: str, dialect: Dialect, schema: str) -> str:
    """The statement ``name``.sql, from the dialect's folder or else the common one.

    ``{schema}`` stands for the control tables' schema, a checked identifier; values are parameter marks.
    """
    folder = resources.files("shared.database") / "sql"
    file = folder / dialect / f"{name}.sql"
    if not file.is_file():
        file = folder / "common" / f"{name}.sql"
    return _body(file.read_text()).replace("{schema}", schema)


def _body(text: str) -> str:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip().rstrip(";")


def split_script(text: str) -> list[str]:
    """The statements of a migration script, which end in a semicolon at a line's end."""
    return [part.strip() for part in (_body(text) + "\n").split(";\n") if part.strip()]
