"""The support matrix names tests that exist, and says of each row whether it is supported."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "support.md").read_text("utf-8")
NAMED = re.compile(r"`(test_\w+\.py)::(\w+)`")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| what")
]


def _files() -> dict[str, Path]:
    return {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}


def _tests_of(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_every_named_test_is_there() -> None:
    files = _files()
    named = NAMED.findall(PAGE)
    assert len(named) > 150
    assert {file for file, _ in named} - files.keys() == set()
    tests = {file: _tests_of(files[file]) for file, _ in named}
    assert [f"{file}::{name}" for file, name in named if name not in tests[file]] == []


def test_no_two_files_that_are_named_have_one_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [file for file in {file for file, _ in NAMED.findall(PAGE)} if names[file] > 1] == []


def test_every_row_says_whether_and_names_a_test() -> None:
    assert len(ROWS) > 70
    for row in ROWS:
        what, supported, limits, tests = row
        assert supported in ("yes", "partly", "no"), what
        assert supported == "yes" or limits, what
        assert NAMED.search(tests), what


def test_every_code_in_it_is_explained() -> None:
    codes = set(re.findall(r"\bLR[A-Z]\d{3}\b", PAGE))
    assert len(codes) > 15
    assert [code for code in sorted(codes) if code not in (ROOT / "docs" / "errors.md").read_text("utf-8")] == []
