"""``lrecl --help`` and ``--version``, and the pages that list commands and exit codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

from lrecl.cli.errors import ExitCode
from lrecl.cli.main import app
from tests.support.api import Lrecl

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PANELS = {
    "Load": ["run"],
    "Look": ["runs", "show", "report", "rejects"],
    "Operate": ["cancel", "resume", "retry", "purge", "dlq"],
    "Files": ["inspect", "layout", "ddl", "decode", "encode", "generate"],
}


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def test_the_help_groups_the_commands_and_explains_the_exit_codes(lrecl: Lrecl) -> None:
    shown = lrecl("--help")
    assert shown.exit_code == 0
    panels = re.findall(r"╭─ (\w+)[^╮]*╮\n(.*?)╰", shown.stdout, re.DOTALL)
    found = {title: re.findall(r"^│ (\w+) ", text, re.MULTILINE) for title, text in panels}
    assert {title: names for title, names in found.items() if title != "Options"} == PANELS
    assert [int(code) for code in re.findall(r"^ (\d+) +[A-Z]", shown.stdout, re.MULTILINE)] == [*ExitCode]


@pytest.mark.parametrize("words", [*commands(), ("dlq",)])
def test_every_command_explains_itself(lrecl: Lrecl, words: tuple[str, ...]) -> None:
    for option in ("--help", "-h"):
        shown = lrecl(*words, option)
        assert shown.exit_code == 0
        assert "Usage: " in shown.stdout
    waits = words in (("run",), ("resume",), ("retry",))
    assert ("4 waits for somebody" in shown.stdout) == waits
    assert "``" not in shown.stdout


def test_the_version_is_the_packages(lrecl: Lrecl) -> None:
    shown = lrecl("--version")
    assert (shown.exit_code, shown.stdout) == (0, f"lrecl {version('lrecl')}\n")


def test_the_pages_name_every_command_and_exit_code() -> None:
    for words in commands():
        assert f"`{' '.join(words)}`" in PAGE
        assert f"lrecl {' '.join(words)}" in README or words == ("dlq", "show")
    for text in (PAGE, README):
        assert [int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == [*ExitCode]


def examples(text: str) -> Iterator[list[str]]:
    """The words after ``lrecl`` in fenced blocks and between backticks."""
    fenced = re.findall(
        r"^lrecl ([^#\n]+)", "".join(re.findall(r"^```\n.*?^```", text, re.MULTILINE | re.DOTALL)), re.M
    )
    for line in (*fenced, *re.findall(r"(?<!`)`lrecl ([^`]+)`", text)):
        yield line.split()


def test_the_examples_name_commands_and_options_that_exist(lrecl: Lrecl) -> None:
    for text in (PAGE, README):
        found = [words for words in examples(text) if words[0] != words[0].upper() and not words[0].startswith("-")]
        assert len(found) > 2
        for words in found:
            command = words[: 2 if words[0] == "dlq" else 1]
            assert tuple(command) in commands()
            shown = lrecl(*command, "--help").stdout
            assert [word for word in words if word.startswith("--") and word not in shown] == []
