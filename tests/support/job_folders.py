"""Jobs folders for tests: copies of lrecl's example jobs, and variants of them with their own tables."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

EXAMPLES = Path(__file__).parents[2] / "jobs"


def example_jobs(folder: Path) -> Path:
    """A copy of lrecl's example jobs in ``folder``."""
    shutil.copytree(EXAMPLES, folder)
    return folder


def write_job(jobs_root: Path, definition: dict[str, Any], copybook: str) -> str:
    """Write a job with ``definition`` and its copybook; the job's name."""
    folder = jobs_root / definition["job"]
    folder.mkdir()
    (folder / "job.yaml").write_text(yaml.safe_dump(definition, sort_keys=False), encoding="utf-8")
    (folder / definition["copybook"]["path"]).write_text(copybook, encoding="utf-8")
    return str(definition["job"])


def variant(jobs_root: Path, name: str, *, like: str = "customers", **sections: dict[str, Any]) -> str:
    """The example job ``like`` under another ``name``, with staging and final tables named after it."""
    definition = yaml.safe_load((EXAMPLES / like / "job.yaml").read_text("utf-8"))
    table = name.replace("-", "_").upper()
    sections = {"target": {"staging_table": f"STG_{table}", "final_table": table}} | sections
    for section, changes in sections.items():
        definition[section] = definition.get(section, {}) | changes
    copybook = (EXAMPLES / like / definition["copybook"]["path"]).read_text("utf-8")
    return write_job(jobs_root, definition | {"job": name}, copybook)
