"""Each SQL statement is called by one method of one store, but for the writer's, which are named in one module."""

from __future__ import annotations

import ast
import re
from collections import Counter
from importlib import resources
from pathlib import Path

from shared.database.statements import statements

ROOT = Path(__file__).parents[4]
STORE = ROOT / "services/orchestrator/store"
WRITER = ROOT / "services/writer/statements.py"
_WRITERS_CALL = re.compile(r'statement\("writer", "(\w+)"')
CALLS = ("_rows", "_row", "_records", "_change", "_sql")
SQL = Path(str(resources.files("shared.database"))) / "sql"


def _calls_of(cls: ast.ClassDef) -> list[str]:
    """The statements that a store class calls, as ``table.name``."""
    tables = [
        node.value.value
        for node in cls.body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "table"
        and isinstance(node.value, ast.Constant)
    ]
    found = []
    for node in ast.walk(cls):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            texts = [one.value for one in node.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if tables and texts:
                found.append(f"{tables[0]}.{texts[0]}")
    return found


def _called() -> Counter[str]:
    trees = [ast.parse(path.read_text()) for path in STORE.glob("*.py")]
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return Counter(name for cls in classes for name in _calls_of(cls))


def test_each_statement_is_called_once() -> None:
    written = {
        f"{path.stem}.{name}"
        for folder in ("common", "db2", "derby")
        for path in (SQL / folder).glob("*.sql")
        for name in statements(folder, path.stem)  # type: ignore[arg-type]
    }
    called = _called() + Counter(f"writer.{name}" for name in _WRITERS_CALL.findall(WRITER.read_text()))
    assert set(called) == written
    assert {name: count for name, count in called.items() if count != 1} == {}


def test_only_the_store_and_migrations_run_sql() -> None:
    outside = [path for path in (ROOT / "services/orchestrator").rglob("*.py") if STORE not in path.parents]
    for path in outside:
        text = path.read_text()
        assert not any(f'.{call}("' in text for call in CALLS), path
        assert ".session.query(" not in text, path
        assert ".session.execute(" not in text, path
