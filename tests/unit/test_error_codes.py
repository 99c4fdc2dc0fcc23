"""The page of error codes names every code that the source raises, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"\bLR[A-Z]\d{3}\b")
QUOTED = re.compile(r"\"(LR[A-Z]\d{3})\"")


def test_every_code_in_the_source_is_documented_and_nothing_else() -> None:
    folders = ("shared", "services", "lrecl", "deploy")
    texts = [path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py")]
    raised = {code for text in texts for code in QUOTED.findall(text)}
    documented = set(CODE.findall((ROOT / "docs" / "errors.md").read_text()))
    assert raised - documented == set(), "raised but not on the page"
    assert documented - raised == set(), "on the page but never raised"


def test_a_code_means_one_thing() -> None:
    listed = re.findall(r"^\| (LR[A-Z]\d{3}) \|", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed))
