"""docs/jobs.md names every key that a job definition can have, and its examples are jobs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from shared.jobs.model import Job, schema

PAGE = (Path(__file__).parents[3] / "docs" / "jobs.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
_WORDS = re.compile(r"`([a-z_0-9]+)`")


def keys() -> set[str]:
    tables = [schema(), *schema()["$defs"].values()]
    return {key for table in tables for key in table.get("properties", {})}


def test_every_key_is_on_the_page() -> None:
    named = set(_WORDS.findall(PAGE)) | {
        word for example in EXAMPLES for word in re.findall(r"\b[a-z_0-9]+(?=:)", example)
    }
    assert keys() - named == set()


def test_the_page_has_no_key_that_a_job_cannot_have() -> None:
    rows = re.findall(r"^\| `([a-z_0-9]+)`", PAGE, re.MULTILINE)
    assert rows
    assert set(rows) - keys() == set()


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_are_valid(example: str) -> None:
    given = yaml.safe_load(example)
    whole = {
        "job": "example",
        "copybook": {"path": "a.cpy"},
        **({} if "records" in given else {"target": {"staging_table": "S", "final_table": "T", "key": ["K"]}}),
        **given,
    }
    assert list(Job.model_validate(whole).problems()) == []
